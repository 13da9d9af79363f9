from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from hallscribe.v1 import ingest_pb2
from hallscribed.pipeline.lectures import Lectures
from hallscribed.pipeline.sources import Sources
from hallscribed.rpc.ingest import IngestServicer
from support.box import Box
from support.fakes import jpeg, slide


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    opened = Box(tmp_path)
    opened.lectures.create("algebra", "")
    yield opened
    opened.close()


def servicer(lectures: Any) -> IngestServicer:
    return IngestServicer(lectures, Sources(lectures, lambda _: pytest.fail("no file"), print), lambda *_: (), 1.0)


async def opening_only() -> AsyncIterator[ingest_pb2.StreamFramesRequest]:
    opening = ingest_pb2.FrameStreamOpen(lecture_id="algebra", producer_id="camera")
    yield ingest_pb2.StreamFramesRequest(open=opening)
    await asyncio.Event().wait()


async def freed(lectures: Lectures) -> None:
    """Wait until another producer is let in."""
    for _ in range(200):
        try:
            *_, stream = lectures.stream("algebra", "another", "", lambda _: None)
        except Exception:
            await asyncio.sleep(0.05)
            continue
        stream.close()
        return
    pytest.fail("the stream of a producer that has gone holds the lecture for ever")


def test_a_producer_gone_at_the_first_reply_leaves_the_lecture_free(box: Box) -> None:
    async def go() -> None:
        replies = servicer(box.lectures).StreamFrames(opening_only(), None)  # type: ignore[arg-type]
        assert (await anext(replies)).opened.next_position == 1
        await replies.aclose()  # type: ignore[attr-defined]
        await freed(box.lectures)

    asyncio.run(go())


def test_a_producer_gone_while_its_stream_is_opened_leaves_the_lecture_free(box: Box) -> None:
    begun, go_on, opened = threading.Event(), threading.Event(), threading.Event()

    class Slow:
        """Takes its time to open a stream."""

        def stream(self, *arguments: Any) -> Any:
            begun.set()
            assert go_on.wait(10)
            stream = box.lectures.stream(*arguments)
            opened.set()
            return stream

    async def go() -> None:
        replies = servicer(Slow()).StreamFrames(opening_only(), None)  # type: ignore[arg-type]
        first = asyncio.ensure_future(anext(replies))
        await asyncio.to_thread(begun.wait, 10)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        go_on.set()
        await asyncio.to_thread(opened.wait, 10)
        await freed(box.lectures)

    asyncio.run(go())


@pytest.mark.parametrize(
    ("told", "kept"), [(1_764_000_000, True), (-11_644_473_600, False), (10**15, False), (300, False)]
)
def test_a_stream_is_told_when_its_last_frame_was_captured_unless_no_clock_can_have_said_so(
    box: Box, told: int, kept: bool
) -> None:
    async def frames() -> AsyncIterator[ingest_pb2.StreamFramesRequest]:
        async for opening in opening_only():
            yield opening
            break
        frame = ingest_pb2.Frame(position=1, media_time_s=2.0, image=jpeg(slide(1)))
        frame.capture_time.seconds = told
        yield ingest_pb2.StreamFramesRequest(frame=frame)
        await asyncio.Event().wait()

    async def go() -> ingest_pb2.FrameStreamOpened:
        replies = servicer(box.lectures).StreamFrames(frames(), None)  # type: ignore[arg-type]
        async for reply in replies:
            if reply.durable_position == 1:
                break
        await replies.aclose()  # type: ignore[attr-defined]
        again = servicer(box.lectures).StreamFrames(opening_only(), None)  # type: ignore[arg-type]
        opened = (await anext(again)).opened
        await again.aclose()  # type: ignore[attr-defined]
        return opened

    opened = asyncio.run(go())
    assert opened.last_media_time_s == 2.0
    assert opened.HasField("last_capture_time") is kept
    assert not kept or opened.last_capture_time.seconds == told
