"""The encoder's vectors to the joint space."""

from __future__ import annotations

import numpy as np

from hallscribed.adapters.models.bundle import Bundle
from hallscribed.domain.embedding import JOINT_DIMENSIONS, EmbeddingSpace, Matrix, Vector, normalise
from hallscribed.domain.errors import Misconfigured
from hallscribed.ports import Runtime

TEXT = "text"
_SEED = 20260101
# Rows a run at most; fewer are filled up to a power of two, since a runtime prepares, and remembers, each length.
_BATCH = 256


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


class HeadsProjection:
    """Behind ports.Projection: two trained heads, of which one takes pictures' and one texts' vectors to one space.

    Threads may share it.

    Args:
        bundle: of kind projection, found sound by ``check_joins``.
        visual, text: runtimes with its two graphs open.
        match_cosine: a text and a picture this near belong together.
    """

    def __init__(self, bundle: Bundle, visual: Runtime, text: Runtime, match_cosine: float) -> None:
        self.match_cosine = match_cosine
        manifest, words = bundle.manifest, bundle.part(TEXT)
        self._space = bundle.space
        self._visual = visual, manifest.inputs[0].name, manifest.outputs[0].name, manifest.inputs[0].shape[-1]
        self._text = text, words.inputs[0].name, words.outputs[0].name, words.inputs[0].shape[-1]

    @property
    def space(self) -> EmbeddingSpace:
        """The joint space; aligned with text."""
        return self._space

    def project(self, vectors: Matrix) -> Matrix:
        """Float32 (N, D) to L2-normalised float32 (N, 768).

        Raises:
            ValueError: another width, or the head gave NaN or infinity.
            RuntimeError: the runtime failed.
        """
        return self._run(vectors, *self._visual)

    def project_text(self, vector: Vector) -> Vector:
        """A text's vector, float32 (384,), to the same space, float32 (768,); raises as ``project`` does."""
        return np.asarray(self._run(np.asarray(vector)[None], *self._text)[0], np.float32)

    def _run(self, vectors: Matrix, runtime: Runtime, name: str, output: str, width: int) -> Matrix:
        rows = np.asarray(vectors, np.float32)
        if rows.ndim != 2 or rows.shape[1] != width:
            raise ValueError(f"vectors of shape {rows.shape} are not of the {width} numbers that the head takes")
        joint = np.empty((len(rows), JOINT_DIMENSIONS), np.float32)
        for start in range(0, len(rows), _BATCH):
            part = rows[start : start + _BATCH]
            padded = np.zeros((1 << (len(part) - 1).bit_length(), width), np.float32)
            padded[: len(part)] = part
            joint[start : start + len(part)] = np.asarray(runtime.run({name: padded})[output])[: len(part)]
        if not np.isfinite(joint).all():
            raise ValueError(f"the projection {self._space.name} gave a vector that is no number")
        return normalise(joint)


def check_joins(bundle: Bundle, encoder: Bundle, text: Bundle) -> float:
    """Check that the bundle's heads take what these two make; the cosine from which on text and picture match.

    Raises:
        Misconfigured: the bundle is of another kind, of other spaces, or makes vectors that no index holds.
    """
    manifest = bundle.manifest
    if manifest.joined is None:
        raise bundle.is_not("projection")
    words = bundle.part(TEXT)
    for wanted, inputs, made in (
        (manifest.joined.visual, manifest.inputs, encoder),
        (manifest.joined.text, words.inputs, text),
    ):
        width = inputs[0].shape[-1]
        if (wanted, width) != (made.space.name, made.space.dimensions):
            raise Misconfigured(
                f"the projection {bundle.path} takes vectors of the space {wanted!r} ({width} numbers), {made.path} "
                f"makes {made.space.name!r} ({made.space.dimensions}): configure the {made.manifest.kind} that it was "
                "trained for, or a projection for this one"
            )
    widths = {part.outputs[0].shape[-1] for part in (manifest, words)}
    if widths != {JOINT_DIMENSIONS}:
        raise Misconfigured(
            f"the projection {bundle.path} makes vectors of {', '.join(map(str, sorted(widths)))} numbers, the indexes "
            f"hold {JOINT_DIMENSIONS}: export it anew"
        )
    return manifest.joined.match_cosine
