"""MiniLM: texts to passage vectors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tokenizers import Encoding, Tokenizer

from hallscribed.adapters.models.bundle import Bundle
from hallscribed.domain.embedding import EmbeddingSpace, Matrix, normalise
from hallscribed.domain.errors import Misconfigured
from hallscribed.ports import Runtime

# Lengths are rounded up and batches are small, so that a runtime sees few different shapes (it prepares each, in ten
# milliseconds, and remembers it, in a megabyte), and so that a query never waits long behind passages.
_LEAST_LENGTH = 8
_BATCH_TEXTS = 8
_BATCH_TOKENS = 1024


class MiniLmEncoder:
    """Behind ports.TextEncoder; threads may share it.

    Args:
        bundle: of kind text.
        runtime: with the bundle's graph open.

    Raises:
        Misconfigured: the bundle is of another kind.
    """

    def __init__(self, bundle: Bundle, runtime: Runtime) -> None:
        tokens = bundle.manifest.tokens
        if tokens is None:
            raise Misconfigured(f"{bundle.path} is a {bundle.manifest.kind} bundle: configure one of kind text")
        self._tokenizer = _read_tokenizer(bundle.path / tokens.tokenizer)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(tokens.max_tokens)
        self._max_tokens = tokens.max_tokens
        self._ids, self._mask = (tensor.name for tensor in bundle.manifest.inputs)
        self._output = bundle.manifest.outputs[0].name
        self._space = bundle.space
        self._runtime = runtime

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
        # One by one: a batch would start a pool of threads on every core for what takes microseconds.
        read = [self._tokenizer.encode(text) for text in texts]
        for batch in _batches(read):
            vectors[batch] = self._run([read[row] for row in batch])
        if not np.isfinite(vectors).all():
            raise ValueError("the text encoder gave a vector that is no number")
        return normalise(vectors)

    def is_cut(self, text: str) -> bool:
        """True when ``encode`` would not read this text to its end."""
        return bool(self._tokenizer.encode(text).overflowing)

    def _run(self, read: Sequence[Encoding]) -> Matrix:
        length = min(_padded(max(len(each.ids) for each in read)), self._max_tokens)
        ids = np.zeros((len(read), length), np.int64)
        mask = np.zeros((len(read), length), np.int64)
        for row, each in enumerate(read):
            ids[row, : len(each.ids)] = each.ids
            mask[row, : len(each.ids)] = 1
        outputs = self._runtime.run({self._ids: ids, self._mask: mask})
        return np.asarray(outputs[self._output], np.float32)


def _read_tokenizer(file: Path) -> Tokenizer:
    try:
        return Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises nothing narrower
        raise Misconfigured(f"{file} is no tokenizer ({error}): export the bundle anew") from error


def _padded(length: int) -> int:
    """8, 12, 16, 24, 32, 48 and so on: a power of two, or three quarters of one."""
    power = 1 << (max(length, _LEAST_LENGTH) - 1).bit_length()
    return power * 3 // 4 if power > _LEAST_LENGTH and length <= power * 3 // 4 else power


def _batches(read: Sequence[Encoding]) -> list[list[int]]:
    """Row numbers of texts of like length, together: padding is work for nothing.

    By ones, twos, fours and eights: a runtime keeps what it has prepared for every shape that it has ever seen.
    """
    batches: list[list[int]] = []
    for row in sorted(range(len(read)), key=lambda row: len(read[row].ids)):
        tokens = _padded(len(read[row].ids))
        batch = batches[-1] if batches else None
        if batch is None or len(batch) == _BATCH_TEXTS or (len(batch) + 1) * tokens > _BATCH_TOKENS:
            batches.append([row])
        else:
            batch.append(row)
    return [part for batch in batches for part in _by_powers(batch)]


def _by_powers(batch: list[int]) -> list[list[int]]:
    """Parts of 1, 2, 4 … rows, the largest first."""
    parts = []
    while batch:
        size = 1 << (len(batch).bit_length() - 1)
        parts.append(batch[:size])
        batch = batch[size:]
    return parts
