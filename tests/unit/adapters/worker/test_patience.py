from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, Pipe

import pytest

from hallscribed.adapters.worker import patience
from hallscribed.adapters.worker.patience import answered

# Of one processor that another process wants, too, it gets one part in seventy.
WORK = """
import os, sys, time
os.nice(19)
print("ready", flush=True)
sys.stdin.readline()
until = time.process_time() + float(sys.argv[1])
while time.process_time() < until: pass
os.write(int(sys.argv[2]), b"\\0\\0\\0\\1x")
"""
SPIN = "while True: pass"
PATIENCE_S = 0.3


@contextmanager
def worker(work_s: float, processor: int) -> Iterator[tuple[subprocess.Popen[str], Connection]]:
    ours, theirs = Pipe(duplex=False)
    arguments = [sys.executable, "-c", WORK, str(work_s), str(theirs.fileno())]
    child = subprocess.Popen(
        arguments, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[theirs.fileno()]
    )
    try:
        assert child.stdout is not None
        child.stdout.readline()
        os.sched_setaffinity(child.pid, {processor})
        yield child, ours
    finally:
        child.kill()
        child.communicate()


def begin(child: subprocess.Popen[str]) -> None:
    assert child.stdin is not None
    child.stdin.write("\n")
    child.stdin.flush()


def test_time_in_which_others_have_the_processor_does_not_count() -> None:
    processor = min(os.sched_getaffinity(0))
    with worker(0.04, processor) as (child, pipe), subprocess.Popen([sys.executable, "-c", SPIN]) as other:
        try:
            os.sched_setaffinity(other.pid, {processor})
            begin(child)
            begun = time.monotonic()
            assert answered(pipe.poll, child.pid, PATIENCE_S)
            assert time.monotonic() - begun > PATIENCE_S
        finally:
            other.kill()


def test_who_hangs_has_had_its_time() -> None:
    with worker(0.0, min(os.sched_getaffinity(0))) as (child, pipe):
        assert not answered(pipe.poll, child.pid, PATIENCE_S)
        child.send_signal(signal.SIGSTOP)
        begin(child)
        assert not answered(pipe.poll, child.pid, PATIENCE_S)


def test_time_in_which_it_was_held_does_not_count() -> None:
    def held_s() -> float:
        return min(2 * PATIENCE_S, time.monotonic() - begun)

    with worker(0.0, min(os.sched_getaffinity(0))) as (child, pipe):
        begun = time.monotonic()
        assert not answered(pipe.poll, child.pid, PATIENCE_S, held_s)
        assert time.monotonic() - begun >= 3 * PATIENCE_S - 0.1


def test_of_a_process_that_is_gone_no_answer_is_awaited() -> None:
    with worker(0.0, min(os.sched_getaffinity(0))) as (child, pipe):
        child.kill()
        child.wait()
        assert not answered(pipe.poll, child.pid, PATIENCE_S)


def test_of_an_answer_that_comes_at_once_nobody_asks_why_it_did_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(_: int) -> dict[str, object]:
        raise AssertionError("this costs more than the answer")

    monkeypatch.setattr(patience, "_threads", asked)
    ours, theirs = Pipe(duplex=False)
    theirs.send_bytes(b"x")
    assert answered(ours.poll, os.getpid(), PATIENCE_S)
