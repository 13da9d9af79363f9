"""What every index asks of the rows and queries it is given, and how it orders what it found."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hallscribed.domain.embedding import Matrix, Neighbour, Vector

Ids = NDArray[np.int64]
Scores = NDArray[np.float32]
NOTHING: tuple[Ids, Scores] = (np.empty(0, np.int64), np.empty(0, np.float32))


def checked_rows(ids: Sequence[int] | Ids, vectors: Matrix, dimensions: int) -> tuple[Ids, Matrix]:
    """Ids as int64 (N,) and rows as contiguous float32 (N, D); of an id given twice the last row stays.

    ValueError on another width or count, on NaN or infinity, and on ids outside 0 .. 2^63 - 1.
    """
    try:
        numbers = np.array(ids, dtype=np.int64).reshape(-1)
    except OverflowError as error:
        raise ValueError("an id does not fit into 64 bits") from error
    rows = np.ascontiguousarray(vectors, dtype=np.float32)
    if rows.shape != (len(numbers), dimensions):
        raise ValueError(f"{len(numbers)} ids need rows of shape ({len(numbers)}, {dimensions}), not {rows.shape}")
    if len(numbers) and numbers.min() < 0:
        raise ValueError(f"id {numbers.min()} is negative")
    if not np.isfinite(rows).all():
        raise ValueError("a row has a value that is no finite number")
    last = {int(number): place for place, number in enumerate(numbers)}
    if len(last) == len(numbers):
        return numbers, rows
    kept = list(last.values())
    return numbers[kept], np.ascontiguousarray(rows[kept])


def checked_query(query: Vector, k: int, dimensions: int) -> Vector:
    """The query as contiguous float32 (D,); ValueError on another width, NaN or infinity, or k < 1."""
    if k < 1:
        raise ValueError(f"k is {k}: ask for at least one neighbour")
    vector = np.ascontiguousarray(query, dtype=np.float32)
    if vector.shape != (dimensions,):
        raise ValueError(f"a query must have shape ({dimensions},), not {vector.shape}")
    if not np.isfinite(vector).all():
        raise ValueError("the query has a value that is no finite number")
    return vector


def ranked(ids: Ids, scores: Scores, k: int) -> tuple[Ids, Scores]:
    """The k best, larger scores first; equal scores in order of their ids, so that an answer can be repeated."""
    order = np.lexsort((ids, -scores))[:k]
    return ids[order], scores[order]


def neighbours(ids: Ids, scores: Scores) -> list[Neighbour]:
    """Rows found, as values."""
    return list(map(Neighbour, ids.tolist(), scores.tolist()))
