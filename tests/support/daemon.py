"""A real daemon as a child process, driven over its socket."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from hallscribe.v1 import (
    event_pb2_grpc,
    ingest_pb2,
    ingest_pb2_grpc,
    lecture_pb2,
    lecture_pb2_grpc,
    notes_pb2_grpc,
    search_pb2_grpc,
    system_pb2,
    system_pb2_grpc,
)

COMMAND = Path(sys.executable).with_name("hallscribed")
START_S = 60.0


class Daemon:
    """Starts on ``folder``/data with a socket of its own; may be killed and started again."""

    def __init__(self, folder: Path, config: str = "", wrapper: Sequence[str] = ()) -> None:
        self.wrapper = wrapper
        self.data = folder / "data"
        self.target = f"unix://{folder}/daemon.sock"
        self._log = folder / "daemon.log"
        self._config = folder / "hallscribed.toml"
        self._config.write_text(config)
        self.process: subprocess.Popen[bytes] | None = None
        self.channel: grpc.Channel | None = None

    def arguments(self) -> list[str]:
        """The command line."""
        return [
            *self.wrapper,
            str(COMMAND),
            "run",
            f"--config={self._config}",
            f"--data={self.data}",
            f"--listen={self.target}",
        ]

    def start(self) -> Daemon:
        """Start and wait until it serves."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(self.arguments(), stdout=log, stderr=log)
        self.channel = grpc.insecure_channel(self.target, options=[("grpc.max_receive_message_length", 64 << 20)])
        self._wait_serving()
        channel = self.channel
        self.lectures = lecture_pb2_grpc.LectureServiceStub(channel)
        self.ingest = ingest_pb2_grpc.IngestServiceStub(channel)
        self.events = event_pb2_grpc.EventServiceStub(channel)
        self.search = search_pb2_grpc.SearchServiceStub(channel)
        self.notes = notes_pb2_grpc.NotesServiceStub(channel)
        self.system = system_pb2_grpc.SystemServiceStub(channel)
        return self

    def _wait_serving(self) -> None:
        assert self.process is not None and self.channel is not None
        health = health_pb2_grpc.HealthStub(self.channel)
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"the daemon ended with {self.process.returncode}:\n{self.log()}"
            try:
                reply = health.Check(health_pb2.HealthCheckRequest(), timeout=2, wait_for_ready=True)
            except grpc.RpcError:
                time.sleep(0.05)
                continue
            if reply.status == health_pb2.HealthCheckResponse.SERVING:
                return
        raise AssertionError(f"the daemon does not serve:\n{self.log()}")

    def log(self) -> str:
        """What it has said."""
        return self._log.read_text()

    def kill(self) -> None:
        """SIGKILL, as a crash would."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, number: int) -> int:
        assert self.process is not None and self.channel is not None
        self.process.send_signal(number)
        code = self.process.wait(15)
        self.channel.close()
        self.process = None
        return code

    def create(self, lecture_id: str) -> str:
        """Make a lecture; its uid."""
        request = lecture_pb2.CreateLectureRequest(lecture_id=lecture_id)
        return self.lectures.CreateLecture(request, timeout=10).lecture.uid

    def lecture(self, lecture_id: str) -> lecture_pb2.Lecture:
        """A lecture as it stands."""
        return self.lectures.GetLecture(lecture_pb2.GetLectureRequest(lecture_id=lecture_id), timeout=10).lecture

    def finish(self, lecture_id: str, *, wait_s: float = 60.0) -> lecture_pb2.Lecture:
        """End a lecture and wait until all of it is read."""
        self.lectures.FinishLecture(lecture_pb2.FinishLectureRequest(lecture_id=lecture_id), timeout=60)
        deadline = time.monotonic() + wait_s
        while (lecture := self.lecture(lecture_id)).pending_jobs:
            assert time.monotonic() < deadline, f"{lecture.pending_jobs} jobs are left:\n{self.log()}"
            time.sleep(0.05)
        return lecture

    def push(
        self, lecture_id: str, frames: list[ingest_pb2.Frame], *, producer: str = "test", timeout: float = 60.0
    ) -> list[ingest_pb2.StreamFramesResponse]:
        """Stream frames and close; all replies."""
        opening = ingest_pb2.FrameStreamOpen(lecture_id=lecture_id, producer_id=producer)
        return list(self.ingest.StreamFrames(requests(opening, frames), timeout=timeout))

    def children(self) -> dict[str, int]:
        """Process ids of the workers, by name."""
        status = self.system.GetStatus(system_pb2.GetStatusRequest(), timeout=10)
        return {worker.name: worker.pid for worker in status.workers}

    def close(self) -> None:
        """End it if it still runs."""
        if self.process is not None:
            os.kill(self.process.pid, signal.SIGCONT)
            self.kill()


def requests(
    opening: ingest_pb2.FrameStreamOpen, frames: list[ingest_pb2.Frame]
) -> Iterator[ingest_pb2.StreamFramesRequest]:
    """The messages of a frame stream."""
    yield ingest_pb2.StreamFramesRequest(open=opening)
    for frame in frames:
        yield ingest_pb2.StreamFramesRequest(frame=frame)


def acknowledged(replies: list[ingest_pb2.StreamFramesResponse]) -> dict[int, ingest_pb2.FrameAcknowledgement]:
    """Acknowledgements by position, runs spread out."""
    found = {}
    for reply in replies:
        for told in reply.acknowledgements:
            for position in range(told.position, told.position + told.count):
                found[position] = told
    return found
