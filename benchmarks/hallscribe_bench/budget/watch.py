"""Looks at a daemon's processes while it works: memory that it cannot give back, and CPU."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from hallscribe_bench.whole.box import Box

# Decode to acknowledgement; reading is told apart.
FRAME_PATH = ("gateway", "perception")
_EVERY_S = 0.5


@dataclass(slots=True)
class Watched:
    """Samples: seconds since the first, MiB by process."""

    times: list[float] = field(default_factory=list)
    memory: list[dict[str, float]] = field(default_factory=list)

    @property
    def peak_mib(self) -> float:
        """The most of all processes together at one time."""
        return max((sum(each.values()) for each in self.memory), default=0.0)


def own_mib(pid: int) -> float:
    """Anonymous and dirty memory of a process, MiB; what it shares is divided among those who share it."""
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        told = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines[1:])}
        return max(told["Pss_Anon"], told.get("Pss_Dirty", 0)) / 1024
    return 0.0


def memory_of(box: Box) -> dict[str, float]:
    """By process, MiB."""
    with suppress(psutil.Error):
        return {name: own_mib(process.pid) for name, process in box.processes().items()}
    return {}


@contextmanager
def watched(box: Box) -> Iterator[Watched]:
    """Sample twice a second while the block runs."""
    seen, over, begun = Watched(), threading.Event(), time.monotonic()

    def look() -> None:
        while True:
            seen.memory.append(memory_of(box))
            seen.times.append(time.monotonic() - begun)
            if over.wait(_EVERY_S):
                return

    thread = threading.Thread(target=look, name="watch", daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()
