"""What the model is tried on: frames of rendered lectures, made anew from their seeds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray

from hallscribe_export.train.lecture.deck import Lecture, lecture
from hallscribe_export.train.lecture.frame import Frame
from hallscribe_export.train.lecture.page import Fact, Split

Pictures = NDArray[np.uint8]

# Lectures of the test split from these seeds on, a range for each part, so that no part sees another's.
RETRIEVAL_SEED, SAMENESS_SEED, COHERENCE_SEED = 0, 10_000, 20_000


@dataclass(frozen=True, slots=True)
class Shown:
    """Frames as an encoder sees them.

    Attributes:
        pictures: uint8 (N, S, S, 3), RGB.
        facts: of each.
        lectures: of each the name of its lecture.
    """

    pictures: Pictures
    facts: tuple[tuple[Fact, ...], ...]
    lectures: tuple[str, ...]


def seen(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """The whole of a picture in a square of ``side`` pixels, as the daemon's encoder prepares it."""
    return np.asarray(cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def lectures(split: Split, first: int) -> Iterator[Lecture]:
    """The lectures of a split from a seed on, without end."""
    seed = first
    while True:
        yield lecture(seed, split)
        seed += 1


def one_a_page(split: Split, first: int, count: int, side: int) -> Shown:
    """``count`` frames, one at random of each stay at a page's step that is the last before another page."""
    pictures, facts, names = [], [], []
    for each in lectures(split, first):
        rng = Random(f"{each.name} evaluation")
        for stay in stays(each.frames()):
            frame = rng.choice(stay)
            pictures.append(seen(frame.picture, side))
            facts.append(frame.facts)
            names.append(each.name)
            if len(pictures) == count:
                return Shown(np.stack(pictures), tuple(facts), tuple(names))
    raise AssertionError("lectures have no end")


def stays(frames: Iterable[Frame]) -> Iterator[Sequence[Frame]]:
    """For each stay at a page, the frames of its last step; a page shown again is another stay."""
    stay: list[Frame] = []
    for frame in frames:
        if stay and frame.change == "page":
            yield stay
            stay = []
        elif stay and frame.step != stay[-1].step:
            stay = []
        stay.append(frame)
    if stay:
        yield stay
