"""The control groups of this process, of either version: what limits it beyond the machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


def groups(root: Path, controller: str) -> Iterator[Path]:
    """Their folders, the nearest first, the mount's root last.

    Inside a container the path may be the host's: then only the mount's root is there.

    Args:
        root: where /proc and /sys are.
        controller: such as "memory"; groups of the second version have all of them.
    """
    mount = root / "sys/fs/cgroup"
    for line in read(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        top = mount / controller if controllers else mount
        folder = top / path.lstrip("/")
        for group in (folder, *folder.parents):
            yield group
            if group == top:
                break


def read(file: Path) -> str:
    """A file of the kernel's; empty where it is not there."""
    try:
        return file.read_text(encoding="ascii")
    except OSError:
        return ""
