"""MiniLM: texts to passage vectors."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from hallscribed.adapters.models.bundle import Bundle
from hallscribed.domain.embedding import EmbeddingSpace, Matrix, normalise
from hallscribed.domain.errors import Misconfigured
from hallscribed.ports import Runtime

# Lengths are rounded up to few: a runtime prepares each shape that it meets, in ten milliseconds, and remembers it for
# good, in a megabyte or three.
_LEAST_LENGTH = 8


class MiniLmEncoder:
    """Behind ports.TextEncoder; threads may share it.

    Args:
        bundle: of kind text.
        runtime: with the bundle's graph open.
        at_once: so many texts of about one length are encoded together. More than one saves half of the time, but each
            count is a further shape to remember, and a question would wait behind all of them.

    Raises:
        Misconfigured: the bundle is of another kind.
    """

    def __init__(self, bundle: Bundle, runtime: Runtime, at_once: int = 1) -> None:
        tokens = bundle.manifest.tokens
        if tokens is None:
            raise bundle.is_not("text")
        self._tokenizer = _read_tokenizer(bundle.path / tokens.tokenizer)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(tokens.max_tokens)
        self._max_tokens = tokens.max_tokens
        self._ids, self._mask = (tensor.name for tensor in bundle.manifest.inputs)
        self._output = bundle.manifest.outputs[0].name
        self._space = bundle.space
        self._runtime, self._at_once = runtime, at_once

    @property
    def space(self) -> EmbeddingSpace:
        """The passage space."""
        return self._space

    def encode(self, texts: Sequence[str]) -> Matrix:
        """L2-normalised float32 (N, 384); a text beyond 256 tokens is cut there.

        Raises:
            ValueError: the encoder gave NaN or infinity.
            RuntimeError: the runtime failed.
        """
        vectors = np.empty((len(texts), self._space.dimensions), np.float32)
        # Read one by one: the tokenizer would start threads on every core for a batch.
        tokens = [self._tokenizer.encode(text).ids for text in texts]
        rows = sorted(range(len(texts)), key=lambda row: len(tokens[row]))
        for _, like in groupby(rows, key=lambda row: self._padded(len(tokens[row]))):
            alike = list(like)
            for first in range(0, len(alike), self._at_once):
                some = alike[first : first + self._at_once]
                vectors[some] = self._run([tokens[row] for row in some])
        if not np.isfinite(vectors).all():
            raise ValueError("the text encoder gave a vector that is no number")
        return normalise(vectors)

    def is_cut(self, text: str) -> bool:
        """True when ``encode`` would not read this text to its end."""
        return bool(self._tokenizer.encode(text).overflowing)

    def prepare(self) -> None:
        """Read a text of every length that a runtime will see, so that none that comes later waits for it."""
        for length in sorted({self._padded(tokens) for tokens in range(1, self._max_tokens + 1)}):
            self._run([[0] * length])

    def _run(self, texts: Sequence[Sequence[int]]) -> Matrix:
        longest = max(len(tokens) for tokens in texts)
        ids, mask = np.zeros((2, len(texts), self._padded(longest)), np.int64)
        for row, tokens in enumerate(texts):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        outputs = self._runtime.run({self._ids: ids, self._mask: mask})
        return np.asarray(outputs[self._output], np.float32)

    def _padded(self, tokens: int) -> int:
        """8, 12, 16, 24, 32, 48 and so on: powers of two and three quarters of them, at most what the model takes."""
        power = 1 << (max(tokens, _LEAST_LENGTH) - 1).bit_length()
        fewer = power * 3 // 4
        return min(fewer if power > _LEAST_LENGTH and tokens <= fewer else power, self._max_tokens)


def _read_tokenizer(file: Path) -> Tokenizer:
    try:
        return Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises nothing narrower
        raise Misconfigured(f"{file} is no tokenizer ({error}): export the bundle anew") from error
