"""One SQLite file: opened the same way everywhere, written under one lock, its errors in our words."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import apsw

from hallscribed.adapters.store.wal import committed_pages
from hallscribed.domain.errors import DataDamaged, Exhausted, NotFound, Reason, Unavailable

# synchronous=FULL because NORMAL loses acknowledged rows in a power cut; secure_delete because lectures are
# personal data; no mmap, since a full or failing disk would then be a signal and not an error.
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA cell_size_check=ON",
    "PRAGMA secure_delete=ON",
    "PRAGMA journal_size_limit=8388608",
    "PRAGMA mmap_size=0",
)
_READER_PRAGMAS = ("PRAGMA trusted_schema=OFF", "PRAGMA cell_size_check=ON", "PRAGMA mmap_size=0")
_CACHE_KIB = 2000
# What writes seldom reads.
_WRITER_CACHE_KIB = 512


class Database:
    """Two connections that threads share: one writes, and checkpoints; the other reads what is committed.

    So a query does not wait for a commit's flush of the disk. What reads inside a transaction sees its own writes.
    SQLite's calls release the interpreter lock, so a thread that waits for the disk holds up no other.

    At rest the file is closed; the next use opens it again, but never makes it anew. Until something is written it is
    opened for reading alone, as a file that nobody changes: years of lectures are searched and none of them is touched.
    ``commits`` counts what was written since the start; ``log_was_damaged``: commits that lay in its log when it was
    opened could not be read.

    Args:
        path: of the file; created when absent.
        migrations: statements of each schema version in order; each runs once, with its record, in one transaction.
        open_files: puts it to rest when too many are open; None leaves it open.
        cache_kib: of its pages that what reads keeps in memory. The system keeps them, too, while it has room.

    Raises:
        DataDamaged: the file is no database, or is of a later version than this program knows.
    """

    def __init__(
        self,
        path: Path,
        migrations: Sequence[str],
        open_files: OpenDatabases | None = None,
        *,
        cache_kib: int = _CACHE_KIB,
    ) -> None:
        self.path = path
        self._cache_kib = cache_kib
        self._lock, self._reading = threading.RLock(), threading.Lock()
        self._state = threading.Lock()  # of what follows; no other lock is waited for while it is held
        self._open: _Connections | None = None
        self._users, self._closed, self.last_used = 0, False, 0.0
        self._open_files = open_files
        self._writer: int | None = None
        self.commits = 0
        self.log_was_damaged = False
        with told(path):
            promised = committed_pages(_log_of(path))
            self._open = _Connections(path, cache_kib)
            try:
                connection = self._open.begin_writing(apsw.SQLITE_OPEN_CREATE)
                if promised:
                    self.log_was_damaged = connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)[0] < promised
                self._migrate(connection, migrations)
            except BaseException:
                self._shut()
                raise
        self._count_in()

    def _migrate(self, connection: apsw.Connection, migrations: Sequence[str]) -> None:
        version = int(connection.pragma("user_version"))
        if version > len(migrations):
            raise DataDamaged(
                Reason.DATA_DAMAGED,
                f"{self.path} was written by a later version of Hallscribe (schema {version}, this one knows "
                f"{len(migrations)}); it was left as it is: install the later version again",
            )
        for number, statements in enumerate(migrations[version:], version + 1):
            with connection:
                connection.execute(statements)
                connection.pragma("user_version", number)

    @contextmanager
    def _used(self) -> Iterator[_Connections]:
        """The connections, which stay open meanwhile."""
        with told(self.path):
            with self._state:
                if self._closed:
                    raise apsw.ConnectionClosedError("closed")
                woken = self._open is None
                self._open = self._open or _Connections(self.path, self._cache_kib)
                connections = self._open
                self._users += 1
                self.last_used = time.monotonic()
            try:
                if woken:
                    self._count_in()
                yield connections
            finally:
                with self._state:
                    self._users -= 1

    def _count_in(self) -> None:
        if self._open_files is not None:
            self._open_files.opened(self)

    @contextmanager
    def transaction(self) -> Iterator[apsw.Connection]:
        """All that happens inside becomes durable together at its end, or not at all."""
        with self._used() as connections, self._lock:
            connection = connections.writer or self._begun_writing(connections)
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN IMMEDIATE")
            self._writer = threading.get_ident()
            before = connection.total_changes()
            try:
                yield connection
                connection.execute("COMMIT")
                self.commits += connection.total_changes() != before
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            finally:
                self._writer = None

    def _begun_writing(self, connections: _Connections) -> apsw.Connection:
        with self._reading:  # nobody reads a file as one that stays as it is while it begins to change
            return connections.begin_writing()

    def value(self, sql: str, bindings: Sequence[Any] = ()) -> Any:
        """The first column of the first row, or None."""
        row = self.row(sql, bindings)
        return None if row is None else row[0]

    def rows(self, sql: str, bindings: Sequence[Any] | dict[str, Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self._used() as connections:
            if connections.writer is not None and self._writer == threading.get_ident():
                return list(connections.writer.execute(sql, bindings))
            with self._reading:
                return list(connections.reading().execute(sql, bindings))

    def row(self, sql: str, bindings: Sequence[Any] | dict[str, Any] = ()) -> tuple[Any, ...] | None:
        """The first row of a query, or None."""
        return next(iter(self.rows(sql, bindings)), None)

    def check(self) -> None:
        """Raise DataDamaged when the file's structure is damaged."""
        verdict = [str(row[0]) for row in self.rows("PRAGMA quick_check(3)")]
        if verdict != ["ok"]:
            raise DataDamaged(Reason.DATA_DAMAGED, f"{self.path} is damaged: {'; '.join(verdict)}")

    def rest(self) -> bool:
        """Close the file until it is used again; False, and nothing is done, while somebody uses it."""
        with self._state, told(self.path):
            if self._users:
                return False
            self._shut()
            return True

    def close(self) -> None:
        """Checkpoint and close for good, once a transaction has ended; a second time does nothing."""
        with self._lock, self._reading, self._state, told(self.path):
            self._closed = True
            self._shut()
        if self._open_files is not None:
            self._open_files.closed(self)

    def _shut(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


class _Connections:
    """What an open file is used by: a reader and, once something is written, a writer."""

    def __init__(self, path: Path, cache_kib: int) -> None:
        self._path = path
        self._cache, self._writer_cache = (f"PRAGMA cache_size=-{kib}" for kib in (cache_kib, _WRITER_CACHE_KIB))
        self._reader: apsw.Connection | None = None
        self.writer: apsw.Connection | None = None

    def reading(self) -> apsw.Connection:
        """The connection that reads."""
        self._reader = self._reader or self._made_reader()
        return self._reader

    def begin_writing(self, create: int = 0) -> apsw.Connection:
        """Open the connection that writes; what reads from now on takes into account that the file changes."""
        flags = apsw.SQLITE_OPEN_READWRITE | create
        self.writer = _connected(str(self._path), flags, (*_PRAGMAS, self._writer_cache))
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        return self.writer

    def _made_reader(self) -> apsw.Connection:
        # A file without a log has all that was written, and we alone write: SQLite need neither lock it nor look for
        # changes, nor make a log and its index beside it, which takes four times as long as reading a vector.
        stays = self.writer is None and not _log_of(self._path).exists()
        name = f"file:{quote(str(self._path))}?immutable=1" if stays else str(self._path)
        flags = apsw.SQLITE_OPEN_READONLY | (apsw.SQLITE_OPEN_URI if stays else 0)
        return _connected(name, flags, (*_READER_PRAGMAS, self._cache))

    def close(self) -> None:
        for each in (self._reader, self.writer):
            if each is not None:
                each.close()


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _connected(name: str, flags: int, pragmas: Sequence[str]) -> apsw.Connection:
    connection = apsw.Connection(name, flags=flags)
    try:
        connection.set_busy_timeout(5000)
        for pragma in pragmas:
            connection.execute(pragma)
    except apsw.Error:
        connection.close()
        raise
    return connection


class ForeignDatabase:
    """A file that another process writes, to be read beside it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with told(path):
            self._connection = _connected(str(path), apsw.SQLITE_OPEN_READONLY, _READER_PRAGMAS)

    def rows(self, sql: str, bindings: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with told(self.path):
            return list(self._connection.execute(sql, bindings))

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


class OpenDatabases:
    """How many files of many are open at once: over ``most``, those that were not used for longest come to rest.

    One that is written holds five file descriptors and a quarter of a megabyte, and a box has thousands of lectures.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._open: set[Database] = set()

    def opened(self, database: Database) -> None:
        """Count one in, for which others may have to rest. Those in use stay, even if they are too many."""
        with self._lock:
            self._open.add(database)
            by_age = sorted(self._open - {database}, key=lambda each: each.last_used)
            for each in by_age[: max(0, len(self._open) - self._most)]:
                if each.rest():
                    self._open.discard(each)

    def closed(self, database: Database) -> None:
        """Count one out."""
        with self._lock:
            self._open.discard(database)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what SQLite says about the disk or the file of ``path`` into our words; defects of ours pass as they are."""
    try:
        yield
    except apsw.FullError as error:
        raise Exhausted(
            Reason.STORAGE_FULL,
            f"the disk is full: {path} takes nothing more. All that was acknowledged is kept; "
            "free some space and it goes on by itself",
            retry_after_s=5.0,
        ) from error
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise DataDamaged(Reason.DATA_DAMAGED, f"{path} is damaged ({error})") from error
    except apsw.ConnectionClosedError as error:
        raise NotFound(Reason.UNKNOWN_LECTURE, f"{path} was deleted or closed meanwhile") from error
    except (apsw.BusyError, apsw.CantOpenError) as error:  # before anything is written: no sign of a failing disk
        held = isinstance(error, apsw.BusyError)
        why = "another process holds it" if held else "no file descriptors left, or its folder is gone or closed to us"
        raise Unavailable(
            Reason.STORAGE_BUSY,
            f"{path} cannot be used now ({why}: {error}). All that was acknowledged is kept; try again",
            retry_after_s=5.0,
        ) from error
    except (apsw.IOError, apsw.ReadOnlyError) as error:
        raise Unavailable(
            Reason.STORAGE_FAILED,
            f"{path} could not be read or written ({type(error).__name__}: {error}). "
            "All that was acknowledged before is kept",
            retry_after_s=5.0,
        ) from error
