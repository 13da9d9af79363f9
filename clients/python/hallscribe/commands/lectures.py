"""`hallscribe lectures`: what there is."""

from __future__ import annotations

from rich.table import Table

from hallscribe.async_client import AsyncClient
from hallscribe.commands.fields import lecture_fields
from hallscribe.notes import clock
from hallscribe.output import Output, cell


async def lectures(client: AsyncClient, output: Output) -> None:
    """Print every lecture, oldest first."""
    table = Table("lecture", "state", "frames", "length", "to be read", "title", box=None, pad_edge=False)
    async for lecture in client.list_lectures():
        if output.as_json:
            output.line(lecture_fields(lecture))
            continue
        numbers = (str(lecture.frames), clock(lecture.duration_s), str(lecture.pending_jobs or ""))
        table.add_row(cell(lecture.lecture_id), lecture.state.value, *numbers, cell(lecture.title))
    if not output.as_json and table.row_count:
        output.show(table)
    elif not output.as_json:
        output.remark("No lectures yet. Make one with: hallscribe ingest VIDEO --lecture ID")
