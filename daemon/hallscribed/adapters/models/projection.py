"""The encoder's vectors to the joint space."""

from __future__ import annotations

import numpy as np

from hallscribed.domain.embedding import JOINT_DIMENSIONS, EmbeddingSpace, Matrix, normalise

_SEED = 20260101


class OrthogonalProjection:
    """Behind ports.Projection where no head was trained: a fixed map with orthonormal rows (or columns).

    For vectors of up to 768 numbers it keeps every angle, so neighbours are the encoder's own; wider ones keep
    them nearly (a random projection, Johnson and Lindenstrauss 1984). Text cannot be mapped there.

    Args:
        source: the encoder's space.
    """

    def __init__(self, source: EmbeddingSpace) -> None:
        self._source = source
        self._map = _orthogonal(source.dimensions, JOINT_DIMENSIONS)
        self._space = EmbeddingSpace(
            name=f"{source.name}+orthogonal-{_SEED}", dimensions=JOINT_DIMENSIONS, trained=source.trained, aligned=False
        )

    @property
    def space(self) -> EmbeddingSpace:
        """The joint space; not aligned."""
        return self._space

    def project(self, vectors: Matrix) -> Matrix:
        """Float32 (N, D) to L2-normalised float32 (N, 768). ValueError on another width."""
        rows = np.asarray(vectors, np.float32)
        if rows.ndim != 2 or rows.shape[1] != self._source.dimensions:
            raise ValueError(f"vectors of shape {rows.shape} are not of the space {self._source.name}")
        return normalise(rows @ self._map)


def _orthogonal(rows: int, columns: int) -> Matrix:
    """Orthonormal along the shorter side, by QR of a seeded Gaussian matrix; float32 (rows, columns)."""
    # RandomState, whose stream is frozen: the map must stay the same for as long as stored vectors do.
    gaussian = np.random.RandomState(_SEED).standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(gaussian)
    q *= np.sign(np.diag(r))  # QR is unique only up to signs, which differ between linear algebra libraries
    return np.ascontiguousarray(q if rows >= columns else q.T, dtype=np.float32)
