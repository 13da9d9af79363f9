"""Looks at a page: what the recorder adds to it, drawn for the evaluation by no code that makes training data."""

from __future__ import annotations

from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray

from hallscribe_export.train.lecture.canvas import SEEN_HEIGHT, SEEN_WIDTH, Picture

_CORNERS = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
_WHOLE = (_CORNERS * (SEEN_WIDTH, SEEN_HEIGHT)).astype(np.float32)
# How far a corner of the screen moves between two looks of one camera, as a share of the screen's width.
_NUDGE = 0.02


def at_the_screen(page: Picture, rng: Random) -> Picture:
    """A page as it is recorded: now and then a person before it, a cursor, light, noise, compression."""
    seen = page
    if rng.random() < 0.4:
        seen = _person(seen, rng, rng.uniform(0.35, 0.6))
    if rng.random() < 0.7:
        seen = _cursor(seen, rng)
    return _recorded(seen, rng, gain=0.08, noise=5.0, quality=(35, 90))


class Camera:
    """A camera in a hall: where it sees the screen, and the room around that."""

    def __init__(self, rng: Random) -> None:
        width = rng.uniform(0.5, 0.85)
        height = width * rng.uniform(0.9, 1.1)
        left, top = rng.uniform(0, 1 - width), rng.uniform(0, max(0.0, 0.95 - height))
        askew = np.array([[rng.gauss(0, 0.03) for _ in range(2)] for _ in range(4)])
        self._width = width
        self._corners = np.array([left, top]) + _CORNERS * (width, height) + askew * width
        self._room = _room(rng)
        self._dim = rng.uniform(0.7, 1.0)
        self._veil = rng.uniform(0, 50)

    def look(self, page: Picture, rng: Random) -> Picture:
        """The page on the screen, from a camera that was nudged, in other light, with someone before it."""
        nudge = np.array([[rng.gauss(0, _NUDGE / 2) for _ in range(2)] for _ in range(4)]) * self._width
        corners = ((self._corners + nudge) * (SEEN_WIDTH, SEEN_HEIGHT)).astype(np.float32)
        turn = cv2.getPerspectiveTransform(_WHOLE, corners)
        size = (SEEN_WIDTH, SEEN_HEIGHT)
        screen = cv2.warpPerspective(page, turn, size, flags=cv2.INTER_AREA).astype(np.float32)
        mask = cv2.warpPerspective(np.full(page.shape[:2], 1.0, np.float32), turn, size)[..., None]
        # A projector's black is grey: the lamps' light lies over it.
        lit = screen * self._dim * (1 - self._veil / 255) + self._veil
        seen = np.asarray(lit * mask + self._room * (1 - mask), np.uint8)
        if rng.random() < 0.7:
            seen = _person(seen, rng, rng.uniform(0.35, 0.6))
        return _recorded(seen, rng, gain=0.12, noise=7.0, quality=(30, 80))


def _recorded(seen: Picture, rng: Random, *, gain: float, noise: float, quality: tuple[int, int]) -> Picture:
    grain = np.random.default_rng(rng.getrandbits(32)).normal(0, rng.uniform(1, noise), seen.shape)
    lit = np.clip(seen * rng.uniform(1 - gain, 1 + gain) + grain, 0, 255).astype(np.uint8)
    jpeg = cv2.imencode(".jpg", lit, (cv2.IMWRITE_JPEG_QUALITY, rng.randint(*quality)))[1]
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)


def _cursor(seen: Picture, rng: Random) -> Picture:
    x, y, size = rng.uniform(0, SEEN_WIDTH), rng.uniform(0, SEEN_HEIGHT), rng.uniform(9, 16)
    shape = np.array([[x, y], [x, y + size], [x + 0.7 * size, y + 0.7 * size]], np.int32)
    drawn = seen.copy()
    cv2.fillPoly(drawn, [shape], (20, 20, 20))
    cv2.polylines(drawn, [shape], True, (250, 250, 250), 1, cv2.LINE_AA)
    return drawn


def _person(seen: Picture, rng: Random, height: float) -> Picture:
    """A body from the lower edge up, somewhere, in clothes of some colour."""
    tall, middle = height * SEEN_HEIGHT, rng.uniform(0.02, 0.98) * SEEN_WIDTH
    foot = SEEN_HEIGHT * rng.uniform(1.0, 1.15)
    head, top = 0.09 * tall, foot - tall
    drawn = seen.copy()
    clothes = rng.randint(15, 130), rng.randint(15, 130), rng.randint(15, 130)
    tone = rng.uniform(0.35, 1.0)
    skin = int(235 * tone), int(190 * tone), int(160 * tone)
    wide = 0.17 * tall
    trunk = [
        (middle - wide, top + 3.2 * head),
        (middle + wide, top + 3.2 * head),
        (middle + 0.8 * wide, foot),
        (middle - 0.8 * wide, foot),
    ]
    cv2.fillPoly(drawn, [np.array(trunk, np.int32)], clothes, cv2.LINE_AA)
    if rng.random() < 0.4:
        side = rng.choice((-1, 1))
        shoulder = (int(middle + side * wide), int(top + 3.8 * head))
        hand = (int(middle + side * wide * rng.uniform(2, 3)), int(top + rng.uniform(1, 5) * head))
        cv2.line(drawn, shoulder, hand, clothes, max(2, int(0.06 * tall)), cv2.LINE_AA)
    cv2.ellipse(
        drawn, (int(middle), int(top + 1.5 * head)), (int(head), int(1.3 * head)), 0, 0, 360, skin, -1, cv2.LINE_AA
    )
    return drawn


def _room(rng: Random) -> NDArray[np.float32]:
    """Walls and seats: a few soft shapes of dim colours."""
    numbers = np.random.default_rng(rng.getrandbits(32))
    tint = numbers.uniform(0.8, 1.0, 3)
    coarse = (numbers.uniform(10, 100, (5, 8, 1)) * tint + numbers.normal(0, 4, (5, 8, 3))).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (SEEN_WIDTH, SEEN_HEIGHT), interpolation=cv2.INTER_CUBIC).clip(0, 255))
