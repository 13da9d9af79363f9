"""Rows of a lecture that change no more, and what they are searched by once they are opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hallscribed.adapters.index.faiss_index import FaissIndex
from hallscribed.adapters.index.rows import Ids, Scores
from hallscribed.domain.embedding import Vector


class RestingIndex(Protocol):
    """What a shelf asks of an index that is not added to."""

    dimensions: int

    def __len__(self) -> int:
        """How many rows it holds."""

    def nearest(self, vector: Vector, k: int) -> tuple[Ids, Scores]:
        """At most k rows, nearest first; the query is known to be sound."""


class Resting(Protocol):
    """Where such rows lie."""

    @property
    def path(self) -> Path:
        """The file that they are in."""

    @property
    def sha256(self) -> str:
        """What tells them from what the lecture had before, and will have later."""

    def open(self) -> RestingIndex:
        """An index of them in memory. DataDamaged when they are; NotFound when they were replaced meanwhile."""


@dataclass(frozen=True, slots=True)
class IndexFile:
    """Rows in a FAISS file of their own."""

    path: Path
    sha256: str

    def open(self) -> FaissIndex:
        """See Resting."""
        return FaissIndex.open(self.path, self.sha256)
