"""The speaker in a small picture in a corner of the page."""

from __future__ import annotations

from random import Random

import cv2
import numpy as np

from hallscribe_export.train.lecture.canvas import SEEN_HEIGHT, SEEN_WIDTH, Colour, Picture, blend
from hallscribe_export.train.lecture.footage.speaker import Pose, draw_person, figure
from hallscribe_export.train.lecture.page import Fact, Split

_CORNERS = ("lower right", "lower right", "upper right", "lower left", "upper left")
_GROUNDS: tuple[Colour, ...] = ((206, 202, 196), (92, 104, 118), (232, 230, 226), (56, 50, 48), (148, 164, 150))


class Inset:
    """A small picture of a person who speaks, always in the same corner.

    Attributes:
        facts: what can be said of it.
    """

    def __init__(self, split: Split, rng: Random) -> None:
        self._rng = rng
        self._who = figure(rng, split)
        corner = rng.choice(_CORNERS)
        self._round = rng.random() < 0.25
        wide = rng.randint(104, 176)
        high = wide if self._round else round(wide * rng.choice((0.5625, 0.75, 1.0)))
        edge = rng.choice((0, 0, 8, 14))
        left = edge if "left" in corner else SEEN_WIDTH - wide - edge
        top = edge if "upper" in corner else SEEN_HEIGHT - high - edge
        self._box = left, top, left + wide, top + high
        self._room = _room(rng, wide, high)
        self._framed = rng.random() < 0.5
        self._size = rng.uniform(1.5, 2.6)
        noun = ("a small picture of the speaker in a corner", "a slide with the speaker in a small window")
        self.facts = (
            Fact("kind", "inset", noun),
            Fact(
                "inset",
                corner,
                (
                    f"with a small picture of the speaker in the {corner} corner",
                    f"with the speaker in a small window at the {corner}",
                    f"with the lecturer's camera picture in the {corner} corner",
                ),
            ),
        )

    def draw(self, picture: Picture, mask: Picture) -> None:
        """Draw the person as they are a second later, in place, and into ``mask``, uint8 (H, W), what is hidden."""
        left, top, right, bottom = self._box
        small = self._room.copy()
        high, wide = small.shape[:2]
        rng = self._rng
        x = wide * (0.5 + rng.gauss(0, 0.03))
        tall = high * self._size
        foot = high * 0.2 + tall + high * rng.gauss(0, 0.012)
        reach = (x + wide * rng.choice((-0.4, 0.4)), high * rng.uniform(0.4, 0.8)) if rng.random() < 0.3 else None
        draw_person(small, self._who, Pose(x, foot, tall, reach=reach, lean=rng.gauss(0, 0.01)))
        part = picture[top:bottom, left:right]
        if self._round:
            circle = np.zeros((high, wide), np.uint8)
            cv2.circle(circle, (wide // 2, high // 2), wide // 2 - 1, 255, -1)
            cv2.copyTo(small, circle, part)
            mask[top:bottom, left:right] |= circle
            return
        part[...] = small
        mask[top:bottom, left:right] = 255
        if self._framed:
            cv2.rectangle(picture, (left, top), (right - 1, bottom - 1), (240, 240, 240), 2)


def _room(rng: Random, wide: int, high: int) -> Picture:
    """What is behind the person: a wall, with a shelf or a window."""
    ground = rng.choice(_GROUNDS)
    room = np.full((high, wide, 3), ground, np.uint8)
    for _ in range(rng.randint(0, 4)):
        x, y = rng.randrange(wide), rng.randrange(high)
        size = rng.randint(12, 60), rng.randint(12, 60)
        tint = blend(ground, (rng.randrange(256), rng.randrange(256), rng.randrange(256)), 0.35)
        cv2.rectangle(room, (x, y), (x + size[0], y + size[1]), tint, -1)
    return np.asarray(cv2.GaussianBlur(room, (0, 0), rng.choice((1, 3))), np.uint8)
