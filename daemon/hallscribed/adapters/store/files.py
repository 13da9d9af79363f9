"""Files that survive a power cut: written beside, made durable, then renamed."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

from hallscribed.domain.errors import Exhausted, NotFound, Reason, Unavailable


def sync_folder(folder: Path) -> None:
    """Make a folder's entries durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_durably(path: Path, data: bytes) -> None:
    """Write a whole file so that after a crash it is either absent, old or new, never half."""
    partial = path.with_name(path.name + ".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)
    partial.rename(path)
    sync_folder(path.parent)


def sha256_of(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def storage_error(error: OSError, path: Path) -> Exhausted | NotFound | Unavailable:
    """What a failed write means to an operator."""
    if error.errno == errno.ENOENT:  # no disk has failed, the folder is gone
        return NotFound(Reason.UNKNOWN_LECTURE, f"{path} could not be written: {path.parent} was deleted meanwhile")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Exhausted(
            Reason.STORAGE_FULL,
            f"the disk is full: {path} could not be written. All that was acknowledged is kept; free some space "
            "and it goes on by itself",
            retry_after_s=5.0,
        )
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return Unavailable(
            Reason.STORAGE_BUSY,
            f"{path} could not be opened: no file descriptors are left. All that was acknowledged is kept; try again",
            retry_after_s=5.0,
        )
    return Unavailable(Reason.STORAGE_FAILED, f"{path} could not be written: {error}", retry_after_s=5.0)
