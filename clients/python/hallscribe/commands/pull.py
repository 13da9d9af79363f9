"""The daemon reads the file itself: attach it as a source, and watch."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable

from hallscribe.async_client import AsyncClient
from hallscribe.commands.fields import counts_of, less, progress_of_source, trouble_of
from hallscribe.errors import HallscribeError, Internal
from hallscribe.output import Output
from hallscribe.retry import Patience
from hallscribe.values import Lecture, Progress, Source, SourceState

_LOOK_AGAIN_S = 0.5
# A daemon that stops ends its sources first, and answers a little longer: it is given so long to be gone.
_GOES_S = {SourceState.DETACHED: 12.0, SourceState.FAILED: 2.0}


async def pull(
    client: AsyncClient, output: Output, lecture: Lecture, path: str, realtime: bool, retry_for_s: float
) -> AsyncGenerator[tuple[Progress, float]]:
    """Progress and the media time reached, until the daemon has read the file to its end.

    A daemon that restarts has forgotten its sources: the file is attached again and goes on after the last frame. What
    the daemon reads for an earlier call that was cut off is gone on with. Closed early, the source is detached.

    Raises:
        InvalidRequest: the daemon may not read this file, or it is no video.
        HallscribeError: SOURCE_FAILED with the daemon's explanation; what was read is kept.
    """
    watch = _Watch(client, output, lecture, path, realtime)
    patience = Patience(retry_for_s, client.target)
    try:
        while not watch.over:
            try:
                source = await watch.look()
                patience.progressed()
            except HallscribeError as error:
                await asyncio.sleep(patience.delay(error))
                watch.lost()
                continue
            if source is not None:
                yield progress_of_source(source, watch.before), source.position_s
    finally:
        await watch.leave()
    watch.tell_end()


class _Watch:
    """A source as it is seen from here; None before it is attached, and once the daemon has forgotten it."""

    def __init__(self, client: AsyncClient, output: Output, lecture: Lecture, path: str, realtime: bool) -> None:
        self.before = lecture.counts
        self._client, self._output = client, output
        self._lecture_id, self._path, self._realtime = lecture.lecture_id, path, realtime
        self._source: Source | None = None
        self._attaching = False
        self._ended_at: float | None = None
        self._told = ""

    @property
    def over(self) -> bool:
        """Whether it has ended, for any reason but a daemon that restarts."""
        source = self._source
        if source is None or source.state is SourceState.RUNNING:
            self._ended_at = None
            return False
        self._ended_at = self._ended_at or time.monotonic()
        return time.monotonic() - self._ended_at >= _GOES_S.get(source.state, 0.0)

    def lost(self) -> None:
        """The daemon does not answer: what ended before ended with it."""
        if self._source is not None and self._source.state is not SourceState.RUNNING:
            self._source = None

    async def look(self) -> Source | None:
        """The source as it is now, attached if need be."""
        if self._source is None:
            self._source = await self._attached()
        else:
            await asyncio.sleep(_LOOK_AGAIN_S)
            known = self._source.source_id
            self._source = await self._listed(lambda found: found.source_id == known)
        trouble = "" if self._source is None else trouble_of(self._source)
        if trouble not in ("", self._told):
            self._output.warning(trouble)
        self._told = trouble
        return self._source

    async def _attached(self) -> Source:
        running = await self._running()
        counts = (await self._client.get_lecture(self._lecture_id)).counts
        if running is not None:
            self.before = less(counts, counts_of(running))
            return running
        self.before, self._attaching = counts, True
        source = await self._client.attach_source(self._lecture_id, self._path, realtime=self._realtime)
        self._attaching = False
        return source

    async def _running(self) -> Source | None:
        return await self._listed(lambda found: found.state is SourceState.RUNNING)

    async def _listed(self, wanted: Callable[[Source], bool]) -> Source | None:
        """The first source of this file that the daemon knows and that is wanted."""
        async for found in self._client.list_sources(self._lecture_id):
            if found.path == self._path and wanted(found):
                return found
        return None

    async def leave(self) -> None:
        """Have the daemon read no further than it was watched; nothing where it has ended."""
        with contextlib.suppress(HallscribeError):
            source = await self._running() if self._attaching else self._source
            if source is not None and source.state is SourceState.RUNNING:
                await self._client.detach_source(source.source_id)

    def tell_end(self) -> None:
        """Why it ended, where that was not at the file's end."""
        source = self._source
        if source is None or source.state is SourceState.RUNNING:
            return
        if source.state is not SourceState.ENDED:
            why = f": {source.detail}" if source.detail else ""
            raise Internal(
                "SOURCE_FAILED", f"reading {self._path} ended as {source.state.value}{why}; what was read is kept"
            )
        if source.detail:
            self._output.warning(f"{self._path}: {source.detail}")
