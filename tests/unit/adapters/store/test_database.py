"""What SQLite says of the disk, in our words: only what may have lost a write is a failing disk."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import apsw
import pytest

from hallscribed.adapters.store.database import Database, OpenDatabases, told
from hallscribed.adapters.store.files import storage_error, write_durably
from hallscribed.domain.errors import HallscribeError, NotFound, Reason, Unavailable
from support.files import open_files

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
    assert database._open is not None
    assert database._open.writer is not None
    database._open.writer.set_busy_timeout(10)
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


def test_at_rest_the_file_is_closed_and_the_next_use_opens_it(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.db", SCHEMA)
    with database.transaction() as connection:
        connection.execute("INSERT INTO numbers VALUES (1)")
        assert not database.rest()
    assert database.rest()
    assert open_files(tmp_path) == 0
    assert [each.name for each in tmp_path.iterdir()] == ["x.db"]
    assert database.value("SELECT number FROM numbers") == 1
    with database.transaction() as connection:
        connection.execute("INSERT INTO numbers VALUES (2)")
    assert database.rest()
    assert database.value("SELECT count(*) FROM numbers") == 2
    database.close()


def test_what_is_only_read_is_left_untouched(tmp_path: Path) -> None:
    folder = tmp_path / "50% of #1?"
    folder.mkdir()
    database = Database(folder / "x.db", SCHEMA)
    with database.transaction() as connection:
        connection.execute("INSERT INTO numbers VALUES (1)")
    assert database.rest()
    assert database.value("SELECT number FROM numbers") == 1
    assert [each.name for each in folder.iterdir()] == ["x.db"]
    with database.transaction() as connection:
        connection.execute("INSERT INTO numbers VALUES (2)")
        assert database.value("SELECT count(*) FROM numbers") == 2
    assert database.value("SELECT count(*) FROM numbers") == 2
    assert database.rest()
    assert [each.name for each in folder.iterdir()] == ["x.db"]
    database.close()


def test_what_lies_in_a_log_only_is_read(tmp_path: Path) -> None:
    """A log stays where another process reads while the file comes to rest."""
    database = Database(tmp_path / "x.db", SCHEMA)
    other = apsw.Connection(str(tmp_path / "x.db"))
    other.execute("BEGIN")
    assert list(other.execute("SELECT * FROM numbers")) == []
    with database.transaction() as connection:
        connection.execute("INSERT INTO numbers VALUES (1)")
    assert database.rest()
    assert (tmp_path / "x.db-wal").stat().st_size > 0
    assert database.value("SELECT number FROM numbers") == 1
    other.close()
    database.close()


def test_a_write_does_not_wait_for_a_long_read(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.db", SCHEMA)
    with database.transaction() as connection:
        connection.execute("INSERT INTO numbers VALUES (1)")
    with database._reading, ThreadPoolExecutor(1) as pool:  # as a read does for as long as it takes

        def write() -> None:
            with database.transaction() as connection:
                connection.execute("INSERT INTO numbers VALUES (2)")

        pool.submit(write).result(timeout=10)
    database.close()


def test_a_read_at_rest_sees_what_a_thread_writes_meanwhile(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.db", SCHEMA)
    database.rest()
    rounds = 300

    def write() -> None:
        for number in range(rounds):
            with database.transaction() as connection:
                connection.execute("INSERT INTO numbers VALUES (?)", (number,))
            database.rest()

    with ThreadPoolExecutor(2) as pool:
        writing, seen = pool.submit(write), [0]
        while not writing.done():
            seen.append(database.value("SELECT count(*) FROM numbers"))
        writing.result()
    assert seen == sorted(seen)
    assert database.value("SELECT count(*) FROM numbers") == rounds
    database.close()


def test_at_rest_a_file_that_went_is_not_made_again(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.db", SCHEMA)
    database.rest()
    (tmp_path / "x.db").unlink()
    for _ in range(2):
        with pytest.raises(Unavailable):
            database.value("SELECT number FROM numbers")
    assert list(tmp_path.iterdir()) == []
    database.close()


def test_what_is_closed_does_not_wake(tmp_path: Path) -> None:
    open_databases = OpenDatabases(1)
    database = Database(tmp_path / "x.db", SCHEMA, open_databases)
    database.rest()
    database.close()
    with pytest.raises(NotFound):
        database.value("SELECT number FROM numbers")
    assert database.rest()
    assert open_files(tmp_path) == 0


def test_of_many_those_that_were_used_last_are_open(tmp_path: Path) -> None:
    open_databases = OpenDatabases(2)
    many = [Database(tmp_path / f"{number}.db", SCHEMA, open_databases) for number in range(4)]
    for number in (0, 3, 1, 3):
        with many[number].transaction() as connection:
            connection.execute("INSERT INTO numbers VALUES (?)", (number,))
    assert {each.path.name for each in many if (tmp_path / f"{each.path.name}-wal").exists()} == {"1.db", "3.db"}
    with many[0].transaction(), many[1].transaction(), many[2].transaction():
        assert [each.value("SELECT count(*) FROM numbers") for each in many] == [1, 1, 0, 2]
    assert [each.value("SELECT count(*) FROM numbers") for each in many] == [1, 1, 0, 2]
    for each in many:
        each.close()
    assert open_files(tmp_path) == 0


def test_threads_that_use_it_are_never_cut_off_by_rest(tmp_path: Path) -> None:
    open_databases = OpenDatabases(1)
    many = [Database(tmp_path / f"{number}.db", SCHEMA, open_databases) for number in range(3)]
    rounds = 60

    def add(thread: int) -> None:
        for number in range(rounds):
            database = many[(thread + number) % 3]
            with database.transaction() as connection:
                connection.execute("INSERT INTO numbers VALUES (?)", (number,))
            database.rows("SELECT number FROM numbers")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(4)))
    assert sum(each.value("SELECT count(*) FROM numbers") for each in many) == 4 * rounds
    for each in many:
        each.close()
