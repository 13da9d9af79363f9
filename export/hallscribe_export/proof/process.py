"""Runs a command and watches what it and its children take."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class Taken:
    """What a command took.

    Attributes:
        seconds: wall clock.
        peak_mib: the most resident memory of the whole process tree at one time; shared pages count for each.
        anonymous_mib: the same without pages of files.
        said: standard output.
    """

    seconds: float
    peak_mib: float
    anonymous_mib: float
    said: str


def watched(command: Sequence[str]) -> Taken:
    """Run to the end. RuntimeError with what it said when it fails."""
    peak = anonymous = 0.0
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=errors)
        tree = psutil.Process(process.pid)
        while process.poll() is None:
            taken = _of(tree)
            peak, anonymous = max(peak, taken[0]), max(anonymous, taken[1])
            time.sleep(_EVERY_S)
        seconds = time.perf_counter() - begun
        out.seek(0)
        errors.seek(0)
        if process.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{errors.read()[-4000:]}")
        return Taken(seconds, peak, anonymous, out.read())


def _of(tree: psutil.Process) -> tuple[float, float]:
    """Resident and anonymous MiB of a process and all below it."""
    resident = anonymous = 0
    try:
        for process in (tree, *tree.children(recursive=True)):
            memory = process.memory_info()
            resident += memory.rss
            anonymous += memory.rss - memory.shared
    except psutil.NoSuchProcess:  # ended this moment
        pass
    return resident / 2**20, anonymous / 2**20
