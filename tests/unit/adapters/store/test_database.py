"""What SQLite says of the disk, in our words: only what may have lost a write is a failing disk."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from hallscribed.adapters.store.database import Database, told
from hallscribed.adapters.store.files import storage_error, write_durably
from hallscribed.domain.errors import HallscribeError, Reason, Unavailable

SCHEMA = ("CREATE TABLE numbers (number INTEGER) STRICT",)


@contextlib.contextmanager
def no_descriptors_left() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_database_that_another_process_writes_is_busy_and_no_failing_disk(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.db", SCHEMA)
    other = apsw.Connection(str(tmp_path / "x.db"))
    other.execute("BEGIN IMMEDIATE")
    database._connection.set_busy_timeout(10)
    with pytest.raises(Unavailable) as caught, database.transaction():
        pass
    assert caught.value.reason is Reason.STORAGE_BUSY
    assert caught.value.retry_after_s
    assert "another process" in caught.value.message
    other.execute("ROLLBACK")
    with database.transaction() as connection:
        connection.execute("INSERT INTO numbers VALUES (1)")
    assert database.value("SELECT number FROM numbers") == 1
    other.close()
    database.close()


def test_no_more_file_descriptors_is_busy_and_no_failing_disk(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as caught, no_descriptors_left():
        Database(tmp_path / "x.db", SCHEMA)
    assert caught.value.reason is Reason.STORAGE_BUSY
    assert "descriptors" in caught.value.message
    with pytest.raises(OSError) as refused, no_descriptors_left():
        write_durably(tmp_path / "file", b"data")
    error = storage_error(refused.value, tmp_path / "file")
    assert isinstance(error, Unavailable)
    assert error.reason is Reason.STORAGE_BUSY


@pytest.mark.parametrize("kind", [apsw.IOError, apsw.ReadOnlyError])
def test_a_write_that_failed_is_a_failing_disk(tmp_path: Path, kind: type[apsw.Error]) -> None:
    with pytest.raises(HallscribeError) as caught, told(tmp_path / "x.db"):
        raise kind("the disk said no")
    assert caught.value.reason is Reason.STORAGE_FAILED
    assert storage_error(OSError(errno.EIO, os.strerror(errno.EIO)), tmp_path).reason is Reason.STORAGE_FAILED


def test_what_was_read_can_be_given_back(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.db", SCHEMA)
    with database.transaction() as connection:
        connection.executemany("INSERT INTO numbers VALUES (?)", ((number,) for number in range(50_000)))
    database.check()

    def cached() -> int:
        used = apsw.SQLITE_DBSTATUS_CACHE_USED
        return sum(each.status(used)[0] for each in (database._connection, database._reader))

    before = cached()
    database.release()
    assert cached() < 0.2 * before
    assert database.value("SELECT count(*) FROM numbers") == 50_000
    database.close()
