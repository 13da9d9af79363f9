from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hallscribed.adapters.worker.hold import Hold

Child = subprocess.Popen[bytes]


def stands_still(child: Child) -> bool:
    """Whether it is stopped, as soon as the system has done what it was told."""
    time.sleep(0.05)
    return Path(f"/proc/{child.pid}/stat").read_text().rpartition(") ")[2][0] == "T"


@pytest.fixture
def child() -> Iterator[Child]:
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as running:
        yield running
        running.kill()


def test_it_stands_still_while_anybody_holds_it(child: Child) -> None:
    hold = Hold()
    hold.begin(child)
    hold.begin(child)
    assert stands_still(child)
    hold.end()
    assert stands_still(child)
    hold.end()
    assert not stands_still(child)


def test_what_somebody_else_stopped_is_left_to_them(child: Child) -> None:
    child.send_signal(signal.SIGSTOP)
    assert stands_still(child)
    hold = Hold()
    hold.begin(child)
    hold.end()
    assert stands_still(child)
    assert hold.held_s() == 0.0


def test_the_time_counts_while_it_is_held_and_no_longer(child: Child) -> None:
    hold = Hold()
    hold.begin(child)
    time.sleep(0.05)
    assert hold.held_s() >= 0.05
    hold.end()
    ended_s = hold.held_s()
    time.sleep(0.05)
    assert hold.held_s() == ended_s >= 0.05


def test_none_and_one_that_is_gone_are_held_without_harm(child: Child) -> None:
    hold = Hold()
    hold.begin(None)
    hold.end()
    hold.begin(child)
    child.kill()
    child.wait()
    hold.end()
    hold.begin(child)
    hold.end()
    assert hold.held_s() < 5.0
