"""How long a worker may take to answer: while it is held, or others have the processor, its time does not run."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

_LEAST_S = 0.05


def answered(pipe: Connection, pid: int, patience_s: float, held_s: Callable[[], float] = float) -> bool:
    """Wait for an answer; False once a process took longer than it may, as one that hangs does.

    A worker of low priority on a box that is busy may have to wait a hundred times as long as it works.

    Args:
        held_s: for how long it was held so far.
    """
    left = patience_s
    while left > _LEAST_S:
        before, begun, held = _threads(pid), time.monotonic(), held_s()
        if pipe.poll(left):
            return True
        took = time.monotonic() - begun
        # The thread that works is the one that waited longest.
        waited = (now.waited_s(before[name], took) for name, now in _threads(pid).items() if name in before)
        left = max(waited, default=0.0) + held_s() - held
    return False


@dataclass(frozen=True, slots=True)
class _Thread:
    """How long a thread has run, and stood ready without running until it did; whether it would run now."""

    ran_s: float
    ready_s: float
    runnable: bool

    def waited_s(self, before: _Thread, took: float) -> float:
        """For how long of that time others had the processor."""
        if self.runnable and (self.ran_s, self.ready_s) == (before.ran_s, before.ready_s):
            return took  # it waits still, which the system adds up only when it runs
        return self.ready_s - before.ready_s


def _threads(pid: int) -> dict[str, _Thread]:
    """A process's threads by number; nothing where the system is silent."""
    found = {}
    with suppress(OSError):
        for folder in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError, ValueError, IndexError):  # that thread has ended
                ran, ready = (folder / "schedstat").read_text().split()[:2]
                state = (folder / "stat").read_text().rpartition(") ")[2][0]
                found[folder.name] = _Thread(int(ran) / 1e9, int(ready) / 1e9, state == "R")
    return found
