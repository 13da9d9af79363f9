"""What a question needs to know of a lecture, in memory: so the file of one that is finished can stay closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hallscribed.adapters.store.database import Database

_APART = "\0"


@dataclass(frozen=True, slots=True)
class Titles:
    """What the segments that stand are called.

    Attributes:
        starts: in seconds, float64 (S,), ascending.
        numbers: int32 (S,).
        joined: the titles, one string.
    """

    starts: NDArray[np.float64]
    numbers: NDArray[np.int32]
    joined: str

    @classmethod
    def read(cls, database: Database) -> Titles:
        """From a lecture's database."""
        rows = database.rows("SELECT start_s, number, title FROM segments WHERE merged = 0 ORDER BY number")
        return cls(
            np.array([start for start, _, _ in rows], np.float64),
            np.array([number for _, number, _ in rows], np.int32),
            _APART.join(title.replace(_APART, " ") for _, _, title in rows),
        )

    def at(self, times: Sequence[float]) -> list[tuple[int, str]]:
        """Number and title of the segment at each time; 0 and no title before the first."""
        titles = self.joined.split(_APART)
        places = np.searchsorted(self.starts, times, side="right") - 1
        return [(int(self.numbers[place]), titles[place]) if place >= 0 else (0, "") for place in places.tolist()]


@dataclass(frozen=True, slots=True)
class Outline:
    """When each picture was shown, and what the segments are called; 20 bytes a vector.

    Attributes:
        ids: of the embeddings, int32 (N,), ascending.
        spans: start and end of each in seconds, float64 (N, 2).
        titles: of the segments.
    """

    ids: NDArray[np.int32]
    spans: NDArray[np.float64]
    titles: Titles

    @classmethod
    def read(cls, database: Database) -> Outline:
        """From a lecture's database."""
        spans = np.array(database.rows("SELECT id, start_s, end_s FROM embeddings ORDER BY id")).reshape(-1, 3)
        return cls(spans[:, 0].astype(np.int32), np.ascontiguousarray(spans[:, 1:], np.float64), Titles.read(database))

    def span_of(self, ids: Sequence[int]) -> dict[int, tuple[float, float]]:
        """Start and end during which each embedding was shown; none of one that is not there."""
        places = np.searchsorted(self.ids, ids)
        return {
            number: (float(self.spans[place, 0]), float(self.spans[place, 1]))
            for number, place in zip(ids, places.tolist(), strict=True)
            if place < len(self.ids) and self.ids[place] == number
        }
