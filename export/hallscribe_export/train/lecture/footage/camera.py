"""What looks at the screen: the recorder itself, with a pointer and an inset, or a camera in the hall."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Protocol

import cv2
import numpy as np

from hallscribe_export.train.lecture.canvas import SEEN_HEIGHT, SEEN_WIDTH, Picture
from hallscribe_export.train.lecture.footage.cursor import Cursor
from hallscribe_export.train.lecture.footage.inset import Inset
from hallscribe_export.train.lecture.footage.sensor import Sensor, coarse
from hallscribe_export.train.lecture.footage.setting import Setting
from hallscribe_export.train.lecture.page import Fact

_RECORDED = Fact(
    "view",
    "screen",
    ("as a screen recording", "recorded straight from the screen", "captured from the screen"),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a camera sees.

    Attributes:
        picture: uint8 (360, 640, 3), RGB.
        facts: about the scene, not the page.
        hidden: share of the page's content that something is in front of, 0..1.
    """

    picture: Picture
    facts: tuple[Fact, ...]
    hidden: float


class Camera(Protocol):
    """Something that looks at pages; each look is a second later."""

    def look(self, page: Picture, content: Picture) -> Seen:
        """See a page; ``content`` is the mask, uint8 (360, 640), of what is on it."""
        ...


class Screen:
    """A recording of the screen itself."""

    def __init__(self, setting: Setting, rng: Random) -> None:
        fixed = Random(setting.seed)
        self._scale = setting.scale
        self._inset = Inset(setting.split, fixed) if setting.inset else None
        self._cursor = Cursor(rng)
        self._sensor = Sensor(setting, rng)
        self._page: Picture | None = None
        self._coarse = np.zeros((0, 0, 3), np.uint8)

    def look(self, page: Picture, content: Picture) -> Seen:
        """See a page; ``content`` is the mask, uint8 (360, 640), of what is on it."""
        if self._page is not page:
            self._page, self._coarse = page, coarse(page, self._scale)
        picture = self._coarse.copy()
        facts, share = (_RECORDED, *self._cursor.draw(picture)), 0.0
        if self._inset is not None:
            mask = np.zeros((SEEN_HEIGHT, SEEN_WIDTH), np.uint8)
            self._inset.draw(picture, mask)
            facts += self._inset.facts
            share = hidden(content, mask)
        return Seen(self._sensor.record(picture), facts, share)


def hidden(content: Picture, mask: Picture) -> float:
    """Which share of a content mask another mask covers, both uint8 (360, 640) of 255 and 0."""
    every = cv2.countNonZero(content)
    return cv2.countNonZero(cv2.bitwise_and(content, mask)) / every if every else 0.0
