"""The command `hallscribe`: options in, a coroutine of ``hallscribe.commands`` run, an exit code out.

Exit codes: 0 done, 1 it could not be done, 2 bad input or usage, 75 the daemon was lost or never there, 130 Ctrl-C.
"""

from __future__ import annotations

import asyncio
import io
import os
import re
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Annotated, Any

import typer

from hallscribe.async_client import AsyncClient
from hallscribe.channel import DEFAULT_TARGET
from hallscribe.commands.delete import delete as delete_command
from hallscribe.commands.events import events as events_command
from hallscribe.commands.ingest import IngestOptions
from hallscribe.commands.ingest import ingest as ingest_command
from hallscribe.commands.lectures import lectures as lectures_command
from hallscribe.commands.notes import notes as notes_command
from hallscribe.commands.search import search as search_command
from hallscribe.commands.status import status as status_command
from hallscribe.commands.watch import WatchOptions
from hallscribe.commands.watch import watch as watch_command
from hallscribe.errors import DeadlinePassed, HallscribeError, InvalidRequest, Unavailable
from hallscribe.output import Output
from hallscribe.values import Route
from hallscribe.video import NotAVideo

OK, FAILED, BAD_INPUT, DAEMON_LOST, INTERRUPTED = 0, 1, 2, 75, 130
RETRY_S = 5.0
FOLLOW_RETRY_S = 20.0
# typer names the error of an option alone; that of a missing or unknown one is its base.
_UsageError: Any = typer.BadParameter.__mro__[1]
_SPAN = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?")

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Lectures, their moments and notes.",
)

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
LectureId = Annotated[str, typer.Argument(metavar="LECTURE", help="The lecture's id.")]
Work = Callable[[AsyncClient, Output], Awaitable[None]]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hallscribe {package_version('hallscribe')}")
        raise typer.Exit


@dataclass(frozen=True)
class Settings:
    """Options that stand before the command."""

    target: str | None
    as_json: bool


@app.callback()
def main_options(
    context: typer.Context,
    target: Annotated[
        str | None,
        typer.Option(
            envvar="HALLSCRIBE_TARGET", help=f"unix:///path or host:port of the daemon; {DEFAULT_TARGET} if not given."
        ),
    ] = None,
    json: Json = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Watch lectures, find their moments, read their notes."""
    context.obj = Settings(target, json)


@app.command()
def ingest(
    context: typer.Context,
    video: Annotated[Path, typer.Argument(help="A video file.")],
    lecture: Annotated[str, typer.Option(help="The lecture's id; made if there is none.")],
    captions: Annotated[Path | None, typer.Option(help="A WebVTT or SubRip file.")] = None,
    pull: Annotated[bool, typer.Option("--pull", help="Let the daemon read the file itself.")] = False,
    realtime: Annotated[bool, typer.Option("--realtime", help="As fast as it plays, no faster.")] = False,
    keep_open: Annotated[bool, typer.Option("--keep-open", help="Do not finish the lecture.")] = False,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Do not wait until slides are read.")] = False,
    retry_for: Annotated[float, typer.Option(min=0, help="Seconds to try to reach a lost daemon.")] = 20.0,
    json: Json = False,
) -> None:
    """Bring a video into a lecture; run again, it goes on where it was interrupted."""
    options = IngestOptions(video, lecture, captions, pull, realtime, keep_open, not no_wait, retry_for)
    # Each try is short: how long to go on trying is decided in one place.
    _run(context, json, lambda client, output: ingest_command(client, output, options), connect_for_s=1.0)


@app.command()
def watch(
    context: typer.Context,
    camera: Annotated[
        str,
        typer.Argument(
            envvar="HALLSCRIBE_CAMERA",
            help="rtsp://..., http://... or a device such as /dev/video0. With a password in it, better in the "
            "environment, where other users do not see it.",
            show_default=False,
        ),
    ],
    lecture: Annotated[
        str,
        typer.Option(
            envvar="HALLSCRIBE_LECTURE",
            help="The lecture's id; made if there is none. In one such as hall-3-%Y-%m-%d the date is filled in, and a "
            "number added if that lecture is finished.",
        ),
    ],
    title: Annotated[str, typer.Option(help="The lecture's title, if it is made.")] = "",
    for_: Annotated[
        str,
        typer.Option(
            "--for",
            envvar="HALLSCRIBE_FOR",
            help="End by itself after this long: 90m, 1h30m or seconds.",
            metavar="TIME",
        ),
    ] = "",
    keep_open: Annotated[bool, typer.Option("--keep-open", help="Do not finish the lecture.")] = False,
    json: Json = False,
) -> None:
    """Watch a camera, one frame a second, until Ctrl-C or SIGTERM; then the lecture is finished."""
    options = WatchOptions(camera, lecture, title, _span(for_), keep_open)
    _run(context, json, lambda client, output: watch_command(client, output, options), connect_for_s=1.0)


@app.command()
def lectures(context: typer.Context, json: Json = False) -> None:
    """List the lectures."""
    _run(context, json, lectures_command)


@app.command()
def events(
    context: typer.Context,
    lecture: LectureId,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with what happens.")] = False,
    json: Json = False,
) -> None:
    """List a lecture's events; with --follow also every change to them."""
    _run(context, json, lambda client, output: events_command(client, output, lecture, follow, FOLLOW_RETRY_S))


@app.command()
def search(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="What to look for.")],
    lecture: Annotated[list[str] | None, typer.Option(help="Only in this lecture; may be given again.")] = None,
    k: Annotated[int | None, typer.Option("-k", help="How many moments, 1 to 1000; 10 if not given.")] = None,
    routes: Annotated[str, typer.Option(help="Only these of written,said,seen.")] = "",
    json: Json = False,
) -> None:
    """Find the moments that answer a question."""
    ways = _routes(routes)
    _run(context, json, lambda client, output: search_command(client, output, text, lecture or [], k, ways))


