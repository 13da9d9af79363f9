"""A camera into a real daemon, by the command as a service manager runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hallscribe.v1 import lecture_pb2
from support.daemon import Daemon
from support.web_camera import web_camera

COMMAND = Path(sys.executable).with_name("hallscribe")


@pytest.fixture
def camera() -> Iterator[str]:
    with web_camera() as (address, _):
        yield f"{address}/"


@pytest.fixture
def begun(daemon: Daemon, camera: str) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Begins to watch; whatever still does at the test's end is ended."""
    environment = os.environ | {"HALLSCRIBE_TARGET": daemon.target, "HALLSCRIBE_CAMERA": camera}
    watching: list[subprocess.Popen[bytes]] = []

    def begin() -> subprocess.Popen[bytes]:
        command = [COMMAND, "watch", "--lecture", "hall"]
        watching.append(
            subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        )
        return watching[-1]

    yield begin
    for each in watching:
        each.kill()
        each.wait()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_it_outlasts_the_daemon_and_its_own_end_and_finishes_the_lecture(
    daemon: Daemon, begun: Callable[[], subprocess.Popen[bytes]]
) -> None:
    daemon.create("hall")
    watching = begun()
    until(lambda: daemon.lecture("hall").durable_position >= 2)
    daemon.kill()
    daemon.start()
    until(lambda: daemon.lecture("hall").durable_position >= 5)
    watching.kill()
    watching.wait()
    before = daemon.lecture("hall")
    time.sleep(3)
    again = begun()
    until(lambda: daemon.lecture("hall").durable_position > before.durable_position)
    again.send_signal(signal.SIGTERM)
    assert again.wait(30) == 0
    after = daemon.lecture("hall")
    assert after.state == lecture_pb2.LECTURE_STATE_FINISHED
    # It goes on at the time that it is by then: three seconds lay between the two.
    assert after.duration_s - before.duration_s >= 3
