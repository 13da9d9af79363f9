"""A worker that is killed or hangs is replaced; it costs only the frame it held."""

from __future__ import annotations

import os
import signal
import threading
import time

from hallscribe.v1 import error_pb2, event_pb2, ingest_pb2
from support.daemon import Daemon, acknowledged, requests
from support.frames import shown

FAILED = ingest_pb2.FRAME_OUTCOME_FAILED


def send(daemon: Daemon, worker: str, number: int) -> None:
    """Send a worker a signal."""
    pid = daemon.children()[worker]
    assert pid > 0, "no such worker runs; 0 would mean this very process group"
    os.kill(pid, number)


def outcomes_while(daemon: Daemon, number: int, worker: str) -> dict[int, ingest_pb2.FrameAcknowledgement]:
    """Push forty frames, sending a worker a signal meanwhile."""
    daemon.create("algebra")
    replies: list[ingest_pb2.StreamFramesResponse] = []
    pushing = threading.Thread(target=lambda: replies.extend(daemon.push("algebra", shown(list(range(40))))))
    send(daemon, worker, number)
    pushing.start()
    pushing.join(90)
    return acknowledged(replies)


def check_one_lost(daemon: Daemon, told: dict[int, ingest_pb2.FrameAcknowledgement], worker: str) -> None:
    assert sorted(told) == list(range(1, 41))
    failed = [position for position, frame in told.items() if frame.outcome == FAILED]
    assert len(failed) <= 1
    assert all(told[p].reason == error_pb2.ERROR_REASON_WORKER_LOST for p in failed)
    assert daemon.children()[worker] > 0
    assert daemon.lecture("algebra").durable_position == 40


def test_a_killed_perception_worker_is_replaced(daemon: Daemon) -> None:
    before = daemon.children()["perception"]
    told = outcomes_while(daemon, signal.SIGKILL, "perception")
    check_one_lost(daemon, told, "perception")
    assert daemon.children()["perception"] != before


def test_a_hung_perception_worker_is_replaced_and_told_on_the_feed(daemon: Daemon) -> None:
    before = daemon.children()["perception"]
    told = outcomes_while(daemon, signal.SIGSTOP, "perception")
    check_one_lost(daemon, told, "perception")
    assert daemon.children()["perception"] != before
    feed = daemon.events.Subscribe(event_pb2.SubscribeRequest(beginning=event_pb2.StartFromBeginning()), timeout=10)
    notice = next(record.system for record in feed if record.WhichOneof("record") == "system")
    assert notice.reason == error_pb2.ERROR_REASON_WORKER_LOST
    feed.cancel()


def test_a_killed_reading_worker_costs_no_text(daemon: Daemon) -> None:
    daemon.create("algebra")
    daemon.push("algebra", shown([number // 5 for number in range(20)]))
    send(daemon, "reading", signal.SIGKILL)
    lecture = daemon.finish("algebra")
    assert lecture.pending_jobs == 0
    events = daemon.events.ListEvents(event_pb2.ListEventsRequest(lecture_id="algebra")).events
    assert len(events) == 3
    assert all(event.title.startswith("Theorem") for event in events)


def test_the_daemon_drains_while_both_workers_hang(daemon: Daemon) -> None:
    daemon.create("algebra")
    daemon.push("algebra", shown([number // 5 for number in range(10)]))
    for worker in daemon.children():
        send(daemon, worker, signal.SIGSTOP)
    seen = daemon.lecture("algebra").durable_position
    opening = ingest_pb2.FrameStreamOpen(lecture_id="algebra", producer_id="test")
    stream = daemon.ingest.StreamFrames(requests(opening, shown([7, 8], first=seen + 1, start=20.0)), timeout=60)
    next(stream)
    assert daemon.stop() == 0, daemon.log()


def test_children_die_with_the_gateway(daemon: Daemon) -> None:
    children = daemon.children().values()
    daemon.kill()
    deadline = time.monotonic() + 5
    while any(os.path.exists(f"/proc/{pid}") for pid in children):  # noqa: PTH110
        assert time.monotonic() < deadline, "a worker outlives its gateway"
        time.sleep(0.05)
