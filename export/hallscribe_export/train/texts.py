"""Sentences as the text encoder's vectors, each made once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from hallscribe_export.progress import Progress
from hallscribed.adapters.models.bundle import load
from hallscribed.adapters.models.minilm import MiniLmEncoder
from hallscribed.adapters.runtime.factory import open_runtime
from hallscribed.domain.embedding import Matrix

_AT_ONCE = 1024


class TextVectors:
    """The vectors of texts.

    Args:
        bundle: the text encoder's folder. Misconfigured when it is no sound text bundle.
        texts: all that will be asked for, each once.
    """

    def __init__(self, bundle: Path, texts: Sequence[str], progress: Progress) -> None:
        loaded, cores = load(bundle), os.cpu_count() or 1
        # Sentences are short: as many at a time as there are cores are sooner done than one on all of them.
        encoders = [MiniLmEncoder(loaded, open_runtime("openvino", loaded, 1)) for _ in range(cores)]
        self.dimensions = encoders[0].space.dimensions
        self._rows = {text: row for row, text in enumerate(texts)}
        self._vectors = np.empty((len(texts), self.dimensions), np.float32)
        progress.step(f"embedding {len(texts)} sentences")
        parts = [list(texts[start : start + _AT_ONCE]) for start in range(0, len(texts), _AT_ONCE)]
        with ThreadPoolExecutor(cores) as pool:
            found = pool.map(lambda number: encoders[number % cores].encode(parts[number]), range(len(parts)))
            for number, vectors in enumerate(found):
                self._vectors[number * _AT_ONCE : number * _AT_ONCE + len(vectors)] = vectors
                progress.advance(number + 1, len(parts))

    def of(self, texts: Sequence[str]) -> Matrix:
        """Float32 (N, 384), of length 1."""
        return np.asarray(self._vectors[[self._rows[text] for text in texts]])
