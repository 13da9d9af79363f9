"""The text encoder that a projection is trained for."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from hallscribe_export.verification.values import cores
from hallscribed.adapters.models.bundle import load
from hallscribed.adapters.models.minilm import MiniLmEncoder
from hallscribed.adapters.runtime.factory import open_runtime
from hallscribed.domain.embedding import EmbeddingSpace, Matrix

_AT_ONCE = 8


class Words:
    """A text bundle's encoder, as many as there are cores: short texts are sooner done so than one on all of them.

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
        name = "openvino" if "openvino" in names else names[0]
        self._encoders = [MiniLmEncoder(bundle, open_runtime(name, bundle, 1), _AT_ONCE) for _ in range(cores())]
        self._known: dict[str, Matrix] = {}
        self.digest = bundle.manifest.manifest_sha256

    @property
    def space(self) -> EmbeddingSpace:
        """Of its vectors."""
        return self._encoders[0].space

    def encoded(self, texts: Sequence[str]) -> Matrix:
        """Vectors of length 1, float32 (N, E)."""
        count = len(self._encoders)
        vectors = np.empty((len(texts), self.space.dimensions), np.float32)

        def encode(number: int) -> None:
            vectors[number::count] = self._encoders[number].encode(texts[number::count])

        with ThreadPoolExecutor(count) as pool:
            list(pool.map(encode, range(count)))
        return vectors

    def of(self, texts: Sequence[str]) -> Matrix:
        """The same; the vector of a text is made once."""
        new = sorted(set(texts) - self._known.keys())
        self._known.update(zip(new, self.encoded(new), strict=True))
        vectors = [self._known[text] for text in texts]
        return np.stack(vectors) if vectors else np.empty((0, self.space.dimensions), np.float32)
