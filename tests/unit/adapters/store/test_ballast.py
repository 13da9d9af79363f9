from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from hallscribed.adapters.store.ballast import Ballast

SIZE = 1 << 20


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Bytes that are free on the disk, to be set."""
    found = [100 * SIZE]
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=found[0], f_frsize=1))
    return found


def test_room_is_kept_and_given_up_on_a_full_disk(tmp_path: Path, free: list[int]) -> None:
    file = tmp_path / "ballast"
    ballast = Ballast(file, SIZE)
    ballast.take()
    assert os.stat(file).st_blocks * 512 >= SIZE  # noqa: PTH116 - it is there, and not only announced
    ballast.drop_if_full()
    assert file.exists()
    free[0] = SIZE - 1
    ballast.drop_if_full()
    assert not file.exists()


def test_no_room_is_kept_where_there_is_little(tmp_path: Path, free: list[int]) -> None:
    free[0] = 2 * SIZE - 1
    Ballast(tmp_path / "ballast", SIZE).take()
    assert list(tmp_path.iterdir()) == []


def test_room_that_cannot_be_had_leaves_nothing(
    tmp_path: Path, free: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    Ballast(tmp_path / "ballast", SIZE).take()
    assert list(tmp_path.iterdir()) == []
