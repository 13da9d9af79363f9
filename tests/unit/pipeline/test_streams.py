from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hallscribed.domain.errors import Conflict, HallscribeError, Reason, Superseded
from hallscribed.domain.frame import EncodedFrame, Grid, Outcome, Refusal, Seen
from hallscribed.pipeline.streams import FRAME_QUEUE, Ended, FrameStream, Progress
from support.box import Box
from support.fakes import FakePerception, jpeg, slide

PICTURE = jpeg(slide(1))


class HeldPerception(FakePerception):
    """Waits before each look until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.looking = threading.Event()
        self.go_on = threading.Event()

    def perceive(self, frame: EncodedFrame, reference: Grid | None) -> Seen | Refusal:
        """See ports.Perception."""
        self.looking.set()
        assert self.go_on.wait(10)
        return super().perceive(frame, reference)


class Producer:
    """What a stream tells."""

    def __init__(self) -> None:
        self.error: HallscribeError | None = None
        self.outcomes: list[Outcome] = []
        self.durable = 0
        self.ended = threading.Event()

    def tell(self, news: Progress | Ended) -> None:
        if isinstance(news, Ended):
            self.error = news.error
            self.ended.set()
            return
        self.durable = news.durable_position
        self.outcomes += [told.outcome for told in news.acknowledgements for _ in range(told.count)]


@pytest.fixture
def perception() -> HeldPerception:
    return HeldPerception()


@pytest.fixture
def box(tmp_path: Path, perception: HeldPerception) -> Iterator[Box]:
    opened = Box(tmp_path, perception=perception)
    opened.lectures.create("algebra", "")
    yield opened
    perception.go_on.set()
    opened.close()


def begun(box: Box, producer: Producer) -> FrameStream:
    return box.lectures.stream("algebra", "camera", "", producer.tell)[2]


def frame(position: int) -> EncodedFrame:
    return EncodedFrame(position, float(position), PICTURE)


def test_closing_takes_what_was_handed_over(box: Box, perception: HeldPerception) -> None:
    producer = Producer()
    stream = begun(box, producer)
    stream.offer(frame(1))
    assert perception.looking.wait(10)
    for position in range(2, FRAME_QUEUE + 2):
        assert stream.offer(frame(position), timeout=0)
    stream.close()
    perception.go_on.set()
    assert producer.ended.wait(10)
    assert producer.error is None
    assert producer.durable == len(producer.outcomes) == FRAME_QUEUE + 1


def test_closing_a_stream_that_ended_with_a_full_queue_leaves_nothing_behind(
    box: Box, perception: HeldPerception
) -> None:
    before = threading.active_count()
    producer = Producer()
    stream = begun(box, producer)
    stream.offer(frame(1))
    assert perception.looking.wait(10)
    while stream.offer(frame(2), timeout=0):
        pass
    stream.halt(Superseded(Reason.STREAM_TAKEN_OVER, "another one"))
    perception.go_on.set()
    assert producer.ended.wait(10)
    assert stream.join()
    stream.close()
    assert threading.active_count() == before, "a thread waits for room that never comes"
