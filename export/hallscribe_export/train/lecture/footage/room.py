"""A hall around a projected page: where the screen is, walls, light, and the heads of those who sit in front."""

from __future__ import annotations

from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray

from hallscribe_export.train.lecture.canvas import SEEN_HEIGHT, SEEN_WIDTH, Colour, Picture, blend
from hallscribe_export.train.lecture.page import Fact, Split

_WALLS: dict[Split, tuple[Colour, ...]] = {
    "train": ((196, 190, 180), (150, 140, 126), (120, 130, 142), (206, 204, 200), (128, 96, 70), (90, 100, 92)),
    "validation": ((176, 180, 190), (140, 120, 100)),
    "test": ((188, 182, 188), (142, 116, 88), (110, 124, 122), (214, 206, 190)),
}
_ANGLES = {
    "left": (
        "filmed at an angle from the left",
        "seen from the left side of the hall",
        "seen slanted, nearer at the left",
    ),
    "right": (
        "filmed at an angle from the right",
        "seen from the right side of the hall",
        "seen slanted, nearer at the right",
    ),
}
_HALL = Fact(
    "view",
    "hall",
    ("filmed from the hall", "filmed by a camera in the room", "seen on the projection screen of a hall"),
)
_AUDIENCE = Fact(
    "audience",
    "heads",
    ("with heads of the audience in front", "with people sitting in front", "with the audience's heads at the bottom"),
)
_GLARE = Fact("glare", "spot", ("with glare on the screen", "with a bright spot of light on the screen"))
_CORNERS = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
_SEEN = np.array([SEEN_WIDTH, SEEN_HEIGHT], np.float32)


class Room:
    """A hall as one camera sees it.

    Attributes:
        corners: of the screen, float32 (4, 2), pixels, clockwise from the upper left.
        empty: uint8 (360, 640, 3): the hall without people, where its screen is something even.
        light: how bright it is, 0..1.
        facts: what is to be said of it.
    """

    def __init__(self, split: Split, rng: Random) -> None:
        self.light = rng.choice((rng.uniform(0.12, 0.35), rng.uniform(0.5, 0.95)))
        self.corners, angle = _screen(rng)
        self.empty = self._walls(split, rng)
        self._gain = rng.uniform(0.8, 1.0)
        # What light of the room does to a projected black.
        self._veil = rng.uniform(4, 26) + 50 * max(0.0, self.light - 0.4)
        self._vignette = _vignette(rng)
        self.glaring = rng.random() < 0.3
        self._glare = self._spot(rng) if self.glaring else None
        self._heads = _heads(rng, self.light) if rng.random() < 0.45 else None
        self._transform = self._warp((SEEN_WIDTH, SEEN_HEIGHT))
        dark = self.light < 0.4
        self.facts: tuple[Fact, ...] = (
            _HALL,
            Fact("room", "dark", ("in a dark room", "in a darkened hall"))
            if dark
            else Fact("room", "bright", ("in a bright room", "in a lit lecture hall")),
        )
        if angle:
            self.facts += (Fact("angle", angle, _ANGLES[angle]),)
        if self._heads is not None:
            self.facts += (_AUDIENCE,)
        if self.glaring:
            self.facts += (_GLARE,)

    def project(self, page: Picture) -> Picture:
        """The hall with a page, uint8 (360, 640, 3), on its screen."""
        lit = cv2.convertScaleAbs(page, alpha=self._gain * (1 - self._veil / 255), beta=self._veil)
        wide = float(np.hypot(*(self.corners[1] - self.corners[0])))
        share = min(1.0, wide / SEEN_WIDTH)
        # Made small by areas first: a warp takes single points.
        small = cv2.resize(lit, None, fx=share, fy=share, interpolation=cv2.INTER_AREA) if share < 0.8 else lit
        hall = self.empty.copy()
        turn = self._warp((small.shape[1], small.shape[0]))
        size = (SEEN_WIDTH, SEEN_HEIGHT)
        cv2.warpPerspective(small, turn, size, hall, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)
        if self._glare is not None:
            hall = cv2.add(hall, self._glare)
        return np.asarray(cv2.multiply(hall, self._vignette, scale=1 / 255), np.uint8)

    def place(self, mask: Picture) -> Picture:
        """Where a page's mask, uint8 (360, 640), is in the hall."""
        size = (SEEN_WIDTH, SEEN_HEIGHT)
        return np.asarray(cv2.warpPerspective(mask, self._transform, size, flags=cv2.INTER_NEAREST), np.uint8)

    def seat(self, picture: Picture, mask: Picture) -> None:
        """Put the audience's heads in front, in place; into ``mask``, uint8 (360, 640), where they are."""
        if self._heads is not None:
            heads, where = self._heads
            cv2.copyTo(heads, where, picture)
            cv2.bitwise_or(mask, where, mask)

    def _warp(self, size: tuple[int, int]) -> NDArray[np.float64]:
        return np.asarray(cv2.getPerspectiveTransform(_CORNERS * np.array(size, np.float32), self.corners))

    def _walls(self, split: Split, rng: Random) -> Picture:
        wall = blend((0, 0, 0), rng.choice(_WALLS[split]), self.light)
        hall = np.empty((SEEN_HEIGHT, SEEN_WIDTH, 3), np.uint8)
        shade = np.linspace(rng.uniform(0.75, 1.1), rng.uniform(0.6, 1.0), SEEN_HEIGHT)[:, None, None]
        hall[:] = np.clip(np.array(wall) * shade, 0, 255)
        floor = round(SEEN_HEIGHT * rng.uniform(0.82, 0.95))
        hall[floor:] = blend(wall, (40, 30, 24), 0.6)
        for _ in range(rng.randint(0, 4)):
            _fitting(hall, wall, rng)
        if self.light > 0.4 and rng.random() < 0.5:
            for x in range(rng.randrange(80), SEEN_WIDTH, 160):
                cv2.ellipse(hall, (x, 6), (46, 7), 0, 0, 360, (255, 252, 240), -1)
        middle = self.corners.mean(0)
        rim = middle + (self.corners - middle) * rng.uniform(1.01, 1.05)
        edge = blend((0, 0, 0), rng.choice(((20, 20, 20), (230, 230, 230))), self.light)
        cv2.fillPoly(hall, [np.round(rim).astype(np.int32)], edge, cv2.LINE_AA)
        return np.asarray(cv2.GaussianBlur(hall, (0, 0), 1.2), np.uint8)

    def _spot(self, rng: Random) -> Picture:
        """The light of a lamp or window on the screen, to be added."""
        x, y = self.corners[0] + (self.corners[2] - self.corners[0]) * (rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.9))
        columns, rows = np.meshgrid(np.arange(SEEN_WIDTH, dtype=np.float32), np.arange(SEEN_HEIGHT, dtype=np.float32))
        wide, high = rng.uniform(40, 110), rng.uniform(30, 90)
        spot = rng.uniform(70, 150) * np.exp(-(((columns - x) / wide) ** 2) - ((rows - y) / high) ** 2)
        where = np.zeros((SEEN_HEIGHT, SEEN_WIDTH), np.uint8)
        cv2.fillPoly(where, [np.round(self.corners).astype(np.int32)], 255, cv2.LINE_AA)
        return np.repeat(cv2.multiply(spot.astype(np.uint8), where, scale=1 / 255)[..., None], 3, 2)


