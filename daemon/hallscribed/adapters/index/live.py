"""The live index that suits the number of rows: exact while they are few, a graph beyond."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from hallscribed.adapters.index.exact import ExactIndex
from hallscribed.adapters.index.hnswlib_index import HnswlibIndex
from hallscribed.adapters.index.rows import Ids, Scores
from hallscribed.domain.embedding import Matrix, Neighbour, Vector
from hallscribed.ports import LiveIndex

# One product with 2,000 rows of 768 takes 0.3 ms on one core and misses nothing. A graph has to be in memory, so where
# rows may lie in files it pays later.
EXACT_ROWS, SPILLED_ROWS = 2000, 10_000


class ChangingIndex(LiveIndex, Protocol):
    """A live index whose rows can be taken out and read back."""

    def add(self, ids: Sequence[int] | Ids, vectors: Matrix) -> None:
        """Add rows float32 (N, D); an id that is there already is replaced. ValueError on NaN or another width."""

    def remove(self, ids: Iterable[int]) -> None:
        """Forget rows; ids that are not there are passed over."""

    def nearest(self, vector: Vector, k: int) -> tuple[Ids, Scores]:
        """What ``search`` finds, as arrays; the query is known to be sound."""

    def rows(self) -> tuple[Ids, Matrix]:
        """Copies of all ids, int64 (N,), ascending, and their rows, float32 (N, D)."""


class GrowingIndex:
    """Begins exact and becomes a graph when it passes ``exact_rows``; searches go on while the graph is built.

    Args:
        dimensions: width of a row.
        spill: where the exact one may keep rows; see there.
    """

    def __init__(self, dimensions: int, exact_rows: int = EXACT_ROWS, spill: Path | None = None) -> None:
        self.dimensions = dimensions
        self._exact_rows = exact_rows
        self._writing = threading.Lock()
        self._index: ChangingIndex = ExactIndex(dimensions, spill)

    def __len__(self) -> int:
        """How many rows it holds."""
        return len(self._index)

    def add(self, ids: Sequence[int] | Ids, vectors: Matrix) -> None:
        """Add rows float32 (N, D); an id that is there already is replaced. ValueError on NaN or another width."""
        with self._writing:
            self._index.add(ids, vectors)
            if len(self._index) > self._exact_rows and isinstance(self._index, ExactIndex):
                graph = HnswlibIndex(self.dimensions)
                graph.add(*self._index.rows())
                self._index = graph

    def remove(self, ids: Iterable[int]) -> None:
        """Forget rows; ids that are not there are passed over."""
        with self._writing:
            self._index.remove(ids)

    def search(self, query: Vector, k: int) -> list[Neighbour]:
        """At most k neighbours, nearest first."""
        return self._index.search(query, k)

    def nearest(self, vector: Vector, k: int) -> tuple[Ids, Scores]:
        """What ``search`` finds, as arrays; the query is known to be sound."""
        return self._index.nearest(vector, k)

    def rows(self) -> tuple[Ids, Matrix]:
        """Copies of all ids, int64 (N,), ascending, and their rows, float32 (N, D)."""
        return self._index.rows()


def live_index(dimensions: int, spill: Path | None = None) -> ChangingIndex:
    """An empty index for rows of this width; ``spill`` is a folder for rows that need not be in memory."""
    return GrowingIndex(dimensions, EXACT_ROWS if spill is None else SPILLED_ROWS, spill)
