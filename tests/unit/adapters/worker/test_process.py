from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

import pytest

from hallscribed.adapters.worker import process
from hallscribed.adapters.worker.process import Worker, WorkerLost, WorkerRefused
from hallscribed.domain.errors import Exhausted, Reason

# The lightest of the workers; it refuses to go on reading what was never opened, which is an answer, too.
ASK = {"do": "next"}


def ignore(_: str) -> None:
    """Tells nobody of a lost worker."""


def asked(worker: Worker) -> Future[Any]:
    """The answer, asked for on a thread of its own, so that a worker that never answers fails the test."""
    threads = ThreadPoolExecutor(1)
    answer = threads.submit(worker.call, ASK)
    threads.shutdown(wait=False)
    return answer


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Worker]]:
    monkeypatch.setattr(process, "_SECOND_TRY_S", (0.0,))
    started: list[Worker] = []

    def begin(lost: Callable[[str], None] = ignore) -> Worker:
        started.append(Worker("video", {"descriptor": -1, "path": "none"}, lost=lost))
        started[0].wait_ready()
        return started[0]

    yield begin
    for worker in started:
        worker.stop()


def test_a_worker_is_replaced_even_when_nobody_can_be_told(start: Callable[..., Worker]) -> None:
    def full(_: str) -> None:
        raise Exhausted(Reason.STORAGE_FULL, "the disk is full: the feed takes nothing more")

    worker = start(full)
    os.kill(worker.pid, signal.SIGKILL)
    with suppress(WorkerLost, WorkerRefused):
        asked(worker).result(30)
    with pytest.raises(WorkerRefused, match="open comes first"):
        asked(worker).result(30)


def test_a_worker_that_cannot_be_started_now_is_started_later(
    start: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    worker = start()
    with monkeypatch.context() as crowded:
        crowded.setattr(subprocess, "Popen", refuse)
        os.kill(worker.pid, signal.SIGKILL)
        with pytest.raises(WorkerLost):
            asked(worker).result(30)
    with pytest.raises(WorkerRefused, match="open comes first"):
        asked(worker).result(30)


def test_a_worker_that_talks_nonsense_is_replaced(
    start: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = start()
    with monkeypatch.context() as nonsense:
        nonsense.setattr(process, "receive", lambda _: {}["header"])
        with pytest.raises(WorkerLost):
            asked(worker).result(30)
    with pytest.raises(WorkerRefused, match="open comes first"):
        asked(worker).result(30)


def test_nobody_waits_for_a_worker_that_was_stopped(start: Callable[..., Worker]) -> None:
    worker = start()
    os.kill(worker.pid, signal.SIGSTOP)
    held, waiting = asked(worker), asked(worker)
    worker.stop()
    for answer in (held, waiting, asked(worker)):
        with pytest.raises(WorkerLost):
            answer.result(30)
    assert worker.pid == 0


def test_what_a_library_prints_reaches_nobody(capfd: pytest.CaptureFixture[str]) -> None:
    child, pipe = process.launch("this")  # prints a poem
    with pipe:
        assert child.wait(30) == 0
    assert capfd.readouterr() == ("", "")


def test_a_worker_that_starts_too_slowly_is_not_taken_for_one_that_runs(
    start: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = start()
    begun: list[subprocess.Popen[bytes]] = []
    launch = process.launch

    def stopped(module: str) -> tuple[subprocess.Popen[bytes], Connection]:
        child, pipe = launch(module)
        os.kill(child.pid, signal.SIGSTOP)
        begun.append(child)
        return child, pipe

    with monkeypatch.context() as slow:
        slow.setattr(process, "launch", stopped)
        slow.setattr(process, "START_S", 0.2)
        os.kill(worker.pid, signal.SIGKILL)
        with pytest.raises(WorkerLost):
            asked(worker).result(30)
        assert worker.pid == 0
        assert all(child.poll() is not None for child in begun), "it would answer when it is ready at last"
    with pytest.raises(WorkerRefused, match="open comes first"):
        asked(worker).result(30)


def test_a_worker_that_others_keep_from_starting_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float | None] = []
    result = Future.result

    def listening(future: Future[Any], timeout: float | None = None) -> Any:
        waited.append(timeout)
        return result(future, timeout)

    worker = Worker("video", {"descriptor": -1, "path": "none"})
    monkeypatch.setattr(Future, "result", listening)
    worker.wait_ready()
    worker.stop()
    assert waited[0] is None, "how long it may take is decided where it is seen whether it runs"


def test_nobody_waits_for_a_worker_that_was_never_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: str) -> None:
        raise MemoryError("no memory for another process")

    monkeypatch.setattr(process, "launch", broken)
    worker = Worker("video", {})
    with pytest.raises(WorkerLost, match="no memory"):
        worker.wait_ready()
    worker.stop()


def test_a_worker_that_hangs_and_takes_no_message_is_replaced() -> None:
    told: list[str] = []
    worker = Worker("video", {"descriptor": -1, "path": "none"}, patience_s=0.5, lost=told.append)
    worker.wait_ready()
    os.kill(worker.pid, signal.SIGSTOP)
    threads = ThreadPoolExecutor(1)
    answer = threads.submit(worker.call, ASK, [bytes(1 << 20)])
    threads.shutdown(wait=False)
    with pytest.raises(WorkerLost, match="took no message"):
        answer.result(20)
    with pytest.raises(WorkerRefused, match="open comes first"):
        worker.call(ASK)
    assert len(told) == 1
    worker.stop()
