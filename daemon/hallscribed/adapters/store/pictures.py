"""A lecture's key frames: one JPEG a segment in a folder, or in memory until read where none is kept."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from pathlib import Path

from hallscribed.adapters.store.files import storage_error, write_durably


class Pictures:
    """Key frames by segment number.

    Args:
        folder: where they lie.
        keep: False keeps them in memory only, until ``forget``.
    """

    def __init__(self, folder: Path, *, keep: bool) -> None:
        self._folder = folder
        self._keep = keep
        self._unkept: dict[int, bytes] = {}

    def write(self, number: int, picture: bytes | None) -> str | None:
        """Make a key frame durable; the name of its file, or None when there is none to keep."""
        if picture is None:
            return None
        if not self._keep:
            self._unkept[number] = picture
            return None
        name = _name(number)
        try:
            write_durably(self._folder / name, picture)
        except OSError as error:
            raise storage_error(error, self._folder / name) from error
        return name

    def read(self, name: str | None) -> bytes | None:
        """A kept key frame; None when its file is gone."""
        if name is None:
            return None
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def unkept(self, number: int) -> bytes | None:
        """A key frame that is only in memory."""
        return self._unkept.get(number)

    def forget(self, number: int) -> None:
        """A key frame in memory has been read."""
        self._unkept.pop(number, None)

    def remove(self, number: int) -> None:
        """Remove a key frame, if it is there; one that the disk will not let go of is removed at the next start."""
        with contextlib.suppress(OSError):
            (self._folder / _name(number)).unlink(missing_ok=True)

    def remove_all_but(self, named: Collection[str]) -> list[str]:
        """Remove files that no segment names; their names."""
        self._folder.mkdir(exist_ok=True)
        stray = [path for path in sorted(self._folder.iterdir()) if path.name not in named]
        for path in stray:
            path.unlink()
        return [path.name for path in stray]


def _name(number: int) -> str:
    return f"{number:06d}.jpg"
