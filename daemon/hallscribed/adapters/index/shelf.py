"""All lectures' indexes of one embedding space, searched together."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import numpy as np

from hallscribed.adapters.index.archive import Archive
from hallscribed.adapters.index.faiss_index import FaissIndex
from hallscribed.adapters.index.live import ChangingIndex, live_index
from hallscribed.adapters.index.resting import IndexFile, Resting, RestingIndex
from hallscribed.adapters.index.rows import Ids, Scores, checked_query, neighbours
from hallscribed.adapters.store.files import storage_error
from hallscribed.domain.embedding import Matrix, Neighbour, Vector
from hallscribed.domain.errors import DataDamaged, NotFound, Reason

# Archived lectures whose own rows are kept open for questions to few lectures.
_OPENED = 32

Found = tuple[Sequence[str], Ids, Scores]

log = logging.getLogger(__name__)


class IndexShelf:
    """One index a lecture: a live one in memory while rows may come, a resting one once none do.

    Lectures at rest that are in the archive, too, are not held in memory: the archive answers for all of them together,
    and a lecture's own rows are opened when only few lectures are asked.

    Threads may share it; a search while a lecture is put to rest, or replaced, may miss it.

    Args:
        dimensions: width of the space.
        spill: folder for rows of open lectures that need not be in memory; None keeps them there.
    """

    def __init__(self, dimensions: int, spill: Path | None = None) -> None:
        self.dimensions = dimensions
        self._spill = spill
        self._lock = threading.Lock()
        self._live: dict[str, ChangingIndex] = {}
        self._sealed: dict[str, RestingIndex] = {}
        self._resting: dict[str, Resting] = {}
        self._archive: Archive | None = None
        self._opened: OrderedDict[str, RestingIndex] = OrderedDict()
        self._damaged: set[str] = set()

    def serve_archive(self, archive: Archive) -> None:
        """Answer from an archive, in place of an earlier one, for the lectures at rest that it holds."""
        with self._lock:
            # What the earlier one answered for and this one does not hold is searched in its own rows again.
            left = {
                uid: rows
                for uid, rows in self._resting.items()
                if uid not in self._sealed and not archive.holds(uid, rows.sha256)
            }
        opened = {uid: index for uid in left if (index := self._opened_rows(uid)) is not None}
        with self._lock:
            self._archive = archive
            self._sealed.update({uid: index for uid, index in opened.items() if self._resting.get(uid) is left[uid]})
            for uid, rows in self._resting.items():
                if archive.admit(uid, rows.sha256):
                    self._sealed.pop(uid, None)

    def drop_archive(self) -> None:
        """Answer without an archive: no lecture that it holds is there any more."""
        with self._lock:
            self._archive = None

    def archived(self) -> dict[str, int]:
        """Rows by uid of the lectures for which the archive answers."""
        archive = self._archive
        return {} if archive is None else archive.admitted()

    def outside(self) -> int:
        """Rows of lectures at rest that are held in memory, for want of an archive that has them."""
        with self._lock:
            return sum(map(len, self._sealed.values()))

    def take_damaged(self) -> set[str]:
        """uids of lectures whose own rows were found damaged since this was last asked."""
        with self._lock:
            damaged, self._damaged = self._damaged, set()
            return damaged

    def rows(self, uid: str) -> int:
        """How many rows a lecture has here."""
        with self._lock:
            held = sum(len(shelved[uid]) for shelved in (self._live, self._sealed) if uid in shelved)
            archive = self._archive
        return held + (0 if archive is None else archive.rows(uid))

    def add(self, uid: str, ids: Sequence[int] | Ids, vectors: Matrix) -> None:
        """Add a lecture's rows float32 (N, D), searchable when it returns; an id that is there is replaced.

        ValueError on NaN, on another width, and for a lecture at rest: what is sealed is never added to.
        """
        with self._lock:
            if uid in self._resting:
                raise ValueError(f"the index of lecture {uid} is sealed: forget it, then add all its rows")
            index = self._live.setdefault(uid, live_index(self.dimensions, self._spill))
        index.add(ids, vectors)

    def remove(self, uid: str, ids: Iterable[int]) -> None:
        """Take rows out of a live index; ids that are not there are passed over."""
        with self._lock:
            index = self._live.get(uid)
        if index is not None:
            index.remove(ids)

    def seal(self, uid: str, path: Path) -> str:
        """Write a lecture's rows to a FAISS file and serve it from there; the file's sha256.

        No row may be added meanwhile. Exhausted or Unavailable when the disk refuses: the lecture is then still
        served from memory.
        """
        with self._lock:
            index = self._live.setdefault(uid, live_index(self.dimensions, self._spill))
        try:
            sha256 = FaissIndex.build(path, *index.rows())
        except OSError as error:
            raise storage_error(error, path) from error
        self.open_sealed(uid, path, sha256)
        return sha256

    def open_sealed(self, uid: str, path: Path, sha256: str) -> None:
        """Serve a lecture from its file. DataDamaged when it is not the file that was written."""
        self.put_to_rest(uid, IndexFile(path, sha256))

    def put_to_rest(self, uid: str, rows: Resting) -> None:
        """Serve a lecture by rows that change no more, in place of all that it had here. DataDamaged when they are."""
        with self._lock:
            if self._archive is not None and self._archive.admit(uid, rows.sha256):
                self._let_go(uid)
                self._resting[uid] = rows
                return
        index = self._open(rows)
        with self._lock:
            self._let_go(uid)
            self._sealed[uid], self._resting[uid] = index, rows
            if self._archive is not None:
                self._archive.dismiss(uid)

    def rests(self, uid: str) -> bool:
        """Whether a lecture is served by rows that change no more."""
        with self._lock:
            return uid in self._resting

    def resting(self) -> dict[str, Resting]:
        """By uid the rows of the lectures at rest."""
        with self._lock:
            return dict(self._resting)

    def _open(self, rows: Resting) -> RestingIndex:
        index = rows.open()
        if index.dimensions != self.dimensions:
            raise DataDamaged(
                Reason.DATA_DAMAGED,
                f"{rows.path} has rows of {index.dimensions} columns, this space has {self.dimensions}: build it again",
            )
        return index

    def forget(self, uid: str) -> None:
        """Let go of a lecture; where its rows lie is left alone."""
        with self._lock:
            self._let_go(uid)
            if self._archive is not None:
                self._archive.dismiss(uid)

    def _let_go(self, uid: str) -> None:
        for shelved in (self._live, self._sealed, self._resting, self._opened):
            shelved.pop(uid, None)

    def search(self, query: Vector, uids: Collection[str] | None, k: int) -> list[tuple[str, Neighbour]]:
        """The k nearest rows of these lectures (None: of all), nearest first, each with its lecture's uid.

        Lectures that have no rows here find nothing. ValueError on NaN, another width or k < 1.
        """
        vector = checked_query(query, k, self.dimensions)
        apart, archive, only = self._asked(uids)
        found: list[Found] = [] if archive is None else [archive.nearest(vector, k, only)]
        for uid, index in apart:
            ids, scores = index.nearest(vector, k)
            found.append(([uid] * len(ids), ids, scores))
        owners = np.array([uid for uids_found, _, _ in found for uid in uids_found])
        if not len(owners):
            return []
        ids = np.concatenate([ids for _, ids, _ in found])
        scores = np.concatenate([scores for _, _, scores in found])
        best = np.lexsort((ids, owners, -scores))[:k]
        return list(zip(owners[best].tolist(), neighbours(ids[best], scores[best]), strict=True))

    def _asked(
        self, uids: Collection[str] | None
    ) -> tuple[list[tuple[str, ChangingIndex | RestingIndex]], Archive | None, list[str] | None]:
        """Lectures to be searched each in its own index; the archive, unless few are named; which of it, if not all."""
        with self._lock:
            indexes: list[tuple[str, ChangingIndex | RestingIndex]] = [
                (uid, index)
                for shelved in (self._live, self._sealed)
                for uid, index in shelved.items()
                if uids is None or uid in uids
            ]
            held = {uid for uid, _ in indexes}
            asked = [] if uids is None else [uid for uid in uids if uid in self._resting and uid not in held]
            archive = self._archive
        if uids is None or len(asked) > _OPENED:
            return indexes, archive, None if uids is None else asked
        indexes += [(uid, index) for uid in asked if (index := self._opened_rows(uid)) is not None]
        return indexes, None, None

    def _opened_rows(self, uid: str) -> RestingIndex | None:
        """An archived lecture's own rows; None when they are damaged, or were forgotten or replaced just now."""
        with self._lock:
            index, rows = self._opened.pop(uid, None), self._resting.get(uid)
        if rows is None:
            return None
        try:
            index = index or self._open(rows)
        except DataDamaged as error:
            log.warning("%s", error.message)
            with self._lock:
                self._damaged.add(uid)
            return None
        except NotFound:
            return None
        with self._lock:
            if self._resting.get(uid) is rows:
                self._opened[uid] = index
            while len(self._opened) > _OPENED:
                self._opened.popitem(last=False)
        return index
