"""Start and stop, and what the service manager is told meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import logging
import math
import os
import signal
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from hallscribed.domain.errors import Misconfigured, Reason, TemporarilyBlocked, Unavailable

DRAIN_S = 10.0
# One piece of a start may take as long as that.
_PATIENCE_S = 300
_ASK_EVERY_S = 5.0

log = logging.getLogger(__name__)


@contextlib.contextmanager
def locked(data: Path) -> Iterator[None]:
    """Hold the data folder.

    Raises:
        TemporarilyBlocked: another process holds it, which the message names; or its file system takes no writes now.
        Misconfigured: it cannot be made or written.
    """
    with contextlib.ExitStack() as stack:
        try:
            data.mkdir(mode=0o750, parents=True, exist_ok=True)
            file = stack.enter_context((data / "lock").open("a+"))
        except OSError as error:
            # As a file system is left that found its disk failing; under systemd also one that was not given to us.
            if error.errno == errno.EROFS and any(data.glob("*.db")):
                raise TemporarilyBlocked(
                    f"{data} is read-only: all that was acknowledged is kept. Look at the disk (dmesg) and mount it "
                    "writable again; as a service, see that ReadWritePaths names it"
                ) from error
            raise Misconfigured(
                f"{data} cannot be used as the data folder ({error.strerror}): name a folder that can be written; as a "
                "service, name it in ReadWritePaths, too"
            ) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise TemporarilyBlocked(
                f"{data} is locked by pid {file.read().strip() or 'unknown'}: another daemon uses it. "
                "Stop that one, or give this one another --data folder"
            ) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def tell_service_manager(message: str) -> None:
    """Send a notification (sd_notify's protocol); nothing happens without a service manager."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notify:
        notify.sendto(message.encode(), address)


class StoppedAtStart(Exception):
    """We were told to stop before we served."""


class Starting:
    """Asks the service manager for patience as long as the start makes progress: a box may have years of lectures.

    Called with each piece of it that is done, a lecture say.

    Args:
        stopping: whether nothing more is to be done.
    """

    def __init__(self, stopping: Callable[[], bool]) -> None:
        self._stopping = stopping
        self._asked = -math.inf

    def __call__(self) -> None:
        """Something was done. StoppedAtStart when nothing more is to be."""
        if self._stopping():
            raise StoppedAtStart
        now = time.monotonic()
        if now - self._asked >= _ASK_EVERY_S:
            self._asked = now
            tell_service_manager(f"EXTEND_TIMEOUT_USEC={_PATIENCE_S * 1_000_000}")


def watchdog_interval_s() -> float | None:
    """How often the service manager wants to hear of progress: half of what it allows."""
    allowed = os.environ.get("WATCHDOG_USEC", "")
    return int(allowed) / 2e6 if allowed.isdigit() and int(allowed) else None


async def feed_watchdog(progress: Callable[[], Awaitable[None]]) -> None:
    """Tell of progress as long as there is some: a hung daemon stops here, and is restarted."""
    interval = watchdog_interval_s()
    if interval is None:
        return
    while True:
        try:
            await progress()
            tell_service_manager("WATCHDOG=1")
        except Exception:  # one failed look is no progress, but the next one may be
            log.exception("the daemon could not answer itself")
        await asyncio.sleep(interval)


class Stop:
    """The wish to stop, by signal or because the disk failed; ``exit_code`` says how it ends."""

    def __init__(self) -> None:
        self.exit_code = 0
        self._wanted = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self._wanted.set)
        self._loop.add_signal_handler(signal.SIGHUP, log.warning, "nothing is read anew: restart to apply a change")

    def storage_failed(self, message: str) -> None:
        """A failed write may have lost what "succeeds" later: stop acknowledging, restart, verify."""
        if not self.exit_code:
            log.critical("stopping to verify the data: %s", message)
        self.exit_code = 75
        self._loop.call_soon_threadsafe(self._wanted.set)

    def is_wanted(self) -> bool:
        """Whether there is the wish; any thread may ask."""
        return self._wanted.is_set()

    async def wanted(self) -> None:
        """Wait for the wish."""
        await self._wanted.wait()


def shutting_down() -> Unavailable:
    """What callers are told while we stop."""
    return Unavailable(
        Reason.SHUTTING_DOWN, "the daemon is stopping; what was acknowledged is kept, come back soon", retry_after_s=2.0
    )


def end_hard_after(seconds: float) -> None:
    """End the process even when a thread or a call refuses to."""
    deadline = time.monotonic() + seconds

    def end() -> None:
        time.sleep(max(0.0, deadline - time.monotonic()))
        log.error("did not stop within %.0f s; ending at once. What was acknowledged is kept", seconds)
        os._exit(70)

    threading.Thread(target=end, daemon=True, name="hard deadline").start()
