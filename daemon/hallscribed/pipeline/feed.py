"""The feed: what was recorded, fanned out to everyone who follows.

Followers read the durable feed themselves, each at its own pace, so that a slow one holds no memory here and a
resumed one is no special case. Publishing only wakes them.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

from hallscribed.domain.record import FeedRecord, SystemNotice
from hallscribed.ports import Catalog, LectureStore

_READ = 256


class Feed:
    """Publishes from any thread; is followed on one event loop, given by ``bind``."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news = asyncio.Event()
        self._closed = False

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wake followers on this loop from now on."""
        self._loop = loop

    def publish(self, store: LectureStore) -> None:
        """Put a lecture's new records on the feed."""
        if self._catalog.publish(store):
            self._wake()

    def announce(self, notice: SystemNotice, store: LectureStore | None = None) -> None:
        """Put the daemon's own trouble on the feed; a lecture's where it is one's only."""
        self._catalog.announce(notice, store)
        self._wake()

    def wake_after_delete(self) -> None:
        """Tell followers that the catalog put a deletion on the feed."""
        self._wake()

    def close(self) -> None:
        """End every follower, once it has what there is; called on the event loop."""
        self._closed = True
        self._rouse()

    def _wake(self) -> None:
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has just been closed: nobody follows
                loop.call_soon_threadsafe(self._rouse)

    def _rouse(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def follow(self, after: int, uid: str, heartbeat_s: float) -> AsyncIterator[Sequence[FeedRecord]]:
        """Records after a place in the feed, until ``close``; an empty batch when nothing came for ``heartbeat_s``.

        Other lectures' records wake a follower of one for nothing, and put off none of its heartbeats.
        """
        loop = asyncio.get_running_loop()
        due = loop.time() + heartbeat_s
        while True:
            news = self._news
            records = await asyncio.to_thread(self._catalog.feed, after, _READ, uid)
            if records:
                after = records[-1].sequence
                yield records
                due = loop.time() + heartbeat_s
                continue
            if self._closed:
                return
            if loop.time() >= due:
                yield ()
                due = loop.time() + heartbeat_s
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(due):
                    await news.wait()
