"""Every seam of the daemon on one page: what the pipeline asks of the outside world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hallscribed.domain.embedding import EmbeddingSpace, Matrix, Neighbour, Vector
from hallscribed.domain.event import TextLine
from hallscribed.domain.frame import EncodedFrame, Grid, Refusal, Seen


class Runtime(Protocol):
    """Runs one graph; knows nothing about models."""

    name: str

    def run(self, feeds: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
        """Outputs by name; RuntimeError when the graph fails."""


class Encoder(Protocol):
    """Pictures to pooled vectors."""

    @property
    def space(self) -> EmbeddingSpace:
        """The space of the pooled vectors (the encoder's own width)."""

    def encode(self, pictures: Sequence[NDArray[np.uint8]]) -> Matrix:
        """Encode RGB pictures, each uint8 (H, W, 3), of any size; float32 (N, D), not normalised."""


class Projection(Protocol):
    """The encoder's vectors to the joint space."""

    @property
    def space(self) -> EmbeddingSpace:
        """The joint space."""

    def project(self, vectors: Matrix) -> Matrix:
        """Float32 (N, D) to L2-normalised float32 (N, 768)."""


class TextEncoder(Protocol):
    """Text to passage vectors."""

    @property
    def space(self) -> EmbeddingSpace:
        """The passage space."""

    def encode(self, texts: Sequence[str]) -> Matrix:
        """L2-normalised float32 (N, 384); a text beyond 256 tokens is cut there."""

    def is_cut(self, text: str) -> bool:
        """True when ``encode`` would not read this text to its end."""


class Perception(Protocol):
    """Looks at frames, in a process of its own; keeps nothing between calls."""

    def perceive(self, frame: EncodedFrame, reference: Grid | None) -> Seen | Refusal:
        """Check, decode, compare with the reference and encode if it changed; ``reference`` None forces encoding.

        Never raises for a bad frame or a lost worker: those are Refusals.
        """

    def picture(self, frame: EncodedFrame) -> bytes | None:
        """The frame as JPEG, longest side at most 1920 pixels; None when it cannot be made."""

    def embed(self, picture: bytes) -> Vector | Refusal:
        """The pooled vector of a JPEG or PNG picture, float32 (D,)."""


class Reader(Protocol):
    """Reads the text of pictures, in a process of its own."""

    def read(self, picture: bytes) -> Sequence[TextLine]:
        """Lines in reading order; RuntimeError when reading failed."""


class Index(Protocol):
    """Finds the nearest rows by cosine; rows are L2-normalised float32 (D,)."""

    def __len__(self) -> int:
        """How many rows it holds."""

    def search(self, query: Vector, k: int) -> list[Neighbour]:
        """At most k neighbours, nearest first; an empty index finds none. ValueError on another width or k < 1."""


class LiveIndex(Index, Protocol):
    """An index that grows while it is searched."""

    def add(self, ids: Sequence[int], vectors: Matrix) -> None:
        """Add rows float32 (N, D); an id that is there already is replaced. ValueError on NaN or another width."""


class SealedIndex(Index, Protocol):
    """An index on disk that never changes."""

    path: Path
