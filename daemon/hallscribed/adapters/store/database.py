"""One SQLite file: opened the same way everywhere, written under one lock, its errors in our words."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

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


class Database:
    """Two connections that threads share: one writes, and checkpoints; the other reads what is committed.

    So a query does not wait for a commit's flush of the disk. What reads inside a transaction sees its own writes.
    SQLite's calls release the interpreter lock, so a thread that waits for the disk holds up no other.

    Args:
        path: of the file; created when absent.
        migrations: statements of each schema version in order; each runs once, with its record, in one transaction.

    Raises:
        DataDamaged: the file is no database, or is of a later version than this program knows.
    """

    def __init__(self, path: Path, migrations: Sequence[str]) -> None:
        self.path = path
        self._lock = threading.RLock()
        with told(path):
            self._connection = apsw.Connection(str(path))
            self._connection.set_busy_timeout(5000)
            for pragma in _PRAGMAS:
                self._connection.execute(pragma)
            self._migrate(migrations)
            self._reading = threading.Lock()
            self._reader = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
            self._reader.set_busy_timeout(5000)
            for pragma in _READER_PRAGMAS:
                self._reader.execute(pragma)
        self._writer: int | None = None

    def _migrate(self, migrations: Sequence[str]) -> None:
        version = int(self._connection.pragma("user_version"))
        if version > len(migrations):
            raise DataDamaged(
                Reason.DATA_DAMAGED,
                f"{self.path} was written by a later version of Hallscribe (schema {version}, this one knows "
                f"{len(migrations)}); it was left as it is: install the later version again",
            )
        for number, statements in enumerate(migrations[version:], version + 1):
            with self._connection:
                self._connection.execute(statements)
                self._connection.pragma("user_version", number)

    @contextmanager
    def transaction(self) -> Iterator[apsw.Connection]:
        """All that happens inside becomes durable together at its end, or not at all."""
        with self._lock, told(self.path):
            if self._connection.in_transaction:
                yield self._connection
                return
            self._connection.execute("BEGIN IMMEDIATE")
            self._writer = threading.get_ident()
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            finally:
                self._writer = None

    def value(self, sql: str, bindings: Sequence[Any] = ()) -> Any:
        """The first column of the first row, or None."""
        row = self.row(sql, bindings)
        return None if row is None else row[0]

    def rows(self, sql: str, bindings: Sequence[Any] | dict[str, Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        if self._writer == threading.get_ident():
            return list(self._connection.execute(sql, bindings))
        with self._reading, told(self.path):
            return list(self._reader.execute(sql, bindings))

    def row(self, sql: str, bindings: Sequence[Any] | dict[str, Any] = ()) -> tuple[Any, ...] | None:
        """The first row of a query, or None."""
        return next(iter(self.rows(sql, bindings)), None)

    def check(self) -> None:
        """Raise DataDamaged when the file's structure is damaged."""
        verdict = [str(row[0]) for row in self.rows("PRAGMA quick_check(3)")]
        if verdict != ["ok"]:
            raise DataDamaged(Reason.DATA_DAMAGED, f"{self.path} is damaged: {'; '.join(verdict)}")

    def release(self) -> None:
        """Give back the memory of pages that were read; the file stays open. A box may have thousands of them."""
        with self._reading, told(self.path):
            self._reader.execute("PRAGMA shrink_memory")
        with self._lock, told(self.path):
            self._connection.execute("PRAGMA shrink_memory")

    def close(self) -> None:
        """Checkpoint and close; a second time does nothing."""
        with self._reading:
            self._reader.close()
        with self._lock:
            self._connection.close()


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
