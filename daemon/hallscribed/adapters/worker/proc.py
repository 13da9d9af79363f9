"""What the kernel tells of a process, or of one of its threads, in small files that are read often."""

from __future__ import annotations

import os

_MOST_BYTES = 4096


def told(file: str) -> str:
    """What stands in a file beneath /proc. OSError once what it tells of is gone."""
    opened = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(opened, _MOST_BYTES).decode("ascii", "replace")
    finally:
        os.close(opened)


def state(folder: str) -> str:
    """One letter: R would run, S and D wait, T is stopped. OSError once it is gone.

    Args:
        folder: /proc/PID, or /proc/PID/task/TID for a thread.
    """
    return told(f"{folder}/stat").rpartition(") ")[2][:1]  # its name, in brackets, may hold anything
