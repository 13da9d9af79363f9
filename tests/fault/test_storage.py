"""A full disk: nothing acknowledged is lost, queries go on, and ingest resumes by itself when there is room."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from hallscribe.v1 import ingest_pb2, lecture_pb2, search_pb2
from support.daemon import Daemon, requests
from support.frames import shown

DISK = 24 << 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    mounted = tmp_path / "disk"
    mounted.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(mounted)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        pytest.skip(f"a file system of its own cannot be mounted here: {done.stderr.strip()}")
    yield mounted
    subprocess.run(["umount", "-l", str(mounted)], check=True)


@pytest.mark.parametrize("reserve", [0, 8 << 20], ids=["to the last byte", "to the reserve"])
def test_a_full_disk(small_disk: Path, reserve: int) -> None:
    daemon = Daemon(small_disk, f"[storage]\nreserve_bytes = {reserve}\n").start()
    try:
        daemon.create("algebra")
        captions = b"WEBVTT\n\n00:00.000 --> 00:04.000\nthe zebra crossing theorem\n"
        daemon.ingest.PutCaptions(ingest_pb2.PutCaptionsRequest(lecture_id="algebra", captions=captions), timeout=10)
        assert daemon.push("algebra", shown([1, 2, 3]))[-1].durable_position == 3

        ballast = small_disk / "ballast"
        fill(ballast, small_disk, reserve)
        with pytest.raises(grpc.RpcError) as told:
            daemon.push("algebra", shown([number % 40 for number in range(2000)], first=4, start=3.0))
        assert told.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "STORAGE_FULL" in reasons(told.value)
        durable = daemon.lecture("algebra").durable_position
        assert durable >= 3
        found = daemon.search.Search(search_pb2.SearchRequest(text="zebra"), timeout=10)
        assert found.moments, "queries are answered while the disk is full"

        ballast.unlink()
        replies = daemon.push("algebra", shown([7, 8], first=durable + 1, start=5000.0))
        assert replies[-1].durable_position == durable + 2
        daemon.kill()
        daemon.start()
        assert daemon.lecture("algebra").frames == durable + 2
    finally:
        daemon.close()


def test_a_disk_that_others_filled_keeps_nobody_from_starting_and_deleting(small_disk: Path) -> None:
    daemon = Daemon(small_disk, "[storage]\nreserve_bytes = 0\n").start()
    try:
        for name in ("algebra", "biology"):
            daemon.create(name)
            daemon.push(name, shown([1, 2, 3]))
            captions = b"WEBVTT\n\n00:00.000 --> 00:04.000\nthe zebra crossing theorem\n"
            daemon.ingest.PutCaptions(ingest_pb2.PutCaptionsRequest(lecture_id=name, captions=captions), timeout=10)
            daemon.finish(name)
        for end in (daemon.stop, daemon.kill):
            end()
            others = small_disk / f"others-{end.__name__}"
            fill(others, small_disk, 0)
            daemon.start()
            found = daemon.search.Search(search_pb2.SearchRequest(text="zebra"), timeout=10)
            assert {moment.lecture_id for moment in found.moments} == {"algebra", "biology"}
        fill(small_disk / "more", small_disk, 0)
        daemon.lectures.DeleteLecture(lecture_pb2.DeleteLectureRequest(lecture_id="algebra"), timeout=30)
        assert sorted(folder.name for folder in (daemon.data / "lectures").iterdir()) == ["biology"]
        left = daemon.lectures.ListLectures(lecture_pb2.ListLecturesRequest(), timeout=10).lectures
        assert [lecture.lecture_id for lecture in left] == ["biology"]
    finally:
        daemon.close()


def fill(ballast: Path, disk: Path, reserve: int) -> None:
    """Leave a little less than the reserve, or nothing at all."""
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    with contextlib.suppress(OSError), ballast.open("wb") as file:
        file.write(b"\0" * (free - (reserve // 2 if reserve else 0)))


def reasons(error: grpc.RpcError) -> list[str]:
    status = rpc_status.from_call(error)
    found = []
    for detail in status.details if status else ():
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            found.append(info.reason)
    return found


def test_a_disk_that_fails_a_write_stops_the_daemon_for_a_check(tmp_path: Path) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace, which makes a disk seem to fail, is not installed")
    daemon = Daemon(tmp_path).start()
    daemon.create("algebra")
    assert daemon.push("algebra", shown([1, 2, 3]))[-1].durable_position == 3
    daemon.stop()

    failing = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync")
    # Counted for each thread: enough for the start, not for a stream.
    daemon.wrapper = (*failing, "-e", "inject=fsync,fdatasync:error=EIO:when=12+")
    daemon.start()
    durable = 3
    opening = ingest_pb2.FrameStreamOpen(lecture_id="algebra", producer_id="test")
    with pytest.raises(grpc.RpcError) as told:
        for reply in daemon.ingest.StreamFrames(requests(opening, shown(list(range(400)), first=4, start=4.0))):
            durable = max(durable, reply.durable_position)
    assert told.value.code() is grpc.StatusCode.UNAVAILABLE
    assert daemon.process is not None
    assert daemon.process.wait(20) == 75

    daemon.wrapper = ()
    daemon.start()
    assert daemon.lecture("algebra").durable_position >= durable, "an acknowledged frame is gone"
    daemon.close()
