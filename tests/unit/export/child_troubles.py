"""What goes wrong in a child process of the exporter's tests."""

from __future__ import annotations

import resource
from pathlib import Path

from hallscribe_export.progress import Progress


def write_too_much(progress: Progress, folder: Path) -> None:
    """Into a file, where no file of this process may grow: as on a full disk, not even the error can be written."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    (folder / "file").write_bytes(b"too much")


def fail_with(progress: Progress, words: str) -> None:
    """As a library does that has no exception of its own."""
    raise RuntimeError(words)
