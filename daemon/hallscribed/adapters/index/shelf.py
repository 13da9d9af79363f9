"""All lectures' indexes of one embedding space, searched together."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import numpy as np

from hallscribed.adapters.index.faiss_index import FaissIndex
from hallscribed.adapters.index.live import ChangingIndex, live_index
from hallscribed.adapters.index.rows import Ids, checked_query, neighbours
from hallscribed.adapters.store.files import storage_error
from hallscribed.domain.embedding import Matrix, Neighbour, Vector
from hallscribed.domain.errors import DataDamaged, Reason


class IndexShelf:
    """One index a lecture: a live one in memory while rows may come, a FAISS file once it is sealed.

    Threads may share it; searches see a lecture either before or after a change, never between.

    Args:
        dimensions: width of the space.
    """

    def __init__(self, dimensions: int) -> None:
        self.dimensions = dimensions
        self._lock = threading.Lock()
        self._live: dict[str, ChangingIndex] = {}
        self._sealed: dict[str, FaissIndex] = {}

    def rows(self, uid: str) -> int:
        """How many rows a lecture has here."""
        with self._lock:
            return sum(len(shelved[uid]) for shelved in (self._live, self._sealed) if uid in shelved)

    def add(self, uid: str, ids: Sequence[int] | Ids, vectors: Matrix) -> None:
        """Add a lecture's rows float32 (N, D), searchable when it returns; an id that is there is replaced.

        ValueError on NaN, on another width, and for a sealed lecture: a file is never added to.
        """
        with self._lock:
            if uid in self._sealed:
                raise ValueError(f"the index of lecture {uid} is sealed: forget it, then add all its rows")
            index = self._live.setdefault(uid, live_index(self.dimensions))
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
            index = self._live.setdefault(uid, live_index(self.dimensions))
        try:
            sha256 = FaissIndex.build(path, *index.rows())
        except OSError as error:
            raise storage_error(error, path) from error
        self.open_sealed(uid, path, sha256)
        return sha256

    def open_sealed(self, uid: str, path: Path, sha256: str) -> None:
        """Serve a lecture from its file. DataDamaged when it is not the file that was written."""
        index = FaissIndex.open(path, sha256)
        if index.dimensions != self.dimensions:
            raise DataDamaged(
                Reason.DATA_DAMAGED,
                f"{path} holds rows of {index.dimensions} columns, this space has {self.dimensions}: build it again",
            )
        with self._lock:
            self._sealed[uid] = index
            self._live.pop(uid, None)

    def forget(self, uid: str) -> None:
        """Let go of a lecture; its file is left alone."""
        with self._lock:
            self._live.pop(uid, None)
            self._sealed.pop(uid, None)

    def search(self, query: Vector, uids: Collection[str] | None, k: int) -> list[tuple[str, Neighbour]]:
        """The k nearest rows of these lectures (None: of all), nearest first, each with its lecture's uid.

        Lectures that have no rows here find nothing. ValueError on NaN, another width or k < 1.
        """
        vector = checked_query(query, k, self.dimensions)
        with self._lock:
            indexes: list[tuple[str, ChangingIndex | FaissIndex]] = [
                (uid, index)
                for shelved in (self._live, self._sealed)
                for uid, index in shelved.items()
                if uids is None or uid in uids
            ]
        indexes.sort(key=lambda pair: pair[0])
        if not indexes:
            return []
        nearest = [index.nearest(vector, k) for _, index in indexes]
        ids = np.concatenate([ids for ids, _ in nearest])
        scores = np.concatenate([scores for _, scores in nearest])
        owner = np.repeat(np.arange(len(indexes)), [len(ids) for ids, _ in nearest])
        best = np.lexsort((ids, owner, -scores))[:k]
        uids_found = [indexes[place][0] for place in owner[best].tolist()]
        return list(zip(uids_found, neighbours(ids[best], scores[best]), strict=True))
