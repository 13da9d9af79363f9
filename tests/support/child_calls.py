"""What tests let a child process do."""

from __future__ import annotations

import importlib
import os
import signal
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallscribe_export.progress import Progress


def twice(progress: Progress, rows: NDArray[np.float32], folder: Path, names: list[str]) -> dict[str, Any]:
    progress.step("doubling")
    progress.advance(1, 2)
    return {"rows": rows * 2, "folder": folder / "x", "names": names, "pid": os.getpid()}


def fail(progress: Progress, kind: str) -> None:
    print("library says hello")
    if kind == "missing":
        importlib.import_module("no_such_package")
    raise {"value": ValueError, "system": OSError, "memory": MemoryError, "defect": KeyError}[kind]("it went wrong")


def take(progress: Progress, mib: int) -> int:
    taken = np.ones(mib * 2**17)
    time.sleep(0.3)  # long enough to be seen
    return int(taken.sum())


def killed(progress: Progress) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def sleep(progress: Progress, told: Path) -> None:
    told.write_text(str(os.getpid()))
    progress.step("sleeping")
    time.sleep(60)


def litter(progress: Progress) -> Path:
    """Leaves a file where libraries keep what they mean to use again."""
    descriptor, name = tempfile.mkstemp()
    os.close(descriptor)
    return Path(name)