def _screen(rng: Random) -> tuple[NDArray[np.float32], str]:
    """The corners of the screen, and from which side it is seen; the nearer edge is the longer."""
    wide = rng.uniform(0.5, 0.8) if rng.random() < 0.6 else rng.uniform(0.8, 0.98)
    high = wide * rng.uniform(0.9, 1.05)
    angle = rng.choice(("", "", "left", "right"))
    turn = {"": rng.uniform(-0.03, 0.03), "left": rng.uniform(0.1, 0.24), "right": -rng.uniform(0.1, 0.24)}[angle]
    wide *= 1 - 0.7 * abs(turn)
    unit = _CORNERS - 0.5
    # Longer at the one side, and a little at the top or bottom.
    unit = unit * np.stack([1 + rng.gauss(0, 0.03) * unit[:, 1], 1 - 2 * turn * unit[:, 0]], 1)
    roll = rng.gauss(0, 0.012)
    cos, sin = np.cos(roll), np.sin(roll)
    around = (unit * (wide, high) * _SEEN) @ np.array([[cos, sin], [-sin, cos]])
    room = max(0.0, 1 - wide)
    x = 0.5 + room * rng.uniform(-0.35, 0.35)
    y = min(0.5, 0.04 + high / 2 * (1 + abs(turn)) + 0.25 * rng.random() * max(0.0, 1 - high))
    return (around + (x, y) * _SEEN).astype(np.float32), angle


def _fitting(hall: Picture, wall: Colour, rng: Random) -> None:
    """A door, a curtain, a panel or a desk, in place."""
    tint = blend(wall, (rng.randrange(200), rng.randrange(200), rng.randrange(200)), rng.uniform(0.15, 0.5))
    x, wide = rng.randint(-60, SEEN_WIDTH), rng.randint(24, 130)
    top = rng.choice((0, rng.randint(40, 250)))
    cv2.rectangle(hall, (x, top), (x + wide, rng.randint(max(top + 30, 200), 340)), tint, -1)


def _vignette(rng: Random) -> Picture:
    """How much of the light reaches the chip: uint8 (360, 640, 3), 255 for all of it; its colour cast, too."""
    y, x = np.mgrid[-1 : 1 : SEEN_HEIGHT * 1j, -1 : 1 : SEEN_WIDTH * 1j]
    loss = rng.uniform(0.05, 0.35) * (x**2 + y**2) / 2
    cast = np.array([1, rng.uniform(0.95, 1), rng.uniform(0.86, 1)])[:: rng.choice((1, -1))]
    return np.asarray(255 * (1 - loss[..., None]) * cast, np.uint8)


def _heads(rng: Random, light: float) -> tuple[Picture, Picture]:
    """A row of heads and shoulders from behind: the picture, and its mask."""
    picture = np.zeros((SEEN_HEIGHT, SEEN_WIDTH, 3), np.uint8)
    mask = np.zeros((SEEN_HEIGHT, SEEN_WIDTH), np.uint8)
    size = rng.uniform(16, 34)
    x = rng.uniform(-20, 80)
    while x < SEEN_WIDTH + 20:
        hair = blend((0, 0, 0), rng.choice(((40, 30, 24), (90, 62, 40), (24, 22, 22), (150, 130, 100))), light)
        coat = blend((0, 0, 0), (rng.randrange(200), rng.randrange(200), rng.randrange(200)), light)
        top = SEEN_HEIGHT - size * rng.uniform(1.2, 2.2)
        for drawn, colours in ((picture, (coat, hair)), (mask, ((255, 255, 255), (255, 255, 255)))):
            at, below = (round(x), round(top)), (round(x), round(top + 2.1 * size))
            cv2.ellipse(drawn, below, (round(1.5 * size), round(1.3 * size)), 0, 0, 360, colours[0], -1)
            cv2.ellipse(drawn, at, (round(0.75 * size), round(0.95 * size)), 0, 0, 360, colours[1], -1)
        x += size * rng.uniform(2.6, 5.5)
    return picture, mask
