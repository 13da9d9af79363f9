"""The exact index: one product with every row. Nothing is faster while there are few rows.

Equal rows get equal scores, to the last bit, so that ties keep the order of their ids.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

import numpy as np

from hallscribed.adapters.index.rows import NOTHING, Ids, Scores, checked_query, checked_rows, neighbours, ranked
from hallscribed.domain.embedding import Matrix, Neighbour, Vector

_FIRST_CAPACITY = 64
# Two sums over the same products in another order differ by less than this for normalised rows.
_ROUNDING = 1e-5


class ExactIndex:
    """Behind ports.LiveIndex, in memory; threads may share it.

    Args:
        dimensions: width of a row.
    """

    def __init__(self, dimensions: int) -> None:
        self.dimensions = dimensions
        self._lock = threading.Lock()
        self._rows = np.empty((_FIRST_CAPACITY, dimensions), np.float32)
        self._ids = np.empty(_FIRST_CAPACITY, np.int64)
        self._place: dict[int, int] = {}

    def __len__(self) -> int:
        """How many rows it holds."""
        return len(self._place)

    def add(self, ids: Sequence[int] | Ids, vectors: Matrix) -> None:
        """Add rows float32 (N, D); an id that is there already is replaced. ValueError on NaN or another width."""
        numbers, rows = checked_rows(ids, vectors, self.dimensions)
        with self._lock:
            self._make_room(len(numbers))
            for number, row in zip(numbers.tolist(), rows, strict=True):
                place = self._place.setdefault(number, len(self._place))
                self._ids[place], self._rows[place] = number, row

    def _make_room(self, more: int) -> None:
        needed, capacity = len(self._place) + more, len(self._ids)
        if needed > capacity:
            grown = max(needed, 2 * capacity)
            self._rows = np.resize(self._rows, (grown, self.dimensions))
            self._ids = np.resize(self._ids, grown)

    def remove(self, ids: Iterable[int]) -> None:
        """Forget rows; ids that are not there are passed over."""
        with self._lock:
            for number in ids:
                place = self._place.pop(number, None)
                last = len(self._place)
                if place is not None and place != last:  # the last row fills the gap
                    self._ids[place], self._rows[place] = self._ids[last], self._rows[last]
                    self._place[int(self._ids[place])] = place

    def search(self, query: Vector, k: int) -> list[Neighbour]:
        """At most k neighbours, nearest first."""
        return neighbours(*self.nearest(checked_query(query, k, self.dimensions), k))

    def nearest(self, vector: Vector, k: int) -> tuple[Ids, Scores]:
        """What ``search`` finds, as arrays; the query is known to be sound."""
        with self._lock:
            count = len(self._place)
            if not count:
                return NOTHING
            ids, rows = self._ids[:count], self._rows[:count]
            if k < count:
                rough = rows @ vector
                near = np.flatnonzero(rough >= np.partition(rough, count - k)[count - k] - _ROUNDING)
                ids, rows = ids[near], rows[near]
            return ranked(ids, _sums(rows, vector), k)

    def rows(self) -> tuple[Ids, Matrix]:
        """Copies of all ids, int64 (N,), ascending, and their rows, float32 (N, D)."""
        with self._lock:
            order = np.argsort(self._ids[: len(self._place)])
            return self._ids[order], self._rows[order]


def _sums(rows: Matrix, vector: Vector) -> Scores:
    """Products with one vector; unlike those of BLAS, their last bits do not depend on where a row lies."""
    return np.asarray(np.einsum("nd,d->n", rows, vector), np.float32)
