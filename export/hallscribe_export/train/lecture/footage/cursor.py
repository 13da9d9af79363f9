"""A mouse pointer that wanders over the page and rests."""

from __future__ import annotations

from random import Random

import cv2
import numpy as np

from hallscribe_export.train.lecture.canvas import SEEN_HEIGHT, SEEN_WIDTH, Colour, Picture
from hallscribe_export.train.lecture.page import Fact

_ARROW = np.array([[0, 0], [0, 17], [4, 13], [7, 19], [9.5, 18], [6.5, 12], [12, 12]], np.float32)
_SPOT = Fact(
    "cursor",
    "spot",
    ("with a yellow spot around the mouse pointer", "with the mouse pointer highlighted", "with a highlighted cursor"),
)
_YELLOW: Colour = (255, 230, 40)


class Cursor:
    """A mouse pointer; now and then it is not there, in some lectures it has a bright disc around it."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._at = np.array([rng.uniform(0, SEEN_WIDTH), rng.uniform(0, SEEN_HEIGHT)])
        self._there = rng.random() < 0.6
        self._light = rng.random() < 0.5
        self._size = rng.uniform(0.6, 1.2)
        self._spot = rng.random() < 0.12

    def draw(self, picture: Picture) -> tuple[Fact, ...]:
        """Move on by a second and draw the pointer in place; what can be said of it."""
        rng = self._rng
        if rng.random() < 0.12:
            self._there = not self._there
        if rng.random() < 0.35:
            goal = np.array([rng.uniform(0, SEEN_WIDTH), rng.uniform(0, SEEN_HEIGHT)])
            self._at += (goal - self._at) * rng.uniform(0.2, 1)
        if not self._there:
            return ()
        if self._spot:
            self._disc(picture)
        points = np.round((_ARROW * self._size + self._at) * 16).astype(np.int32)
        inside, edge = ((250, 250, 250), (10, 10, 10)) if self._light else ((10, 10, 10), (250, 250, 250))
        cv2.fillPoly(picture, [points], inside, cv2.LINE_AA, 4)
        cv2.polylines(picture, [points], True, edge, 1, cv2.LINE_AA, 4)
        return (_SPOT,) if self._spot else ()

    def _disc(self, picture: Picture) -> None:
        x, y = (int(each) for each in self._at)
        part = picture[max(y - 20, 0) : y + 20, max(x - 20, 0) : x + 20]
        if part.size:
            disc = part.copy()
            cv2.circle(disc, (x - max(x - 20, 0), y - max(y - 20, 0)), 18, _YELLOW, -1, cv2.LINE_AA)
            cv2.addWeighted(disc, 0.55, part, 0.45, 0, part)
