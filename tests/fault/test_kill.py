"""SIGKILL at any moment loses no acknowledged frame, and what is kept is a prefix without gaps."""

from __future__ import annotations

import os
import random
import threading
import time
from pathlib import Path

import grpc
import pytest

from hallscribe.v1 import event_pb2, ingest_pb2
from support.daemon import Daemon, requests
from support.frames import shown


class Producer:
    """Streams until the daemon dies; remembers the best durable position it was told."""

    def __init__(self, daemon: Daemon, lecture_id: str, frames: list[ingest_pb2.Frame]) -> None:
        self.durable = 0
        self._daemon = daemon
        opening = ingest_pb2.FrameStreamOpen(lecture_id=lecture_id, producer_id="kill test")
        self._requests = requests(opening, frames)
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        try:
            for reply in self._daemon.ingest.StreamFrames(self._requests, timeout=60):
                self.durable = max(self.durable, reply.durable_position)
        except grpc.RpcError:
            return


KILLS = int(os.environ.get("HALLSCRIBE_KILLS", "5"))


@pytest.mark.timeout(100 + 30 * KILLS)
def test_no_acknowledged_frame_is_lost(tmp_path: Path) -> None:
    seeded = random.Random(11)
    daemon = Daemon(tmp_path).start()
    daemon.create("algebra")
    told, position = 0, 0
    frames = shown([1 + number // 7 for number in range(80 * KILLS)])
    for _ in range(KILLS):
        producer = Producer(daemon, "algebra", frames[position:])
        time.sleep(seeded.uniform(0.05, 1.2))
        daemon.kill()
        producer.thread.join()
        told = max(told, producer.durable)
        daemon.start()
        lecture = daemon.lecture("algebra")
        assert lecture.durable_position >= told, "an acknowledged frame is gone"
        assert lecture.frames == lecture.durable_position, "the prefix has a gap or a frame twice"
        position = lecture.durable_position
    assert told > 0
    replies = daemon.push("algebra", frames[position:])
    assert replies[-1].durable_position == len(frames)
    daemon.finish("algebra")
    events = daemon.events.ListEvents(event_pb2.ListEventsRequest(lecture_id="algebra", page_size=1000)).events
    assert len({event.event_id for event in events}) == len(events)
    assert daemon.stop() == 0
