"""Logs that lose what they hold."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hallscribed.adapters.store.database import Database
from hallscribed.adapters.store.wal import committed_pages

SCHEMA = ("CREATE TABLE numbers (number INTEGER) STRICT",)


@pytest.fixture
def crashed(tmp_path: Path) -> Path:
    """A database of twenty commits that all lie in its log, as after a crash."""
    database = Database(tmp_path / "live.db", SCHEMA)
    for number in range(20):
        with database.transaction() as connection:
            connection.execute("INSERT INTO numbers VALUES (?)", (number,))
    for suffix in ("", "-wal"):
        shutil.copy(tmp_path / f"live.db{suffix}", tmp_path / f"x.db{suffix}")
    database.close()
    return tmp_path / "x.db"


def opened(path: Path) -> tuple[int, bool]:
    database = Database(path, SCHEMA)
    found = database.value("SELECT count(*) FROM numbers"), database.log_was_damaged
    database.close()
    return found


def log_of(path: Path) -> Path:
    return path.with_name("x.db-wal")


def test_a_sound_log_is_read_to_its_end(crashed: Path) -> None:
    assert committed_pages(log_of(crashed)) > 20
    assert opened(crashed) == (20, False)
    assert opened(crashed) == (20, False)
    assert committed_pages(log_of(crashed)) == 0


def test_commits_behind_a_damaged_part_are_told(crashed: Path) -> None:
    log = bytearray(log_of(crashed).read_bytes())
    log[len(log) - 5 * 4120] ^= 1
    log_of(crashed).write_bytes(log)
    found, damaged = opened(crashed)
    assert found < 20
    assert damaged


@pytest.mark.parametrize("cut", [1, 100, 4000])
def test_a_commit_that_was_cut_off_was_none(crashed: Path, cut: int) -> None:
    log = log_of(crashed).read_bytes()
    log_of(crashed).write_bytes(log[:-cut])
    assert opened(crashed) == (19, False)


@pytest.mark.parametrize("data", [b"", b"short", b"no log at all" * 100])
def test_what_is_no_log_promises_nothing(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.db-wal").write_bytes(data)
    assert committed_pages(tmp_path / "x.db-wal") == 0
