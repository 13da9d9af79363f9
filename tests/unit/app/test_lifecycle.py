from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
from pathlib import Path

import pytest

from hallscribed.app.lifecycle import Starting, StoppedAtStart, feed_watchdog, locked
from hallscribed.domain.errors import Misconfigured, TemporarilyBlocked


@pytest.mark.parametrize(
    ("number", "used", "kind"),
    [
        (errno.EROFS, True, TemporarilyBlocked),
        (errno.EROFS, False, Misconfigured),
        (errno.EACCES, True, Misconfigured),
    ],
)
def test_a_disk_that_was_remounted_read_only_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, used: bool, kind: type[Exception]
) -> None:
    if used:
        (tmp_path / "catalog.db").touch()

    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(kind, match=str(tmp_path)), locked(tmp_path):
        pass


def test_one_failed_look_does_not_end_the_watchdog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[bool] = []

    async def progress() -> None:
        looks.append(True)
        if len(looks) == 1:
            raise RuntimeError("just now")

    async def go(notify: socket.socket) -> bytes:
        task = asyncio.create_task(feed_watchdog(progress))
        heard = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(notify, 100), 10)
        task.cancel()
        return heard

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(tmp_path / "notify"))
        notify.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "20000")
        assert asyncio.run(go(notify)) == b"WATCHDOG=1"
    assert len(looks) >= 2, "a look that failed is no progress"


def test_a_start_that_makes_progress_is_given_more_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("hallscribed.app.lifecycle.time.monotonic", lambda: now[0])
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(tmp_path / "notify"))
        notify.settimeout(0.2)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        starting = Starting(lambda: False)
        heard = []
        for _ in range(100):  # lectures, of which each takes 0.1 s
            starting()
            now[0] += 0.1
        with contextlib.suppress(TimeoutError):
            while True:
                heard.append(notify.recv(100))
    assert heard == [b"EXTEND_TIMEOUT_USEC=300000000"] * 2


def test_a_start_that_is_told_to_stop_does_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    wanted = [False, True]
    starting = Starting(lambda: wanted.pop(0))
    starting()
    with pytest.raises(StoppedAtStart):
        starting()
