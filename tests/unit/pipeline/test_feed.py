"""Followers of the feed are woken by what is new, and hear a heartbeat when nothing of theirs is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from hallscribed.pipeline.feed import Feed


class OtherLectures:
    """A catalog whose news are of other lectures than the one that is followed."""

    def publish(self, store: object) -> bool:
        return True

    def feed(self, after: int, limit: int, uid: str) -> Sequence[Any]:
        return [] if uid else [SimpleNamespace(sequence=after + 1)]


@pytest.mark.parametrize("every_s", [0.0, 0.02])
async def test_a_quiet_lecture_has_its_heartbeats_while_others_are_busy(every_s: float) -> None:
    feed = Feed(OtherLectures())  # type: ignore[arg-type]
    feed.bind(asyncio.get_running_loop())

    async def busy() -> None:
        while True:
            feed.publish(None)  # type: ignore[arg-type]
            await asyncio.sleep(every_s)

    publishing = asyncio.create_task(busy())
    try:
        async with asyncio.timeout(10):
            beats = feed.follow(0, "quiet", 0.1)
            assert [await anext(beats) for _ in range(3)] == [(), (), ()]
    finally:
        publishing.cancel()


async def test_records_come_before_a_heartbeat_that_is_due() -> None:
    feed = Feed(OtherLectures())  # type: ignore[arg-type]
    feed.bind(asyncio.get_running_loop())
    async with asyncio.timeout(10):
        everything = feed.follow(0, "", 0.0)
        assert [len(await anext(everything)) for _ in range(3)] == [1, 1, 1]
