"""The live index for many rows: a navigable small-world graph (Malkov and Yashunin, 2018) by hnswlib."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

import hnswlib
import numpy as np

from hallscribed.adapters.index.rows import NOTHING, Ids, Scores, checked_query, checked_rows, neighbours, ranked
from hallscribed.domain.embedding import Matrix, Neighbour, Vector

_LINKS = 16
_BUILD_BREADTH = 200
_SEARCH_BREADTH = 128
_FIRST_CAPACITY = 4096
_SPARE_NODES = 1024


class HnswlibIndex:
    """Behind ports.LiveIndex, in memory; threads may share it.

    A replaced row is a new node and its old one is marked deleted: a node that is updated, or a deleted node's place
    that is used again, keeps links of its former neighbourhood and is then missed. When deleted nodes are the
    majority the graph is made anew.

    Args:
        dimensions: width of a row.
    """

    def __init__(self, dimensions: int) -> None:
        self.dimensions = dimensions
        self._lock = threading.Lock()
        self._clear()

    def _clear(self) -> None:
        self._graph = hnswlib.Index(space="ip", dim=self.dimensions)
        self._graph.init_index(max_elements=_FIRST_CAPACITY, M=_LINKS, ef_construction=_BUILD_BREADTH)
        self._graph.set_num_threads(1)  # so that the same rows make the same graph
        self._label_of: dict[int, int] = {}
        self._id_of: dict[int, int] = {}

    def __len__(self) -> int:
        """How many rows it holds."""
        return len(self._label_of)

    def add(self, ids: Sequence[int] | Ids, vectors: Matrix) -> None:
        """Add rows float32 (N, D); an id that is there already is replaced. ValueError on NaN or another width."""
        numbers, rows = checked_rows(ids, vectors, self.dimensions)
        with self._lock:
            self._drop(numbers.tolist())
            if self._graph.get_current_count() > 2 * len(self._label_of) + _SPARE_NODES:
                kept = self._all()
                self._clear()
                self._append(*kept)
            self._append(numbers, rows)

    def _append(self, ids: Ids, rows: Matrix) -> None:
        first = self._graph.get_current_count()
        if first + len(ids) > self._graph.get_max_elements():
            self._graph.resize_index(max(first + len(ids), 2 * self._graph.get_max_elements()))
        if len(ids):
            self._graph.add_items(rows, np.arange(first, first + len(ids)), num_threads=1)
        for label, number in enumerate(ids.tolist(), first):
            self._label_of[number], self._id_of[label] = label, number

    def remove(self, ids: Iterable[int]) -> None:
        """Forget rows; ids that are not there are passed over."""
        with self._lock:
            self._drop(ids)

    def _drop(self, ids: Iterable[int]) -> None:
        for number in ids:
            label = self._label_of.pop(number, None)
            if label is not None:
                del self._id_of[label]
                self._graph.mark_deleted(label)

    def search(self, query: Vector, k: int) -> list[Neighbour]:
        """At most k neighbours, nearest first; one that a graph walk misses may be absent."""
        return neighbours(*self.nearest(checked_query(query, k, self.dimensions), k))

    def nearest(self, vector: Vector, k: int) -> tuple[Ids, Scores]:
        """What ``search`` finds, as arrays; the query is known to be sound."""
        with self._lock:
            wanted = min(k, len(self._label_of))
            if not wanted:
                return NOTHING
            self._graph.set_ef(max(_SEARCH_BREADTH, 2 * wanted))
            try:
                labels, distances = self._graph.knn_query(vector, wanted, num_threads=1)
            except RuntimeError:  # the walk reached fewer rows than asked for: look at each of them
                return self._look_at_all(vector, wanted)
            found = np.array([self._id_of[label] for label in labels[0].tolist()], np.int64)
        return ranked(found, 1.0 - distances[0], k)

    def _look_at_all(self, vector: Vector, k: int) -> tuple[Ids, Scores]:
        ids, rows = self._all()
        return ranked(ids, np.einsum("nd,d->n", rows, vector), k)

    def _all(self) -> tuple[Ids, Matrix]:
        ids = np.array(sorted(self._label_of), np.int64)
        if not len(ids):
            return ids, np.empty((0, self.dimensions), np.float32)
        labels = [self._label_of[number] for number in ids.tolist()]
        return ids, np.asarray(self._graph.get_items(labels), np.float32)

    def rows(self) -> tuple[Ids, Matrix]:
        """Copies of all ids, int64 (N,), ascending, and their rows, float32 (N, D)."""
        with self._lock:
            return self._all()
