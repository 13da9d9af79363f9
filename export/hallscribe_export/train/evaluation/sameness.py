"""The same slide or not: whether two looks at one page are more alike than looks at two pages of its deck."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from random import Random

import numpy as np
from numpy.typing import NDArray

from hallscribe_export.graph.port import Array
from hallscribe_export.train.evaluation.looks import Camera, at_the_screen
from hallscribe_export.train.evaluation.material import seen
from hallscribe_export.train.evaluation.metrics import auc, cosines
from hallscribe_export.train.evaluation.pixels import hash_likeness, pixel_likeness
from hallscribe_export.train.evaluation.rows import Bar, Row
from hallscribe_export.train.lecture.canvas import Picture
from hallscribe_export.train.lecture.deck import Lecture
from hallscribe_export.train.lecture.footage.film import disturbed
from hallscribe_export.train.lecture.footage.setting import SETTINGS, Setting

SECTION = "same slide or not"
PIXELS, HASH = "pixel difference", "perceptual hash"
OVERALL, IN_THE_HALL = Bar(least=0.99), Bar(above=(PIXELS, HASH))


# Two kinds are filmed as rendered lectures are, the others by ``looks``: that code made no training data. There the
# camera in the hall is nudged between the looks, so that they are skewed differently.
SCREEN, HALL, OTHER_SCREEN, OTHER_HALL = KINDS = (
    "recorded screen",
    "hall camera",
    "recorded screen, disturbed by other code",
    "nudged hall camera, other code",
)
_SCREENS = ("screen", "inset")

Look = Callable[[Picture, Random], Picture]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two looks, uint8 (S, S, 3) each.

    Attributes:
        same: whether they are at the same page; else at two of one deck.
        kind: one of ``KINDS``.
    """

    first: NDArray[np.uint8]
    second: NDArray[np.uint8]
    same: bool
    kind: str


def pairs(lectures: Iterable[Lecture], side: int) -> Iterator[Pair]:
    """Of each page of each lecture a pair of looks at it, and one with a look at another page of its deck.

    Pages whose pictures are the very same (a deck can have two blank ones) make no pair. The kinds of looks take turns;
    both looks of a pair are from one place.
    """
    turn = 0
    for each in lectures:
        rng = Random(f"{each.name} pairs")
        shown = [page.steps[-1] for page in each.pages]
        for picture in shown:
            others = [other for other in shown if not np.array_equal(other, picture)]
            if not others:
                continue
            kind = KINDS[turn % len(KINDS)]
            look = _look(kind, rng)
            for same, other in ((True, picture), (False, rng.choice(others))):
                first, second = (seen(look(page, rng), side) for page in (picture, other))
                yield Pair(first, second, same, kind)
            turn += 1


def _look(kind: str, rng: Random) -> Look:
    if kind == OTHER_SCREEN:
        return at_the_screen
    if kind == OTHER_HALL:
        return Camera(rng).look
    setting = SETTINGS["hall" if kind == HALL else rng.choice(_SCREENS)](rng, "test")
    return partial(_filmed, setting=setting)


def _filmed(page: Picture, rng: Random, setting: Setting) -> Picture:
    return disturbed(page, rng, setting)


def measure(material: Iterator[Pair], count: int, encode: Callable[[NDArray[np.uint8]], Array]) -> list[Row]:
    """The rows of ``count`` pairs; ``encode`` takes pictures uint8 (N, S, S, 3) to vectors (N, D)."""
    chosen = list(islice(material, count))
    first, second = np.stack([each.first for each in chosen]), np.stack([each.second for each in chosen])
    same, kind = np.array([each.same for each in chosen]), np.array([each.kind for each in chosen])
    likeness = {
        "": cosines(encode(first), encode(second)),
        PIXELS: pixel_likeness(first, second),
        HASH: hash_likeness(first, second),
    }
    hall = np.isin(kind, (HALL, OTHER_HALL))
    parts: list[tuple[str, NDArray[np.bool_], Bar | None]] = [
        ("all pairs", np.ones_like(hall), OVERALL),
        ("all hall cameras", hall, IN_THE_HALL),
        *((name, kind == name, None) for name in KINDS),
    ]
    rows = []
    for what, of, bar in parts:
        values = {name: auc(each[of & same], each[of & ~same]) for name, each in likeness.items()}
        told = f"AUC of the cosine, {what} ({int((of & same).sum())} same, {int((of & ~same).sum())} not)"
        rows.append(Row(SECTION, told, values.pop(""), bar, values, digits=4))
    return rows