@app.command()
def notes(
    context: typer.Context,
    lecture: LectureId,
    format: Annotated[str | None, typer.Option(help="md or json; md unless --json.")] = None,
    out: Annotated[Path | None, typer.Option(help="A folder for the notes and their pictures.")] = None,
    json: Json = False,
) -> None:
    """Print a lecture's notes."""
    if format not in (None, "md", "json"):
        raise typer.BadParameter(f"{format!r} is not md or json", param_hint="--format")
    as_json = format == "json" or (format is None and (json or context.obj.as_json))
    _run(context, json, lambda client, output: notes_command(client, output, lecture, as_json, out))


@app.command()
def status(context: typer.Context, json: Json = False) -> None:
    """Show how the daemon is doing."""
    _run(context, json, status_command)


@app.command()
def delete(
    context: typer.Context,
    lecture: LectureId,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Remove a lecture with all its data."""
    _run(context, json, lambda client, output: delete_command(client, output, lecture, yes, typer.confirm))


def _span(text: str) -> float | None:
    """Seconds of "90m", "1h30m" or "5400"; None of nothing."""
    if not text:
        return None
    match = _SPAN.fullmatch(text.replace(" ", ""))
    hours, minutes, seconds = (float(each or 0) for each in match.groups()) if match else (0.0, 0.0, 0.0)
    if not (length := 3600 * hours + 60 * minutes + seconds):
        raise typer.BadParameter(f"{text!r} is no length of time: say 90m, 1h30m or 5400", param_hint="--for")
    return length


def _routes(names: str) -> list[Route]:
    known = [route.value for route in Route if route is not Route.UNSPECIFIED]
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    for name in wanted:
        if name not in known:
            raise typer.BadParameter(f"{name!r} is none of {','.join(known)}", param_hint="--routes")
    return [Route(name) for name in wanted]


def _run(context: typer.Context, json: bool, work: Work, connect_for_s: float = RETRY_S) -> None:
    settings: Settings = context.obj
    output = Output(settings.as_json or json)
    raise typer.Exit(run(settings.target, output, work, connect_for_s))


def run(target: str | None, output: Output, work: Work, connect_for_s: float = RETRY_S) -> int:
    """Run one command's coroutine against the daemon and give the exit code; what goes wrong is told on stderr."""

    async def connected() -> None:
        async with AsyncClient(target, connect_for_s=connect_for_s) as client:
            await work(client, output)

    try:
        asyncio.run(connected())
    except NotAVideo as error:
        output.error("NOT_A_VIDEO", str(error))
        return BAD_INPUT
    except HallscribeError as error:
        output.error(error.reason, error.message, code=error.code, fields=error.fields)
        return exit_code(error)
    except BrokenPipeError:
        # The reader has left, as `| head` does. Keep Python from failing again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        if error.filename:
            output.error("LOCAL_FILE", f"{error.filename}: {error.strerror}; check the path and its permissions")
        else:
            output.error("OUTPUT", f"what was found could not be written ({error.strerror}): see where the output goes")
        return FAILED
    except KeyboardInterrupt:
        output.error("INTERRUPTED", "interrupted; what the daemon acknowledged is kept")
        return INTERRUPTED
    return OK


def exit_code(error: HallscribeError) -> int:
    """The exit code of an error."""
    if isinstance(error, Unavailable | DeadlinePassed):
        return DAEMON_LOST
    return BAD_INPUT if isinstance(error, InvalidRequest) else FAILED


def main() -> None:
    """Entry point."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed, as by >&-: there is nobody to tell
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that knows no dash is no reason to tell nothing
            stream.reconfigure(errors="replace")
    if "--json" not in sys.argv:
        app()
        return
    try:
        sys.exit(app(standalone_mode=False))
    except _UsageError as error:
        Output(as_json=True).error("USAGE", error.format_message())
        sys.exit(BAD_INPUT)
    except typer.Abort:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
