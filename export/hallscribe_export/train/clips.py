"""Pairs of frames to train an encoder with, drawn from shards."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from hallscribe_export.progress import Progress
from hallscribe_export.train.sample import Sample, read_samples

# Clips of a batch that come from one lecture: pages of one deck are the hard negatives of each other.
FROM_ONE_LECTURE = 4
# One in so many of a batch's pairs is of one lecture; the others' frames have nothing to do with each other, and none
# shows what another does, as several of one film do.
_TRUE_PAIRS = 3
_OVER_A_CHANGE = 0.3
# A fact that only one in so many frames has is not learnt by itself.
_OFTEN = 1500


@dataclass(frozen=True, slots=True)
class Stored:
    """A frame in memory: uint8 (S, S, 3), RGB, what is true of it, and its number among all that there are."""

    picture: NDArray[np.uint8]
    lecture: str
    time_s: float
    page: int
    step: int
    other_look: bool
    facts: frozenset[str]
    texts: tuple[tuple[str, frozenset[str]], ...]
    number: int = -1


@dataclass(frozen=True, slots=True)
class Batch:
    """Pairs of frames, the first of all pairs before the second of all; the pairs of one lecture come first.

    Attributes:
        frames: their numbers, (2 B,).
        pictures: uint8 (2 B, S, S, 3), RGB.
        page: number of what is shown, (2 B,): lecture and page.
        step: of the page's build, (2 B,).
        facts: of each frame.
        texts: of each frame, with the facts that each states.
    """

    frames: NDArray[np.int64]
    pictures: NDArray[np.uint8]
    page: NDArray[np.int64]
    step: NDArray[np.int64]
    facts: list[frozenset[str]]
    texts: list[tuple[tuple[str, frozenset[str]], ...]]


class Clips:
    """The frames of many lectures, decoded (150 KB of memory each at 224 pixels), and batches of pairs of them.

    Args:
        files: shards; what is held out in them is passed over.
        side: of the pictures, S.

    Attributes:
        stored: every frame, by its number.
        facts: the facts that many frames have, each with a number.
    """

    def __init__(self, files: Sequence[Path], side: int, progress: Progress) -> None:
        self.side = side
        self.stored: list[Stored] = []
        self._lectures: dict[str, list[Stored]] = defaultdict(list)
        progress.step("reading shards")
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            for number, found in enumerate(pool.map(partial(_stored, side=side), files)):
                for each in found:
                    stored = replace(each, number=len(self.stored))
                    self.stored.append(stored)
                    self._lectures[stored.lecture].append(stored)
                progress.advance(number + 1, len(files))
        # Of what was only glanced at no two frames show the same.
        self._looks = [each for each in self.stored if each.other_look] or self.stored
        self._filmed = sorted({each.lecture for each in self.stored if not each.other_look})
        self._numbers = {name: number for number, name in enumerate(sorted(self._lectures))}
        counts = Counter(fact for each in self.stored for fact in each.facts)
        often = sorted(fact for fact, count in counts.items() if count * _OFTEN >= len(self.stored))
        self.facts = {fact: number for number, fact in enumerate(often)}
        if not self._filmed:
            raise ValueError("the shards hold no footage: render some lectures first, and glances beside them")

    @property
    def lectures(self) -> int:
        """How many there are."""
        return len(self._lectures)

    def texts(self) -> list[str]:
        """Every sentence there is, once."""
        return sorted({text for each in self.stored for text, _ in each.texts})

    def batch(self, rng: np.random.Generator, size: int) -> Batch:
        """``size`` pairs."""
        true = -(-size // _TRUE_PAIRS)
        chosen = rng.choice(len(self._filmed), -(-true // FROM_ONE_LECTURE), replace=len(self._filmed) * 4 < true)
        pairs = [pair for number in chosen for pair in self._pairs(rng, self._lectures[self._filmed[number]])][:true]
        others = [self._looks[number] for number in rng.integers(len(self._looks), size=2 * (size - true))]
        pairs += zip(others[::2], others[1::2], strict=True)
        frames = [first for first, _ in pairs] + [second for _, second in pairs]
        return Batch(
            np.array([each.number for each in frames]),
            np.stack([each.picture for each in frames]),
            np.array([self._numbers[each.lecture] * 10_000 + each.page for each in frames]),
            np.array([each.step for each in frames]),
            [each.facts for each in frames],
            [each.texts for each in frames],
        )

    def some(self, rng: np.random.Generator, count: int) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        """Pictures (count, S, S, 3) at random, and which ``facts`` are true of them."""
        frames = [self.stored[number] for number in rng.integers(len(self.stored), size=count)]
        return np.stack([each.picture for each in frames]), self.true([each.facts for each in frames])

    def true(self, facts: Sequence[frozenset[str]]) -> NDArray[np.bool_]:
        """Which of the numbered facts each of N pictures has, (N, facts)."""
        true = np.zeros((len(facts), len(self.facts)), bool)
        for row, each in enumerate(facts):
            true[row, [self.facts[fact] for fact in each if fact in self.facts]] = True
        return true

    def _pairs(self, rng: np.random.Generator, frames: list[Stored]) -> list[tuple[Stored, Stored]]:
        firsts = rng.choice(len(frames), FROM_ONE_LECTURE, replace=len(frames) < FROM_ONE_LECTURE)
        return [(frames[first], self._second(rng, frames, int(first))) for first in firsts]

    def _second(self, rng: np.random.Generator, frames: list[Stored], first: int) -> Stored:
        """Another look at the same, or what comes next."""
        seen = frames[first]
        if rng.random() < _OVER_A_CHANGE:
            later = next((each for each in frames[first + 1 :] if each.page != seen.page and not each.other_look), None)
            if later is not None:
                return later
        same = [each for each in frames if (each.page, each.step) == (seen.page, seen.step) and each is not seen]
        return same[rng.integers(len(same))] if same else seen


def _stored(file: Path, side: int) -> list[Stored]:
    try:
        return [_read(each, side) for each in read_samples(file) if each.told["split"] == "train"]
    except KeyError as error:
        raise ValueError(f"{file} holds a frame that does not say its {error}: render it again") from error


def _read(sample: Sample, side: int) -> Stored:
    told = sample.told
    return Stored(
        np.asarray(cv2.resize(sample.picture, (side, side), interpolation=cv2.INTER_AREA), np.uint8),
        told["lecture"],
        told["time_s"],
        told["page"],
        told["step"],
        told.get("other_look", False),
        frozenset(told["facts"]),
        tuple((each["text"], frozenset(each["facts"])) for each in told["sentences"]),
    )
