"""How long a worker may take to answer: while it is held, or others have the processor, its time does not run."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hallscribed.adapters.worker import proc

_LEAST_S = 0.05
# Most answers come at once, before it is worth asking what the process does.
_SOON_S, _SOON_SHARE = 0.1, 0.1


def answered(poll: Callable[[float], bool], pid: int, patience_s: float, held_s: Callable[[], float] = float) -> bool:
    """Wait for an answer; False once a process took longer than it may, as one that hangs does.

    A worker of low priority on a box that is busy may have to wait a hundred times as long as it works.

    Args:
        poll: waits for so many seconds at most; whether it is there.
        held_s: for how long it was held so far.
    """
    soon_s = min(_SOON_S, _SOON_SHARE * patience_s)
    if poll(soon_s):
        return True
    left = patience_s - soon_s
    while left > _LEAST_S:
        before, begun, held = _threads(pid), time.monotonic(), held_s()
        if poll(left):
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
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError, ValueError):  # that thread has ended
                ran, ready, *_ = proc.told(f"{task}/schedstat").split()
                found[task.name] = _Thread(int(ran) / 1e9, int(ready) / 1e9, proc.state(str(task)) == "R")
    return found
