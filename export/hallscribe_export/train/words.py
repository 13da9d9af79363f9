"""The text encoder that a projection is trained for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hallscribe_export.verification.values import cores
from hallscribed.adapters.models.bundle import load
from hallscribed.adapters.models.minilm import MiniLmEncoder
from hallscribed.adapters.runtime.factory import open_runtime
from hallscribed.domain.embedding import EmbeddingSpace, Matrix


class Words:
    """A text bundle's encoder; the vector of a text is made once.

    Args:
        folder: the bundle's.

    Raises:
        ValueError, Misconfigured: it is of another kind, or damaged.
    """

    def __init__(self, folder: Path) -> None:
        bundle = load(folder)
        if bundle.manifest.kind != "text":
            raise ValueError(f"{folder} is a {bundle.manifest.kind} bundle: give one of kind text with --text")
        names = tuple(bundle.manifest.runtimes)
        runtime = open_runtime("openvino" if "openvino" in names else names[0], bundle, cores())
        self._encoder = MiniLmEncoder(bundle, runtime)
        self._known: dict[str, Matrix] = {}
        self.digest = bundle.manifest.manifest_sha256

    @property
    def space(self) -> EmbeddingSpace:
        """Of its vectors."""
        return self._encoder.space

    def of(self, texts: Sequence[str]) -> Matrix:
        """Vectors of length 1, float32 (N, E)."""
        new = sorted(set(texts) - self._known.keys())
        if new:
            self._known.update(zip(new, self._encoder.encode(new), strict=True))
        vectors = [self._known[text] for text in texts]
        return np.stack(vectors) if vectors else np.empty((0, self.space.dimensions), np.float32)
