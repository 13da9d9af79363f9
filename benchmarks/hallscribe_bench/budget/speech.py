"""Lectures' worth of talk in made-up words, as often said as those of a language are."""

from __future__ import annotations

from itertools import product

import numpy as np

# The n-th commonest of so many words is one in proportion to 1 / (n + 2.7) (Mandelbrot 1953, after Zipf).
_WORDS, _OFFSET = 20_000, 2.7
# Words that say nothing, as "the" and "of", are the first of any language; nobody asks for them alone.
_EMPTY = 100
_ONSETS, _VOWELS = "bdfgklmnprstvz", "aeiou"
_CUE_WORDS = 15


class Talk:
    """Sentences and questions without end; the same seed gives the same ones."""

    def __init__(self, seed: int) -> None:
        self._numbers = np.random.default_rng([seed, 6])
        syllables = ["".join(pair) for pair in product(_ONSETS, _VOWELS)]
        # Four syllables, so that no two words have one stem.
        words = self._numbers.choice(len(syllables) ** 3, _WORDS, replace=False)
        base = len(syllables)
        self._words = [
            syllables[word // base**2] + syllables[word // base % base] + syllables[word % base] + "xo"
            for word in words.tolist()
        ]
        frequency = 1 / (np.arange(_WORDS) + 1 + _OFFSET)
        self._said = frequency / frequency.sum()
        self._asked = np.where(np.arange(_WORDS) < _EMPTY, 0, frequency)
        self._asked /= self._asked.sum()

    def sentences(self, count: int) -> list[str]:
        """As many, of fifteen words each: six seconds of speech."""
        drawn = self._numbers.choice(_WORDS, (count, _CUE_WORDS), p=self._said)
        return [" ".join(self._words[word] for word in each) for each in drawn.tolist()]

    def question(self) -> str:
        """Three to seven words."""
        drawn = self._numbers.choice(_WORDS, int(self._numbers.integers(3, 8)), p=self._asked)
        return " ".join(self._words[word] for word in drawn.tolist())
