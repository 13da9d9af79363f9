"""The box's catalog: which lectures there are, and the feed of all of them.

Everything here can be made again from the lectures' folders; only the feed's epoch then changes, so that tokens of
the old feed are refused rather than misread.
"""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import apsw
from ulid import ULID

from hallscribed.adapters.store.database import Database, OpenDatabases
from hallscribed.adapters.store.files import storage_error, sync_folder
from hallscribed.adapters.store.lecture import SqliteLectureStore
from hallscribed.adapters.store.records import from_row, lecture_from_json, lecture_to_json, to_row
from hallscribed.domain.errors import DataDamaged, Exists, HallscribeError, NotFound, Reason
from hallscribed.domain.lecture import Lecture, LectureState, check_lecture_id, is_lecture_id
from hallscribed.domain.record import FeedRecord, LectureChange, LectureChanged, Record, SystemNotice
from hallscribed.ports import LectureStore

LECTURES = "lectures"
_TRASH, _NEW = ".deleting-", ".new-"
_HALF_DELETED = "half deleted"
# More lectures than are filmed and read at once; the others' files are closed.
_OPEN_LECTURES = 32


class SqliteCatalog:
    """Behind ports.Catalog.

    Args:
        data: the daemon's data folder.
        database: catalog.db, opened with the catalog's schema.
        space: of the encoder in use.
        keep_pictures: whether key frames are written.
    """

    def __init__(self, data: Path, database: Database, space: str, *, keep_pictures: bool = True) -> None:
        self._folder = data / LECTURES
        self._folder.mkdir(mode=0o750, exist_ok=True)
        self._database = database
        self._space = space
        self._keep_pictures = keep_pictures
        self._stores: dict[str, SqliteLectureStore] = {}
        self._open_files = OpenDatabases(_OPEN_LECTURES)
        self._healed: set[str] = set()
        self._lock = threading.RLock()
        self.epoch = self._epoch()

    def _epoch(self) -> str:
        with self._database.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO box VALUES (1, ?)", (str(ULID()).lower(),))
            return str(self._database.value("SELECT epoch FROM box"))

    def recover(self, progress: Callable[[str], None]) -> list[str]:
        """Bring the catalog in line with the folders; what was put right, for people."""
        repaired: list[str] = []
        known: dict[str, tuple[str, str]] = {
            row[0]: (row[1], row[2]) for row in self._database.rows("SELECT lecture_id, uid, damage FROM lectures")
        }
        for folder in sorted(self._folder.iterdir()):
            if not folder.is_dir():
                continue  # not ours
            if folder.name.startswith(_TRASH):
                repaired.append(self._finish_deleting(folder, known))
            elif folder.name.startswith(_NEW):
                shutil.rmtree(folder)
                repaired.append("removed a lecture whose creation was never acknowledged")
            elif not is_lecture_id(folder.name):
                continue  # nor is that
            else:
                progress(folder.name)
                repaired += self._recover_lecture(folder, known.pop(folder.name, None))
        for lecture_id, (uid, _) in known.items():
            self._mark_damaged(lecture_id, uid, f"its folder {self._folder / lecture_id} is missing")
            repaired.append(f"{lecture_id}: its folder is missing")
        return repaired

    def _finish_deleting(self, folder: Path, known: dict[str, tuple[str, str]]) -> str:
        uid = folder.name.removeprefix(_TRASH)
        lecture_id = next((name for name, (owner, _) in known.items() if owner == uid), None)
        if lecture_id is not None:
            del known[lecture_id]
            self._finish(folder, self._listed(uid, lecture_id, _HALF_DELETED, None))
        else:
            shutil.rmtree(folder)
        return f"finished deleting {lecture_id or uid}"

    def _recover_lecture(self, folder: Path, known: tuple[str, str] | None) -> list[str]:
        try:
            store = self._placed(folder)
            repaired, last = _checked(store)
        except HallscribeError as error:
            if isinstance(error.__cause__, apsw.BusyError):  # held by another process: that passes
                raise
            self._mark_damaged(folder.name, known[0] if known else str(ULID()).lower(), error.message)
            return [f"{folder.name}: {error.message}; it is not served, its files were left as they are"]
        with self._lock:
            self._stores[store.uid] = store
            if known != (store.uid, ""):
                self._enter_again(store, known)
            fed = self._database.value("SELECT fed FROM lectures WHERE uid = ?", (store.uid,))
            if fed > last:  # as when a backup of it was put back
                with self._database.transaction() as connection:
                    connection.execute("DELETE FROM feed WHERE uid = ?", (store.uid,))
                    connection.execute("UPDATE lectures SET fed = 0, settled = NULL WHERE uid = ?", (store.uid,))
                self._healed.add(store.uid)
                repaired.append(f"{folder.name}: older than what was known of it, so it is indexed and told anew")
        return repaired

    def _enter_again(self, store: SqliteLectureStore, known: tuple[str, str] | None) -> None:
        """Serve a lecture that was not listed, or as damaged, or whose name was another's."""
        with self._database.transaction() as connection:
            if known is not None and known[1]:
                self._healed.add(store.uid)
            if known is not None and known[0] != store.uid:
                connection.execute("DELETE FROM lectures WHERE lecture_id = ?", (store.lecture_id,))
            connection.execute(
                "INSERT INTO lectures (uid, lecture_id) VALUES (?, ?) ON CONFLICT (uid) DO UPDATE SET damage = ''",
                (store.uid, store.lecture_id),
            )

    def _placed(self, folder: Path) -> SqliteLectureStore:
        """The lecture in a folder. DataDamaged, too, when that is another lecture's, as a copy or a renamed one is."""
        store = self._store(folder)
        if store.lecture_id != folder.name:
            store.close()
            raise DataDamaged(
                Reason.DATA_DAMAGED,
                f"{folder} holds lecture {store.lecture_id}: give it that name again, or move it away if it is a copy",
            )
        return store

    def _store(self, folder: Path) -> SqliteLectureStore:
        return SqliteLectureStore(folder, self._space, keep_pictures=self._keep_pictures, open_files=self._open_files)

    def late(self, store: LectureStore) -> int:
        """How many of a lecture's records are not on the feed; they come last, so indexing may lack them, too.

        All of them where the lecture could not be served until now: others may have let go of what was derived of it.
        """
        healed = store.uid in self._healed
        fed = 0 if healed else self._database.value("SELECT fed FROM lectures WHERE uid = ?", (store.uid,))
        return len(self._stores[store.uid].records(fed or 0))

    def set_aside(self, store: LectureStore, damage: str) -> None:
        """Serve a lecture no more, because its data is damaged; its files are left as they are."""
        with self._lock:
            self._stores.pop(store.uid).close()
            self._mark_damaged(store.lecture_id, store.uid, damage)

    def _mark_damaged(self, lecture_id: str, uid: str, damage: str) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO lectures (uid, lecture_id, damage) VALUES (?, ?, ?)"
                " ON CONFLICT (uid) DO UPDATE SET damage = excluded.damage",
                (uid, lecture_id, damage),
            )

    def create(self, lecture_id: str, title: str) -> SqliteLectureStore:
        """A new lecture in a new folder."""
        check_lecture_id(lecture_id)
        uid = str(ULID()).lower()
        folder = self._folder / lecture_id
        with self._lock:
            if self._database.row("SELECT 1 FROM lectures WHERE lecture_id = ?", (lecture_id,)):
                raise Exists(Reason.LECTURE_EXISTS, f"lecture {lecture_id} exists already", field="lecture_id")
            if folder.exists():
                raise Exists(
                    Reason.LECTURE_EXISTS,
                    f"{folder} lies there already and was left alone: restart the daemon to have it served, or move it",
                    field="lecture_id",
                )
            half = new = self._folder / f"{_NEW}{uid}"
            try:
                SqliteLectureStore.create(new, lecture_id, uid, title)
                new.rename(folder)
                half = folder
                sync_folder(self._folder)
                store = self._enter(folder, lecture_id, uid)
            except (OSError, HallscribeError) as error:
                shutil.rmtree(half, ignore_errors=True)
                if isinstance(error, OSError):
                    raise storage_error(error, folder) from error
                raise
            self.publish(store)
            return store

    def _enter(self, folder: Path, lecture_id: str, uid: str) -> SqliteLectureStore:
        store = self._stores[uid] = self._store(folder)
        try:
            with self._database.transaction() as connection:
                connection.execute("INSERT INTO lectures (uid, lecture_id) VALUES (?, ?)", (uid, lecture_id))
        except HallscribeError:
            self._stores.pop(uid).close()
            raise
        return store

    def open(self, lecture_id: str) -> SqliteLectureStore:
        """A lecture by its id."""
        check_lecture_id(lecture_id)
        row = self._database.row("SELECT uid, damage FROM lectures WHERE lecture_id = ?", (lecture_id,))
        if row is not None and row[1]:
            raise DataDamaged(Reason.DATA_DAMAGED, f"lecture {lecture_id} cannot be served: {row[1]}")
        store = None if row is None else self._stores.get(row[0])  # None, too, while it is being deleted
        if store is None:
            raise NotFound(Reason.UNKNOWN_LECTURE, f"there is no lecture {lecture_id}", field="lecture_id")
        return store

    def by_uid(self, uid: str) -> SqliteLectureStore | None:
        """A lecture by its uid; None when it was deleted or is damaged."""
        return self._stores.get(uid)

    def page(self, after: str, limit: int) -> list[Lecture]:
        """Lectures by uid, which is by age."""
        found: list[Lecture] = []
        while len(found) < limit:
            missing = limit - len(found)
            rows = self._database.rows(
                "SELECT uid, lecture_id, damage, settled FROM lectures WHERE uid > ? ORDER BY uid LIMIT ?",
                (after, missing),
            )
            for row in rows:
                with contextlib.suppress(NotFound):  # deleted this very moment: look beyond
                    found.append(self._listed(*row))
            if len(rows) < missing:
                break
            after = rows[-1][0]
        return found

    def _listed(self, uid: str, lecture_id: str, damage: str, settled: str | None) -> Lecture:
        if damage:
            return Lecture(lecture_id, uid, "", LectureState.DAMAGED, ULID.from_str(uid).timestamp, 0, 0, 0.0, 0, {})
        if settled is not None:
            return lecture_from_json(settled)
        store = self._stores.get(uid)
        if store is None:
            raise NotFound(Reason.UNKNOWN_LECTURE, f"lecture {lecture_id} was deleted meanwhile")
        try:
            lecture = store.lecture()
        except DataDamaged as error:
            return self._listed(uid, lecture_id, error.message, None)
        if lecture.state is LectureState.FINISHED and not lecture.pending_jobs:
            # A disk that takes no writes keeps nobody from reading.
            with contextlib.suppress(HallscribeError), self._database.transaction() as connection:
                connection.execute("UPDATE lectures SET settled = ? WHERE uid = ?", (lecture_to_json(lecture), uid))
        return lecture

    def delete(self, lecture_id: str) -> Lecture:
        """Remove a lecture and its folder; once the folder has its new name nothing brings it back.

        Exhausted on a disk that is too full even to note it; the next call, or start, goes on with it.
        """
        check_lecture_id(lecture_id)
        with self._lock:
            row = self._database.row("SELECT uid, damage FROM lectures WHERE lecture_id = ?", (lecture_id,))
            if row is None:
                raise NotFound(Reason.UNKNOWN_LECTURE, f"there is no lecture {lecture_id}", field="lecture_id")
            gone = self._folder / f"{_TRASH}{row[0]}"
            lecture = self._listed(row[0], lecture_id, _HALF_DELETED if gone.exists() else row[1], None)
            store = self._stores.pop(row[0], None)
        if store is not None:
            store.close()  # waits for whoever writes to it, who may wait for us
        with self._lock:
            if (self._folder / lecture_id).exists():
                (self._folder / lecture_id).rename(gone)
                sync_folder(self._folder)
            self._finish(gone, lecture)
            return lecture

    def _finish(self, gone: Path, lecture: Lecture) -> None:
        """Remove a lecture whose folder has its new name, and tell of it.

        What it holds goes first: on a full disk that makes the room to note it. Its folder still says what is to do.
        """
        for each in gone.iterdir() if gone.exists() else ():
            if each.is_dir() and not each.is_symlink():
                shutil.rmtree(each, ignore_errors=True)
            else:
                each.unlink(missing_ok=True)
        self._forget(lecture)
        shutil.rmtree(gone, ignore_errors=True)

    def _forget(self, lecture: Lecture) -> None:
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM lectures WHERE uid = ?", (lecture.uid,))
            connection.execute("DELETE FROM feed WHERE uid = ?", (lecture.uid,))
            self._append(lecture.uid, lecture.lecture_id, LectureChanged(LectureChange.DELETED, lecture))

    def announce(self, notice: SystemNotice, store: LectureStore | None = None) -> None:
        """Put the daemon's own trouble on the feed; a lecture's where it is one's only."""
        with self._lock:  # a lecture that is gone has no feed any more
            if store is not None and store.uid in self._stores:
                self._append(store.uid, store.lecture_id, notice)
            else:
                self._append("", "", notice)

    def _append(self, uid: str, lecture_id: str, record: Record) -> None:
        """Put a record on the feed that no lecture's own database holds."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO feed (uid, record, unix_s, lecture_id, kind, body)"
                " VALUES (?, 0, unixepoch('subsec'), ?, ?, ?)",
                (uid, lecture_id, *to_row(record)),
            )

    def publish(self, store: LectureStore) -> int:
        """Put a lecture's records that are not yet on the feed there; how many."""
        with self._lock, self._database.transaction() as connection:
            fed = self._database.value("SELECT fed FROM lectures WHERE uid = ?", (store.uid,))
            served = self._stores.get(store.uid)  # None while it is being deleted
            records = [] if fed is None or served is None else served.records(fed)
            for sequence, unix_s, kind in records:
                connection.execute(
                    "INSERT INTO feed (uid, record, unix_s, lecture_id, kind) VALUES (?, ?, ?, ?, ?)",
                    (store.uid, sequence, unix_s, store.lecture_id, kind),
                )
            if records:
                connection.execute(
                    "UPDATE lectures SET fed = ?, settled = NULL WHERE uid = ?", (records[-1][0], store.uid)
                )
            return len(records)

    def feed(self, after: int, limit: int, uid: str = "") -> Sequence[FeedRecord]:
        """Records after a place in the feed."""
        found: list[FeedRecord] = []
        while not found:
            rows = self._feed_rows(after, limit, uid)
            for sequence, unix_s, lecture_id, owner, number, kind, body in rows:
                record = self._record(owner, number, kind, body)
                if record is not None:
                    found.append(FeedRecord(sequence, unix_s, lecture_id, owner, record))
            if len(rows) < limit:
                break
            after = rows[-1][0]  # none of them can be read, as when their lecture is damaged: look beyond
        return found

    def _feed_rows(self, after: int, limit: int, uid: str) -> list[tuple[Any, ...]]:
        where = "AND uid = :uid" if uid else ""
        return self._database.rows(
            f"SELECT sequence, unix_s, lecture_id, uid, record, kind, body FROM feed"
            f" WHERE sequence > :after {where} ORDER BY sequence LIMIT :limit",
            {"after": after, "limit": limit, "uid": uid} if uid else {"after": after, "limit": limit},
        )

    def _record(self, uid: str, number: int, kind: str, body: str | None) -> Record | None:
        if body is not None:
            return from_row(kind, body)
        store = self._stores.get(uid)
        try:
            return None if store is None else store.record(number)
        except (NotFound, DataDamaged):
            return None  # deleted this very moment, its records with it; or damaged, which its own callers are told

    def last_sequence(self) -> int:
        """The feed's end."""
        return int(self._database.value("SELECT seq FROM sqlite_sequence WHERE name = 'feed'") or 0)

    def made_at(self, sequence: int) -> float | None:
        """When the record in a place of the feed was made, Unix seconds; None where there is none any more."""
        made = self._database.value("SELECT unix_s FROM feed WHERE sequence = ?", (sequence,))
        return None if made is None else float(made)

    def sequence_at(self, time: float) -> int:
        """The last place in the feed after which all that was recorded at a Unix time or later comes."""
        first = self._database.value("SELECT min(sequence) FROM feed WHERE unix_s >= ?", (time,))
        return self.last_sequence() if first is None else int(first) - 1

    def stores(self) -> Sequence[SqliteLectureStore]:
        """All lectures that are served."""
        with self._lock:
            return list(self._stores.values())

    def close(self) -> None:
        """Let go of all files."""
        for store in self.stores():
            store.close()
        self._database.close()


def _checked(store: SqliteLectureStore) -> tuple[list[str], int]:
    """What was put right, and the number of the last record; closed where that fails."""
    try:
        repaired, last = store.repair(), store.last_record()
        store.rest()  # what the check has read of every lecture would fill the memory
    except HallscribeError:
        store.close()
        raise
    return repaired, last
