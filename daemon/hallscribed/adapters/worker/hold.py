"""Holding a process still for moments in which another wants every core."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from contextlib import suppress

from hallscribed.adapters.worker import proc


class Hold:
    """Stops a child while anybody holds it; threads may share it.

    Idle priority is not enough beside a large encoder: between two layers its threads yield to whatever is there, and
    what is idle then keeps the core until the next tick, for milliseconds each time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holders = 0
        self._child: subprocess.Popen[bytes] | None = None
        self._since = 0.0
        self._ended_s = 0.0

    def begin(self, child: subprocess.Popen[bytes] | None) -> None:
        """Stop it, unless it is held already, or was stopped by somebody else, who alone may let it go on."""
        with self._lock:
            self._holders += 1
            if self._holders == 1 and child is not None and not _is_stopped(child.pid):
                child.send_signal(signal.SIGSTOP)
                self._child, self._since = child, time.monotonic()

    def end(self) -> None:
        """Let it go on once nobody else holds it."""
        with self._lock:
            self._holders -= 1
            if self._holders == 0 and self._child is not None:
                self._child.send_signal(signal.SIGCONT)
                self._ended_s += time.monotonic() - self._since
                self._child = None

    def held_s(self) -> float:
        """For how long a child was held so far, in seconds."""
        with self._lock:
            return self._ended_s + (0.0 if self._child is None else time.monotonic() - self._since)


def _is_stopped(pid: int) -> bool:
    with suppress(OSError):
        return proc.state(f"/proc/{pid}") == "T"
    return False
