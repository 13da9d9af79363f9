"""Folders for the time of an export, beside where the bundle will be."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from hallscribe_export.limits import existing

Use = Literal["new", "work", "source"]


@contextlib.contextmanager
def scratch(out: Path, use: Use) -> Iterator[Path]:
    """An empty hidden folder beside ``out``, removed at the end if it is still there.

    What an export to the same ``out`` left that was killed is removed first. A folder in use is locked, and the kernel
    takes the lock back from whoever dies.

    Raises:
        OSError: nothing can be written there.
    """
    where = existing(out.parent)
    _sweep(where, out.name)
    folder = Path(tempfile.mkdtemp(prefix=f".{out.name}.{use}.", dir=where))
    try:
        with _lock(folder):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(where: Path, name: str) -> None:
    left = re.compile(rf"\.{re.escape(name)}\.(new|work|source)\.\w{{8}}")
    for folder in [each for each in where.iterdir() if left.fullmatch(each.name) and each.is_dir()]:
        with contextlib.suppress(OSError), _lock(folder):
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """BlockingIOError when another process has it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)
