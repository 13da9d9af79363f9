"""The sealed index: one FAISS file, written once and never added to."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from hallscribed.adapters.index.rows import NOTHING, Ids, Scores, checked_query, checked_rows, neighbours, ranked
from hallscribed.adapters.store.files import write_durably
from hallscribed.domain.embedding import Matrix, Neighbour, Vector
from hallscribed.domain.errors import DataDamaged, Reason

# Below this an exact scan of 768 columns takes a few milliseconds and misses nothing.
FLAT_ROWS = 20_000
_ROWS_PER_CELL = 64
_PROBED_SHARE = 8  # one cell in eight is looked at


class FaissIndex:
    """Behind ports.Index; threads may share it. Make one with ``open``."""

    def __init__(self, path: Path, index: Any) -> None:
        self.path = path
        self.dimensions = int(index.d)
        self._index = index

    @staticmethod
    def build(path: Path, ids: Sequence[int] | Ids, vectors: Matrix) -> str:
        """Write the index of rows float32 (N, D) to a file, whole or not at all; its sha256.

        ValueError on NaN or rows that do not fit their ids; OSError when the disk refuses.
        """
        if vectors.ndim != 2:
            raise ValueError(f"rows must have shape (N, D), not {vectors.shape}")
        numbers, rows = checked_rows(ids, vectors, vectors.shape[1])
        index = _flat(rows.shape[1]) if len(rows) <= FLAT_ROWS else _cells(rows)
        index.add_with_ids(rows, numbers)
        data = faiss.serialize_index(index).tobytes()
        write_durably(path, data)
        return hashlib.sha256(data).hexdigest()

    @staticmethod
    def open(path: Path, sha256: str) -> FaissIndex:
        """Load an index. DataDamaged unless the file is, to the bit, the one that ``build`` wrote.

        FAISS itself loads damaged files and then answers wrongly, so nothing is parsed before the hash agrees.
        """
        try:
            data = path.read_bytes()
        except OSError as error:
            raise DataDamaged(
                Reason.DATA_DAMAGED, f"{path} could not be read ({error}); its rows are kept elsewhere: build it again"
            ) from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise DataDamaged(
                Reason.DATA_DAMAGED,
                f"{path} is not the file that was written (its sha256 differs); it was not loaded and left as it is, "
                "its rows are kept elsewhere: build it again",
            )
        return FaissIndex(path, faiss.deserialize_index(np.frombuffer(data, np.uint8)))

    def __len__(self) -> int:
        """How many rows it holds."""
        return int(self._index.ntotal)

    def rows(self) -> tuple[Ids, Matrix]:
        """All ids, int64 (N,), and their rows, float32 (N, D), in the order in which they lie there."""
        if isinstance(self._index, faiss.IndexIDMap2):
            flat = faiss.downcast_index(self._index.index)
            return faiss.vector_to_array(self._index.id_map), flat.reconstruct_n(0, flat.ntotal)
        lists = self._index.invlists
        ids, rows = [np.empty(0, np.int64)], [np.empty((0, self.dimensions), np.float32)]
        for cell in range(lists.nlist):
            count = lists.list_size(cell)
            ids.append(faiss.rev_swig_ptr(lists.get_ids(cell), count).copy())
            codes = faiss.rev_swig_ptr(lists.get_codes(cell), count * lists.code_size).copy()
            rows.append(codes.view(np.float32).reshape(count, -1))
        return np.concatenate(ids), np.concatenate(rows)

    def search(self, query: Vector, k: int) -> list[Neighbour]:
        """At most k neighbours, nearest first; with cells, one in a cell not looked at may be absent."""
        return neighbours(*self.nearest(checked_query(query, k, self.dimensions), k))

    def nearest(self, vector: Vector, k: int) -> tuple[Ids, Scores]:
        """What ``search`` finds, as arrays; the query is known to be sound."""
        wanted = min(k, len(self))
        if not wanted:
            return NOTHING
        scores, ids = self._index.search(vector[None], wanted)
        found = ids[0] >= 0
        return ranked(ids[0][found], scores[0][found], k)


def _flat(dimensions: int) -> Any:
    return faiss.IndexIDMap2(faiss.IndexFlatIP(dimensions))


def _cells(rows: Matrix) -> Any:
    cells = len(rows) // _ROWS_PER_CELL
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(rows.shape[1]), rows.shape[1], cells, faiss.METRIC_INNER_PRODUCT)
    index.cp.min_points_per_centroid = 1
    index.cp.max_points_per_centroid = _ROWS_PER_CELL
    index.train(rows)
    index.nprobe = max(1, cells // _PROBED_SHARE)
    return index
