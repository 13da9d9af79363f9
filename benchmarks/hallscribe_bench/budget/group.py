"""A control group that bounds a daemon's memory, page cache included, where this user may make one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_MOUNT = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class MemoryGroup:
    """Limit and folder of a group; of either version of control groups."""

    folder: Path
    limit_mib: int

    def peak_mib(self) -> float:
        """The most that was charged to it: memory of all its processes and pages of the files that they read."""
        for name in ("memory.peak", "memory.max_usage_in_bytes"):
            with suppress(OSError):
                return int((self.folder / name).read_text()) / 2**20
        return float("nan")

    def __str__(self) -> str:
        """For people."""
        return f"inside a group of {self.limit_mib:,} MiB, page cache included: {self.peak_mib():,.0f} MiB at most"


@contextmanager
def memory_group(limit_mib: int) -> Iterator[MemoryGroup | None]:
    """A group of its own, gone at the end; None where none may be made."""
    name = f"hallscribe-bench-{os.getpid()}"
    for parent, limit in ((_MOUNT, "memory.max"), (_MOUNT / "memory", "memory.limit_in_bytes")):
        folder = parent / name
        try:
            folder.mkdir()
        except OSError:
            continue
        try:
            if (folder / limit).exists():
                (folder / limit).write_text(str(limit_mib * 2**20))
                yield MemoryGroup(folder, limit_mib)
                return
        finally:
            with suppress(OSError):
                folder.rmdir()
    yield None
