"""Pairs of a picture and a text as vectors, which text is true of which picture, and batches of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hallscribed.domain.embedding import Matrix

Rows = NDArray[np.int64]

# So many pictures of a lecture stand together in a batch: each is the others' hard negative.
_OF_A_LECTURE = 32
_WORD_BITS = 64
NOTHING: Matrix = np.empty((0, 0), np.float32)


@dataclass(frozen=True)
class PairVectors:
    """Pictures, texts, and which belong together.

    Attributes:
        visual: the encoder's vectors, float32 (N, D).
        texts: the text encoder's, float32 (M, E).
        pairs: rows of pictures and of texts, int64 (P, 2).
        lecture: number of the lecture that a picture is of, int64 (N,).
        look: number of what a picture shows, int64 (N,): pictures of one number show the same.
        facts: what is true of a picture, as bits, uint64 (N, W).
        stated: what a text states, uint64 (M, W); no bit where that is not known.
        remarks: vectors of texts that speak of no picture, float32 (K, E).
    """

    visual: Matrix
    texts: Matrix
    pairs: Rows
    lecture: Rows
    look: Rows
    facts: NDArray[np.uint64]
    stated: NDArray[np.uint64]
    remarks: Matrix = field(default_factory=lambda: NOTHING)

    def true(self, pictures: Rows, pairs: Rows) -> NDArray[np.bool_]:
        """Whether the texts of ``pairs`` (rows of ``self.pairs``) are true of ``pictures``, bool (pictures, pairs).

        A text is true of its own picture, of those that show the same, and of those with all facts that it states.
        """
        own, texts = self.pairs[pairs].T
        stated = self.stated[texts]
        lacks = np.zeros((len(pictures), len(pairs)), bool)
        for word in range(stated.shape[1]):
            lacks |= (stated[None, :, word] & ~self.facts[pictures, word][:, None]) != 0
        known = stated.any(axis=1)
        return np.asarray((known[None] & ~lacks) | (self.look[pictures][:, None] == self.look[own][None]))

    def batch(self, rng: np.random.Generator, count: int, same_lecture: float) -> Rows:
        """Rows of pairs, each of another picture, about ``count``.

        Args:
            same_lecture: share of the batch that is taken many pictures at a time from one lecture.
        """
        count = min(count, len(self._pictures))
        chosen = self._together(rng, int(count * same_lecture))
        others = rng.permutation(len(self._pictures))[:count]
        places = np.concatenate([chosen, others[~np.isin(others, chosen)][: count - len(chosen)]])
        first, end = self._bounds[places], self._bounds[places + 1]
        return np.asarray(self._by_picture[rng.integers(first, end)])

    def of(self, pictures: NDArray[np.bool_]) -> PairVectors:
        """Only the pictures that are so marked, bool (N,), and their pairs; texts stay as they are."""
        number = np.cumsum(pictures) - 1
        pairs = self.pairs[pictures[self.pairs[:, 0]]]
        pairs = np.stack([number[pairs[:, 0]], pairs[:, 1]], axis=1)
        return replace(
            self,
            visual=self.visual[pictures],
            pairs=pairs,
            lecture=self.lecture[pictures],
            look=self.look[pictures],
            facts=self.facts[pictures],
        )

    def _together(self, rng: np.random.Generator, count: int) -> Rows:
        """Places in ``_pictures``, so many from one lecture after another."""
        parts: list[Rows] = []
        missing = count
        for number in rng.permutation(len(self._lectures)):
            if missing <= 0:
                break
            places = self._lectures[number]
            parts.append(rng.permutation(places)[: min(_OF_A_LECTURE, missing)])
            missing -= len(parts[-1])
        return np.concatenate(parts) if parts else np.empty(0, np.int64)

    @cached_property
    def _by_picture(self) -> Rows:
        """Rows of pairs, those of one picture next to each other."""
        return np.argsort(self.pairs[:, 0], kind="stable")

    @cached_property
    def _pictures(self) -> Rows:
        """Pictures that have texts, ascending."""
        return np.unique(self.pairs[:, 0])

    @cached_property
    def _bounds(self) -> Rows:
        """Where the pairs of each of ``_pictures`` begin in ``_by_picture``, and their end."""
        first = np.searchsorted(self.pairs[self._by_picture, 0], self._pictures)
        return np.append(first, len(self.pairs)).astype(np.int64)

    @cached_property
    def _lectures(self) -> list[Rows]:
        """Places in ``_pictures`` by lecture."""
        of = self.lecture[self._pictures]
        order = np.argsort(of, kind="stable")
        return np.split(order, np.flatnonzero(np.diff(of[order])) + 1)


def as_bits(facts: Sequence[frozenset[str]], known: Sequence[str]) -> NDArray[np.uint64]:
    """Which of the ``known`` facts each set has, uint64 (N, W)."""
    words = max(1, -(-len(known) // _WORD_BITS))
    number = {fact: place for place, fact in enumerate(known)}
    bits = np.zeros((len(facts), words), np.uint64)
    for row, each in enumerate(facts):
        for fact in each:
            word, bit = divmod(number[fact], _WORD_BITS)
            bits[row, word] |= np.uint64(1 << bit)
    return bits


def of_bits(bits: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """What ``as_bits`` made, (N, W), as bool (N, 64 W)."""
    return np.unpackbits(bits.astype("<u8").view(np.uint8), axis=1, bitorder="little").view(np.bool_)
