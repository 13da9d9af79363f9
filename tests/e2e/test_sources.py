"""Files that the daemon reads by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import grpc
import pytest

from hallscribe.v1 import event_pb2, ingest_pb2
from support.daemon import Daemon
from support.fakes import slide


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Daemon]:
    (tmp_path / "roots").mkdir()
    running = Daemon(tmp_path, f'[ingest]\nsource_roots = ["{tmp_path}/roots"]\n').start()
    yield running
    running.close()


def video(box: Daemon, name: str = "talk.mp4", codec: str = "mp4v") -> Path:
    path = box.data.parent / "roots" / name
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), 5, (640, 360))
    for frame in range(100):
        writer.write(cv2.cvtColor(slide(frame // 50), cv2.COLOR_RGB2BGR))
    writer.release()
    return path


def attached(box: Daemon, lecture_id: str, path: Path, *, realtime: bool = False) -> ingest_pb2.Source:
    request = ingest_pb2.AttachSourceRequest(lecture_id=lecture_id, path=str(path), realtime=realtime)
    return box.ingest.AttachSource(request, timeout=30).source


def ended(box: Daemon, source_id: str) -> ingest_pb2.Source:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        sources = box.ingest.ListSources(ingest_pb2.ListSourcesRequest(), timeout=10).sources
        source = next(source for source in sources if source.source_id == source_id)
        if source.state != ingest_pb2.SOURCE_STATE_RUNNING:
            return source
        time.sleep(0.05)
    raise AssertionError("the source does not end")


def test_a_file_is_read_to_its_end(box: Daemon) -> None:
    box.create("talk")
    source = ended(box, attached(box, "talk", video(box)).source_id)
    assert source.state == ingest_pb2.SOURCE_STATE_ENDED
    assert source.detail == ""
    assert box.finish("talk").durable_position == source.durable_position == 20
    (event,) = box.events.ListEvents(event_pb2.ListEventsRequest(lecture_id="talk"), timeout=10).events
    assert event.time_s == pytest.approx(10.0, abs=1.0)


def cut_in_half(path: Path) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    return path


def test_a_file_cut_in_half_gives_what_it_holds_and_says_so(box: Daemon) -> None:
    box.create("half")
    source = ended(box, attached(box, "half", cut_in_half(video(box, "talk.avi", "MJPG"))).source_id)
    assert source.state == ingest_pb2.SOURCE_STATE_ENDED
    assert "ends early" in source.detail
    assert 5 <= box.lecture("half").durable_position < 15


def test_a_file_cut_before_its_index_is_no_video(box: Daemon) -> None:
    box.create("half")
    with pytest.raises(grpc.RpcError) as told:
        attached(box, "half", cut_in_half(video(box)))
    assert told.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert box.lecture("half").frames == 0


def test_a_source_can_be_detached_and_what_it_brought_stays(box: Daemon) -> None:
    box.create("talk")
    source = attached(box, "talk", video(box), realtime=True)
    deadline = time.monotonic() + 20
    while box.lecture("talk").durable_position < 1:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    told = box.ingest.DetachSource(ingest_pb2.DetachSourceRequest(source_id=source.source_id), timeout=40).source
    assert told.state == ingest_pb2.SOURCE_STATE_DETACHED
    assert 1 <= box.lecture("talk").durable_position < 20
