from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hallscribed.domain.errors import HallscribeError, Reason, Superseded
from hallscribed.domain.frame import EncodedFrame, Grid, Outcome, Refusal, Seen
from hallscribed.domain.recording import FrameBatch
from hallscribed.pipeline.streams import FRAME_QUEUE, Ended, FrameStream, Progress
from hallscribed.ports import LectureStore
from support.box import Box
from support.fakes import FakePerception, jpeg, slide

PICTURE = jpeg(slide(1))


class HeldPerception(FakePerception):
    """Waits before each look until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.looking = threading.Event()
        self.go_on = threading.Event()

    def perceive(
        self, frame: EncodedFrame, reference: Grid | None, worth: float, *, likely: bool = False
    ) -> Seen | Refusal:
        """See ports.Perception."""
        self.looking.set()
        assert self.go_on.wait(10)
        return super().perceive(frame, reference, worth, likely=likely)


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


def streaming(box: Box, perception: HeldPerception) -> tuple[Producer, FrameStream]:
    """A stream whose first frame is durable."""
    perception.go_on.set()
    producer = Producer()
    stream = begun(box, producer)
    stream.offer(EncodedFrame(1, 0.0, PICTURE))
    while not producer.durable:
        time.sleep(0.01)
    return producer, stream


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


def test_a_stream_that_has_ended_waits_for_nothing(box: Box, perception: HeldPerception) -> None:
    """Else whatever waits until no frame waits would wait until the lecture is finished."""
    producer = Producer()
    stream = begun(box, producer)
    perception.go_on.set()
    stream.offer(frame(1))
    stream._closed = True  # it may end between this and the word that wakes it
    assert producer.ended.wait(10)
    assert stream.join()
    stream.close()
    assert stream.depth == 0
    assert box.lectures.queue_depths() == (0, 0)


def test_a_stream_that_has_ended_falls_no_further_behind(box: Box, perception: HeldPerception) -> None:
    """Else the box would give up reading for a lecture whose camera is gone."""
    producer, stream = streaming(box, perception)
    assert box.lectures.live() == 1
    for position in range(2, 8):  # faster than they are wanted, so that the last ones have no outcome of their own
        stream.offer(EncodedFrame(position, (position - 1) / 30, PICTURE))
    stream.close()
    assert producer.ended.wait(10)
    assert stream.join()
    stream._oldest = stream._oldest or stream._first  # as a commit leaves it that fails
    time.sleep(0.05)
    assert (stream.lag_s, box.lectures.load_s(), box.lectures.live()) == (0.0, 0.0, 0)


def test_what_came_before_a_gap_is_kept(box: Box, perception: HeldPerception) -> None:
    producer = Producer()
    stream = begun(box, producer)
    for position in (1, 2, 4):
        stream.offer(frame(position))
    assert perception.looking.wait(10)
    perception.go_on.set()
    assert producer.ended.wait(10)
    assert producer.error is not None
    assert producer.error.reason is Reason.POSITION_GAP
    assert producer.durable == len(producer.outcomes) == 2
    assert box.lectures.get("algebra").durable_position == 2


def test_a_defect_costs_no_frame_its_outcome(
    box: Box, perception: HeldPerception, monkeypatch: pytest.MonkeyPatch
) -> None:
    perception.go_on.set()
    with monkeypatch.context() as broken:
        broken.setattr(FakePerception, "perceive", lambda *_: 1 / 0)
        producer = Producer()
        begun(box, producer).offer(frame(1))
        assert producer.ended.wait(10)
        assert producer.error is not None
        assert producer.error.reason is Reason.INTERNAL
    again = Producer()
    _, path, stream = box.lectures.stream("algebra", "camera", "", again.tell)
    assert path.received_position == 0, "a frame without an outcome must come again"
    stream.offer(frame(1))
    stream.close()
    assert again.ended.wait(10)
    assert again.outcomes == [Outcome.KEPT]


def test_a_frame_numbered_nought_is_refused(box: Box, perception: HeldPerception) -> None:
    perception.go_on.set()
    producer = Producer()
    begun(box, producer).offer(frame(0))
    assert producer.ended.wait(10)
    assert producer.error is not None
    assert producer.error.reason is Reason.INVALID_FIELD


@pytest.mark.parametrize(("media_time", "behind"), [(0.6, True), (60.0, False)])
def test_a_stream_is_behind_only_if_it_is_slower_than_its_own_time(
    box: Box, perception: HeldPerception, media_time: float, behind: bool
) -> None:
    producer, stream = streaming(box, perception)
    assert stream.lag_s == box.lectures.lag_s() == 0
    perception.go_on.clear()
    stream.offer(EncodedFrame(2, media_time, PICTURE))
    time.sleep(1.0)
    assert (stream.lag_s > 0.2) is behind
    assert (box.lectures.lag_s() > 0.2) is behind
    perception.go_on.set()
    stream.close()
    assert producer.ended.wait(10)
    assert stream.lag_s == 0


@pytest.mark.parametrize(("media_time", "live"), [(1.0, True), (60.0, False)])
def test_only_a_stream_that_comes_live_goes_on_without_the_encoder(
    box: Box, perception: HeldPerception, media_time: float, live: bool
) -> None:
    producer, stream = streaming(box, perception)
    with box.turns.turn(live=True):
        stream.offer(EncodedFrame(2, media_time, jpeg(slide(2))))
        until = time.monotonic() + (10.0 if live else 0.5)
        while producer.durable < 2 and time.monotonic() < until:
            time.sleep(0.01)
        assert (producer.durable == 2) is live
        assert (stream.owed_s > 0) is (box.lectures.load_s() > 0.4) is live
    stream.close()
    assert producer.ended.wait(10)
    assert producer.outcomes == [Outcome.KEPT, Outcome.REUSED if live else Outcome.KEPT]


@pytest.mark.parametrize(("media_time", "live"), [(1.0, True), (60.0, False)])
def test_only_a_frame_that_comes_live_is_undisturbed_until_it_is_durable(
    box: Box, perception: HeldPerception, monkeypatch: pytest.MonkeyPatch, media_time: float, live: bool
) -> None:
    commit, quiet = box.recorder.commit, []

    def noting(store: LectureStore, batch: FrameBatch) -> None:
        quiet.append(perception.asked_for_quiet)
        commit(store, batch)

    monkeypatch.setattr(box.recorder, "commit", noting)
    producer, stream = streaming(box, perception)
    stream.offer(EncodedFrame(2, media_time, PICTURE))
    while producer.durable < 2:
        time.sleep(0.01)
    assert quiet == [1, 1 if live else 0]
    stream.close()
    assert producer.ended.wait(10)
    assert perception.asked_for_quiet == 0


def test_a_producer_that_held_frames_back_is_live_again_when_it_has_sent_them(
    box: Box, perception: HeldPerception
) -> None:
    producer, stream = streaming(box, perception)
    for position in range(2, 12):  # what it kept while it could not send
        stream.offer(EncodedFrame(position, 20.0 + position, PICTURE))
    arrive(producer, 11)
    time.sleep(0.4)
    stream.offer(EncodedFrame(12, 31.4, PICTURE))
    time.sleep(0.2)
    assert lag_of(stream, perception, EncodedFrame(13, 32.0, PICTURE), 1.0) > 0.2
    assert producer.ended.wait(10)


def test_a_frame_without_a_time_sets_no_pace(box: Box, perception: HeldPerception) -> None:
    perception.go_on.set()
    producer = Producer()
    stream = begun(box, producer)
    stream.offer(EncodedFrame(1, float("nan"), PICTURE))
    stream.offer(EncodedFrame(2, 0.0, PICTURE))
    arrive(producer, 2)
    assert lag_of(stream, perception, EncodedFrame(3, 1.0, PICTURE), 1.5) > 0.2
    assert producer.ended.wait(10)


def lag_of(stream: FrameStream, perception: HeldPerception, frame: EncodedFrame, seconds: float) -> float:
    """How far behind a stream is when a frame was held up for so long; it is closed then."""
    perception.go_on.clear()
    stream.offer(frame)
    time.sleep(seconds)
    lag = stream.lag_s
    perception.go_on.set()
    stream.close()
    return lag


def arrive(producer: Producer, position: int) -> None:
    """Wait until a frame is durable."""
    until = time.monotonic() + 10
    while producer.durable < position and time.monotonic() < until:
        time.sleep(0.01)
    assert producer.durable >= position


def test_a_frame_that_is_sent_twice_is_acknowledged_twice(box: Box, perception: HeldPerception) -> None:
    producer = Producer()
    stream = begun(box, producer)
    for position in (1, 1, 2, 1, 2):
        assert stream.offer(frame(position), timeout=5)
    perception.go_on.set()
    stream.close()
    assert producer.ended.wait(10)
    assert (producer.error, len(producer.outcomes)) == (None, 5)
