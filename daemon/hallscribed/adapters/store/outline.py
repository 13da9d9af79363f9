"""What a question needs to know of a lecture, in memory: so the file of one that is finished can stay closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hallscribed.adapters.store.database import Database

_APART = "\0"


@dataclass(frozen=True, slots=True)
class Outline:
    """When each picture was shown, and what the segments are called; 20 bytes a vector.

    Attributes:
        ids: of the embeddings, int32 (N,), ascending.
        spans: start and end of each in seconds, float64 (N, 2).
        starts: of the segments that stand, in seconds, float64 (S,), ascending.
        numbers: of the segments, int32 (S,).
        titles: of the segments, one string.
    """

    ids: NDArray[np.int32]
    spans: NDArray[np.float64]
    starts: NDArray[np.float64]
    numbers: NDArray[np.int32]
    titles: str

    @classmethod
    def read(cls, database: Database) -> Outline:
        """From a lecture's database."""
        spans = np.array(database.rows("SELECT id, start_s, end_s FROM embeddings ORDER BY id")).reshape(-1, 3)
        segments = database.rows("SELECT start_s, number, title FROM segments WHERE merged = 0 ORDER BY number")
        return cls(
            spans[:, 0].astype(np.int32),
            np.ascontiguousarray(spans[:, 1:], np.float64),
            np.array([start for start, _, _ in segments], np.float64),
            np.array([number for _, number, _ in segments], np.int32),
            _APART.join(title.replace(_APART, " ") for _, _, title in segments),
        )

    def span_of(self, ids: Sequence[int]) -> dict[int, tuple[float, float]]:
        """Start and end during which each embedding was shown; none of one that is not there."""
        places = np.searchsorted(self.ids, ids)
        return {
            number: (float(self.spans[place, 0]), float(self.spans[place, 1]))
            for number, place in zip(ids, places.tolist(), strict=True)
            if place < len(self.ids) and self.ids[place] == number
        }

    def shown_at(self, times: Sequence[float]) -> list[tuple[int, str]]:
        """Number and title of the segment at each time; 0 and no title before the first."""
        titles = self.titles.split(_APART)
        places = np.searchsorted(self.starts, times, side="right") - 1
        return [(int(self.numbers[place]), titles[place]) if place >= 0 else (0, "") for place in places.tolist()]
