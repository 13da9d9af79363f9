"""Embeddings and the spaces that keep them apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

JOINT_DIMENSIONS = 768
PASSAGE_DIMENSIONS = 384

Vector = NDArray[np.float32]
Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class EmbeddingSpace:
    """Where vectors may be compared with each other.

    Attributes:
        name: model id, revision, preprocessing and projection in one string; equal names, equal spaces.
        dimensions: length of a vector.
        trained: False when the weights are random.
        aligned: True when text can be projected into it.
    """

    name: str
    dimensions: int
    trained: bool
    aligned: bool


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A row of an index near a query: its id and the cosine, larger is nearer."""

    id: int
    score: float


def normalise(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """L2-normalise rows, float32 (..., D); a zero row stays zero."""
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-12), dtype=np.float32)
