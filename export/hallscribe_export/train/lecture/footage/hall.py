"""A camera in a hall: a projected page, and the speaker who walks in front of it."""

from __future__ import annotations

from functools import lru_cache
from random import Random

import cv2
import numpy as np

from hallscribe_export.train.lecture.canvas import SEEN_HEIGHT, SEEN_WIDTH, Picture
from hallscribe_export.train.lecture.footage.camera import Seen, hidden
from hallscribe_export.train.lecture.footage.room import Room
from hallscribe_export.train.lecture.footage.sensor import Sensor
from hallscribe_export.train.lecture.footage.setting import Setting
from hallscribe_export.train.lecture.footage.speaker import Figure, Pose, draw_person, figure
from hallscribe_export.train.lecture.page import NOUN, Fact, Split

_ABSENT = Fact(
    "speaker", "absent", ("with nobody standing in front of it", "with no speaker in view", "without a speaker")
)
_STANDING = Fact(
    NOUN,
    "speaker",
    ("a speaker in front of the screen", "a lecturer standing by the screen", "someone standing at the screen"),
)
_POINTING = Fact(
    NOUN,
    "pointing",
    ("a speaker pointing at the screen", "someone pointing at the slide", "a lecturer pointing at the slide"),
)
_SIDES = {
    "left": ("with the speaker at the left", "with the lecturer standing on the left", "with someone on the left"),
    "right": ("with the speaker at the right", "with the lecturer standing on the right", "with someone on the right"),
    "middle": ("with the speaker in the middle", "with the lecturer standing in the middle"),
}
# Of this less than a person is not told as one.
_LEAST_SEEN = 1200


@lru_cache(8)
def _fixed(split: Split, seed: int) -> tuple[Room, Figure, float]:
    """The hall of a lecture, its speaker, and how tall they are there."""
    rng = Random(seed)
    room = Room(split, rng)
    who = figure(rng, split).lit(min(1.0, 0.2 + room.light))
    return room, who, SEEN_HEIGHT * rng.uniform(0.42, 0.8)


class Hall:
    """A camera in a hall."""

    def __init__(self, setting: Setting, rng: Random) -> None:
        self._room, self._who, self._tall = _fixed(setting.split, setting.seed)
        self._rng = rng
        self._sensor = Sensor(setting, rng, rng.uniform(0, 0.5))
        self._there = rng.random() < 0.75
        self._foot = SEEN_HEIGHT * rng.uniform(0.98, 1.12)
        self._x = self._goal = self._standing()
        self._shaking = rng.random() < 0.3
        self._page: Picture | None = None
        self._projected = self._room.empty
        self._content: Picture | None = None
        self._placed = np.zeros((SEEN_HEIGHT, SEEN_WIDTH), np.uint8)

    def look(self, page: Picture, content: Picture) -> Seen:
        """See a page; ``content`` is the mask, uint8 (360, 640), of what is on it."""
        if self._page is not page:
            self._page, self._projected = page, self._room.project(page)
        if self._content is not content:
            self._content, self._placed = content, self._room.place(content)
        picture, mask = self._projected.copy(), np.zeros((SEEN_HEIGHT, SEEN_WIDTH), np.uint8)
        pose = self._pose()
        if pose is not None:
            draw_person(picture, self._who, pose, mask)
        facts = self._room.facts + self._told(pose, cv2.countNonZero(mask))
        self._room.seat(picture, mask)
        if self._shaking and self._rng.random() < 0.4:
            picture = self._shaken(picture)
        return Seen(self._sensor.record(picture), facts, hidden(self._placed, mask))

    def _standing(self) -> float:
        """Where to stand: mostly beside the screen."""
        left, right = float(self._room.corners[:, 0].min()), float(self._room.corners[:, 0].max())
        beside = (left * 0.5 + 20, right + (SEEN_WIDTH - right) * 0.5 - 20)
        return self._rng.choice((*beside, *beside, self._rng.uniform(left, right)))

    def _pose(self) -> Pose | None:
        """How the speaker stands a second later; None while they are out of the picture."""
        rng = self._rng
        if rng.random() < (0.03 if self._there else 0.07):
            self._there = not self._there
        if rng.random() < 0.12:
            self._goal = self._standing()
        step = max(-45.0, min(45.0, self._goal - self._x))
        self._x += step + rng.gauss(0, 2)
        if not self._there:
            return None
        reach = None
        if abs(step) < 5 and rng.random() < 0.35:
            middle = self._room.corners.mean(0)
            high = self._foot - self._tall
            reach = (float(middle[0]) + rng.gauss(0, 60), high + self._tall * rng.uniform(-0.1, 0.3))
            if abs(reach[0] - self._x) < 0.2 * self._tall:
                reach = None
        stride = 0.12 if abs(step) > 20 else rng.uniform(0.02, 0.06)
        back = reach is not None and rng.random() < 0.3
        return Pose(self._x, self._foot, self._tall, back, reach, stride, rng.gauss(0, 0.01))

    def _told(self, pose: Pose | None, seen: int) -> tuple[Fact, ...]:
        """What is to be said of the speaker."""
        if pose is None or seen < _LEAST_SEEN:
            return () if pose is not None else (_ABSENT,)
        third = pose.x / SEEN_WIDTH * 3
        side = "left" if third < 1.05 else "right" if third > 1.95 else "middle"
        noun = _STANDING if pose.reach is None else _POINTING
        told: tuple[Fact, ...] = (noun, Fact("speaker", side, _SIDES[side]))
        if self._room.light > 0.4:
            name = self._who.shirt_name
            phrases = (f"with a speaker in a {name} shirt", f"with a speaker dressed in {name}")
            told += (Fact("speaker shirt", name, phrases),)
        return told

    def _shaken(self, picture: Picture) -> Picture:
        x, y = self._rng.gauss(0, 1.5), self._rng.gauss(0, 1.2)
        move = np.array([[1, 0, x], [0, 1, y]], np.float32)
        size = (SEEN_WIDTH, SEEN_HEIGHT)
        return np.asarray(cv2.warpAffine(picture, move, size, borderMode=cv2.BORDER_REPLICATE), np.uint8)
