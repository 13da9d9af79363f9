"""The exact index: a product with every row. Nothing is faster while there are few rows.

Equal rows get equal scores, to the last bit, so that ties keep the order of their ids.
"""

from __future__ import annotations

import logging
import tempfile
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from hallscribed.adapters.index.rows import NOTHING, Ids, Scores, checked_query, checked_rows, neighbours, ranked
from hallscribed.domain.embedding import Matrix, Neighbour, Vector

# What is not yet full lies in memory: 384 KB of vectors of 768. Larger blocks save a tenth of a search, and none of it.
BLOCK_ROWS = 128
_GONE = -1
# Two sums over the same products in another order differ by less than this for normalised rows.
_ROUNDING = 1e-5

log = logging.getLogger(__name__)


class ExactIndex:
    """Behind ports.LiveIndex; threads may share it.

    Rows lie in blocks. A full one may be moved to a file, whose pages the system drops when it wants their memory: a
    lecture of ten hours then takes no more of it than one of ten minutes.

    Args:
        dimensions: width of a row.
        spill: folder for such files, which have no name and are gone with the process; None keeps all in memory.
    """

    def __init__(self, dimensions: int, spill: Path | None = None) -> None:
        self.dimensions = dimensions
        self._spill = spill
        self._lock = threading.Lock()
        self._clear()

    def _clear(self) -> None:
        self._ids: list[Ids] = []
        self._rows: list[Matrix] = []
        self._place: dict[int, int] = {}
        self._used = 0

    def __len__(self) -> int:
        """How many rows it holds."""
        return len(self._place)

    def add(self, ids: Sequence[int] | Ids, vectors: Matrix) -> None:
        """Add rows float32 (N, D); an id that is there already is replaced. ValueError on NaN or another width."""
        numbers, rows = checked_rows(ids, vectors, self.dimensions)
        with self._lock:
            self._drop(numbers.tolist())
            self._append(numbers, rows)

    def _append(self, ids: Ids, rows: Matrix) -> None:
        for number, row in zip(ids.tolist(), rows, strict=True):
            block, place = divmod(self._used, BLOCK_ROWS)
            if block == len(self._ids):
                self._ids.append(np.full(BLOCK_ROWS, _GONE))
                self._rows.append(np.zeros((BLOCK_ROWS, self.dimensions), np.float32))
            self._ids[block][place], self._rows[block][place] = number, row
            self._place[number] = self._used
            self._used += 1
            if place + 1 == BLOCK_ROWS and self._spill is not None:
                self._rows[block] = _spilled(self._rows[block], self._spill)

    def remove(self, ids: Iterable[int]) -> None:
        """Forget rows; ids that are not there are passed over."""
        with self._lock:
            self._drop(ids)

    def _drop(self, ids: Iterable[int]) -> None:
        for number in ids:
            used = self._place.pop(number, None)
            if used is not None:
                self._ids[used // BLOCK_ROWS][used % BLOCK_ROWS] = _GONE
        if self._used > 2 * len(self._place) + BLOCK_ROWS:  # most of the blocks is gone
            kept = self._all()
            self._clear()
            self._append(*kept)

    def search(self, query: Vector, k: int) -> list[Neighbour]:
        """At most k neighbours, nearest first."""
        return neighbours(*self.nearest(checked_query(query, k, self.dimensions), k))

    def nearest(self, vector: Vector, k: int) -> tuple[Ids, Scores]:
        """What ``search`` finds, as arrays; the query is known to be sound."""
        with self._lock:
            count = len(self._place)
            if not count:
                return NOTHING
            rough = [
                np.where(ids == _GONE, -np.inf, rows @ vector) for ids, rows in zip(self._ids, self._rows, strict=True)
            ]
            least = -np.inf
            if k < count:
                together = np.concatenate(rough)
                least = np.partition(together, len(together) - k)[len(together) - k] - _ROUNDING
            chosen = [np.flatnonzero((scores >= least) & (scores > -np.inf)) for scores in rough]
            ids = np.concatenate([ids[near] for ids, near in zip(self._ids, chosen, strict=True)])
            rows = np.concatenate([rows[near] for rows, near in zip(self._rows, chosen, strict=True)])
            return ranked(ids, _sums(rows, vector), k)

    def rows(self) -> tuple[Ids, Matrix]:
        """Copies of all ids, int64 (N,), ascending, and their rows, float32 (N, D)."""
        with self._lock:
            return self._all()

    def _all(self) -> tuple[Ids, Matrix]:
        if not self._place:
            return np.empty(0, np.int64), np.empty((0, self.dimensions), np.float32)
        ids = np.concatenate(self._ids)
        order = np.argsort(ids, kind="stable")[-len(self._place) :]
        return ids[order], np.concatenate(self._rows)[order]


def _spilled(rows: Matrix, folder: Path) -> Matrix:
    """The same rows in a file without a name; in memory as before when the disk refuses."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(rows.tobytes())
            file.flush()
            return np.memmap(file, np.float32, "r", shape=rows.shape)
    except OSError as error:
        log.warning("rows stay in memory: no file in %s: %s", folder, error)
        return rows


def _sums(rows: Matrix, vector: Vector) -> Scores:
    """Products with one vector; unlike those of BLAS, their last bits do not depend on where a row lies."""
    return np.asarray(np.einsum("nd,d->n", rows, vector), np.float32)
