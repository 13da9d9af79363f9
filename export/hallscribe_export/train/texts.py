"""Sentences as the text encoder's vectors, each made once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hallscribe_export.progress import Progress
from hallscribe_export.train.words import Words
from hallscribed.domain.embedding import Matrix

_AT_ONCE = 1024


class TextVectors:
    """The vectors of texts.

    Args:
        bundle: the text encoder's folder. ValueError, Misconfigured when it is no sound text bundle.
        texts: all that will be asked for, each once.
    """

    def __init__(self, bundle: Path, texts: Sequence[str], progress: Progress) -> None:
        words = Words(bundle)
        self.dimensions = words.space.dimensions
        self._rows = {text: row for row, text in enumerate(texts)}
        self._vectors = np.empty((len(texts), self.dimensions), np.float32)
        progress.step(f"embedding {len(texts)} sentences")
        for start in range(0, len(texts), _AT_ONCE):
            self._vectors[start : start + _AT_ONCE] = words.encoded(texts[start : start + _AT_ONCE])
            progress.advance(min(start + _AT_ONCE, len(texts)), len(texts))

    def of(self, texts: Sequence[str]) -> Matrix:
        """Float32 (N, 384), of length 1."""
        return np.asarray(self._vectors[[self._rows[text] for text in texts]])
