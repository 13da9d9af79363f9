"""Producers that come, go, return, and get in each other's way."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

import grpc

from hallscribe.v1 import event_pb2, ingest_pb2
from support.daemon import Daemon
from support.frames import shown


class OpenStream:
    """A frame stream that stays open."""

    def __init__(self, daemon: Daemon, lecture_id: str, producer: str) -> None:
        self._frames: queue.Queue[ingest_pb2.Frame | None] = queue.Queue()
        opening = ingest_pb2.FrameStreamOpen(lecture_id=lecture_id, producer_id=producer)
        self.replies = daemon.ingest.StreamFrames(self._requests(opening), timeout=60)

    def _requests(self, opening: ingest_pb2.FrameStreamOpen) -> Iterator[ingest_pb2.StreamFramesRequest]:
        yield ingest_pb2.StreamFramesRequest(open=opening)
        while (frame := self._frames.get()) is not None:
            yield ingest_pb2.StreamFramesRequest(frame=frame)

    def opened(self) -> int:
        return next(self.replies).opened.next_position

    def send(self, *frames: ingest_pb2.Frame) -> None:
        for frame in frames:
            self._frames.put(frame)

    def wait_durable(self, position: int) -> None:
        for reply in self.replies:
            if reply.durable_position >= position:
                return
        raise AssertionError("the stream ended")

    def end(self) -> None:
        self._frames.put(None)


def test_another_producer_is_refused_and_the_same_takes_over(daemon: Daemon) -> None:
    daemon.create("algebra")
    first = OpenStream(daemon, "algebra", "camera")
    assert first.opened() == 1
    first.send(*shown([1, 2, 3]))
    first.wait_durable(3)

    second = OpenStream(daemon, "algebra", "another")
    try:
        second.opened()
        raise AssertionError("another producer was let in")
    except grpc.RpcError as error:
        assert error.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert "camera" in error.details()
    second.end()

    third = OpenStream(daemon, "algebra", "camera")
    assert third.opened() == 4, "the same producer goes on where its older stream was"
    try:
        list(first.replies)
        raise AssertionError("the older stream was not ended")
    except grpc.RpcError as error:
        assert error.code() is grpc.StatusCode.ABORTED
    first.end()
    third.send(*shown([4], first=4, start=3.0))
    third.wait_durable(4)
    third.end()
    assert list(third.replies)[-1:] is not None
    assert daemon.lecture("algebra").frames == 4


def test_a_client_that_vanishes_and_returns(daemon: Daemon) -> None:
    daemon.create("algebra")
    stream = OpenStream(daemon, "algebra", "camera")
    stream.opened()
    stream.send(*shown([1, 2, 3, 4, 5]))
    stream.wait_durable(2)
    stream.replies.cancel()
    stream.end()
    back = OpenStream(daemon, "algebra", "camera")
    position = back.opened()
    assert 3 <= position <= 6
    back.send(*shown([1, 2, 3, 4, 5, 6])[position - 1 :])
    back.wait_durable(6)
    back.end()
    assert daemon.lecture("algebra").frames == 6


def test_four_lectures_stream_at_once(daemon: Daemon) -> None:
    names = [f"hall-{number}" for number in range(4)]
    failures: list[str] = []

    def stream(name: str, offset: int) -> None:
        replies = daemon.push(name, shown([offset + number // 6 for number in range(60)]), producer=name)
        if replies[-1].durable_position != 60:
            failures.append(name)

    for name in names:
        daemon.create(name)
    threads = [threading.Thread(target=stream, args=(name, 10 * row)) for row, name in enumerate(names)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    for name in names:
        lecture = daemon.finish(name)
        assert (lecture.frames, lecture.counts.failed, lecture.counts.dropped) == (60, 0, 0)
        events = daemon.events.ListEvents(event_pb2.ListEventsRequest(lecture_id=name)).events
        assert [event.time_s for event in events] == [6.0 * number for number in range(1, 10)]
