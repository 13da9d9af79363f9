"""Room on the disk that is kept so that a daemon can still start when somebody else has filled the rest."""

from __future__ import annotations

import contextlib
import logging
import os
from pathlib import Path

# A start opens each database for writing: its log and the log's index, one lecture after the other.
BALLAST_BYTES = 4 << 20

log = logging.getLogger(__name__)


class Ballast:
    """A file that means nothing.

    Args:
        path: of the file, on the disk that it is for.
        size: in bytes.
    """

    def __init__(self, path: Path, size: int = BALLAST_BYTES) -> None:
        self._path, self._size = path, size

    def drop_if_full(self) -> None:
        """Give its room up when there is none beside it."""
        if self._path.exists() and self._free() < self._size:
            log.warning("the disk is full: room that was kept for a start is used. Free some: frames are not taken")
            self._path.unlink(missing_ok=True)

    def take(self) -> None:
        """Keep the room, where there is twice as much; else some other time."""
        if self._path.exists() or self._free() < 2 * self._size:
            return
        try:
            with self._path.open("xb") as file:
                os.posix_fallocate(file.fileno(), 0, self._size)
        except OSError as error:
            log.info("no room could be kept for a start on a full disk: %s", error)
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)

    def _free(self) -> int:
        disk = os.statvfs(self._path.parent)
        return disk.f_bavail * disk.f_frsize
