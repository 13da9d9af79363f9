"""`hallscribe search`: which moments answer a question."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from hallscribe.async_client import AsyncClient
from hallscribe.commands.fields import moment_fields
from hallscribe.notes import clock
from hallscribe.output import Output, cell
from hallscribe.values import Moment, Route, SearchAnswer


async def search(
    client: AsyncClient, output: Output, text: str, lecture_ids: Sequence[str], k: int | None, routes: Sequence[Route]
) -> None:
    """Print moments, best first; which route found each, and which routes could not answer."""
    answer = await client.search(text, lecture_ids=lecture_ids, k=k, routes=routes)
    for number, moment in enumerate(answer.moments, 1):
        if output.as_json:
            output.line(moment_fields(moment))
        else:
            output.show(_told(number, moment))
    _remarks(answer, output, routes)


def _told(number: int, moment: Moment) -> Text:
    routes = ", ".join(moment_fields(moment)["routes"])
    text = Text()
    text.append(f"{number:>2}. {clock(moment.start_s)}–{clock(moment.end_s)}", style="bold")
    text.append(f"  {cell(moment.lecture_id)}  {cell(moment.title)}")
    text.append(f"  [{routes}, {moment.score:.3g}]", style="dim")
    if moment.snippet:
        text.append(f"\n    {cell(moment.snippet)}")
    return text


def _remarks(answer: SearchAnswer, output: Output, wanted: Sequence[Route]) -> None:
    for warning in answer.warnings:
        output.warning(warning)
    if answer.partial:
        output.warning("time ran out: this is what was found until then; ask again for the rest")
    for route in answer.routes:
        if not route.available:
            # Asked for by name, its silence must not look like an answer to a program either.
            tell = output.warning if route.route in wanted else output.remark
            tell(f"{route.route.value}: {route.detail or 'not available'}")
    if not answer.moments:
        output.remark("Nothing found. Try other words, or leave out --lecture and --routes.")
