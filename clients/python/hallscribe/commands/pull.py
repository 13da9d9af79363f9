"""The daemon reads the file itself: attach it as a source, and watch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from hallscribe.async_client import AsyncClient
from hallscribe.commands.fields import progress_of_source
from hallscribe.errors import HallscribeError, Internal
from hallscribe.output import Output
from hallscribe.retry import Patience
from hallscribe.values import Lecture, Progress, Source, SourceState

_LOOK_AGAIN_S = 0.5


async def pull(
    client: AsyncClient, output: Output, lecture: Lecture, path: str, realtime: bool, retry_for_s: float
) -> AsyncGenerator[tuple[Progress, float]]:
    """Progress and the media time reached, until the daemon has read the file to its end.

    A daemon that restarts has forgotten its sources: the file is attached again and goes on after the last frame.

    Raises:
        InvalidRequest: the daemon may not read this file, or it is no video.
        HallscribeError: SOURCE_FAILED with the daemon's explanation; what was read is kept.
    """
    patience = Patience(retry_for_s, client.target)
    source: Source | None = None
    before = lecture.counts
    while source is None or source.state is SourceState.RUNNING:
        try:
            if source is None:
                before = (await client.get_lecture(lecture.lecture_id)).counts
                source = await client.attach_source(lecture.lecture_id, path, realtime=realtime)
            else:
                await asyncio.sleep(_LOOK_AGAIN_S)
                source = await _again(client, source)
            patience.progressed()
        except HallscribeError as error:
            await asyncio.sleep(patience.delay(error))
            continue
        if source is not None:
            yield progress_of_source(source, before), source.position_s
    if source.state is not SourceState.ENDED:
        raise Internal(
            "SOURCE_FAILED", f"reading {path} ended as {source.state.value}: {source.detail}; what was read is kept"
        )
    if source.detail:
        output.warning(f"{path}: {source.detail}")


async def _again(client: AsyncClient, source: Source) -> Source | None:
    """The source as it is now; None when the daemon does not know it any more."""
    async for found in client.list_sources(source.lecture_id):
        if found.source_id == source.source_id and found.path == source.path:
            return found
    return None
