"""`hallscribe delete`: remove a lecture with all its data."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable

from hallscribe.async_client import AsyncClient
from hallscribe.errors import DataDamaged
from hallscribe.notes import clock
from hallscribe.output import Output


async def delete(
    client: AsyncClient, output: Output, lecture_id: str, agreed: bool, ask: Callable[[str], bool]
) -> None:
    """Delete a lecture; on a terminal, and unless ``agreed``, only after asking."""
    if not agreed and not output.as_json and sys.stdin.isatty():
        try:
            lecture = await client.get_lecture(lecture_id)
            about = f"{lecture.frames} frames, {clock(lecture.duration_s)} long"
        except DataDamaged:
            about = "its data is damaged"
        if not _asked(ask, f"Delete {lecture_id} ({about}) with all its data? This cannot be undone."):
            output.remark("Nothing was deleted.")
            return
    await client.delete_lecture(lecture_id)
    if output.as_json:
        output.line({"lecture": lecture_id, "deleted": True})
    output.remark(f"Deleted {lecture_id}.")


def _asked(ask: Callable[[str], bool], question: str) -> bool:
    """The answer. Ctrl-C ends the question: the event loop would put it off until that is answered."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        return ask(question)
    finally:
        signal.signal(signal.SIGINT, before)
