"""What a recording adds to a picture: noise, exposure that follows late, compression, fewer pixels."""

from __future__ import annotations

from functools import lru_cache
from random import Random

import cv2
import numpy as np

from hallscribe_export.train.lecture.canvas import SEEN_HEIGHT, SEEN_WIDTH, Picture
from hallscribe_export.train.lecture.footage.setting import Setting

# The noise is a larger tile that is cut out elsewhere in each frame.
_SPARE = 48
# How much of the way to the right exposure a camera goes in a second.
_ADAPTING = 0.6


class Sensor:
    """A camera's chip and its recorder; ``strength`` is how much the exposure follows the light, 0 for a screen."""

    def __init__(self, setting: Setting, rng: Random, strength: float = 0.0) -> None:
        self._setting, self._rng, self._strength = setting, rng, strength
        self._gain: float | None = None
        self._tiles = _tiles(setting.seed, setting.noise)

    def record(self, seen: Picture) -> Picture:
        """The picture as it is recorded."""
        if self._strength:
            seen = self._exposed(seen)
        if self._tiles:
            x, y = self._rng.randrange(_SPARE), self._rng.randrange(_SPARE)
            more, less = (tile[y : y + SEEN_HEIGHT, x : x + SEEN_WIDTH] for tile in self._tiles)
            seen = np.asarray(cv2.subtract(cv2.add(seen, more), less), np.uint8)
        if self._rng.random() < self._setting.compressed:
            seen = compressed(seen, self._setting.quality)
        return seen

    def _exposed(self, seen: Picture) -> Picture:
        light = sum(cv2.mean(seen)[:3]) / 3
        right = 1 + self._strength * (90 - light) / 255 + self._rng.gauss(0, 0.01)
        if self._rng.random() < 0.02:
            right += self._rng.uniform(-0.25, 0.25)
        self._gain = right if self._gain is None else self._gain + _ADAPTING * (right - self._gain)
        return np.asarray(cv2.convertScaleAbs(seen, alpha=self._gain), np.uint8)


def compressed(picture: Picture, quality: int) -> Picture:
    """The picture after JPEG compression."""
    jpeg = cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, quality))[1]
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)


def coarse(picture: Picture, scale: float) -> Picture:
    """The picture as a smaller one looks that was made large again."""
    if scale >= 1:
        return picture
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (picture.shape[1], picture.shape[0])), np.uint8)


@lru_cache(8)
def _tiles(seed: int, noise: float) -> tuple[Picture, ...]:
    """What noise adds, and what it takes away; none if there is no noise."""
    if noise <= 0:
        return ()
    numbers = np.random.default_rng(seed)
    grain = numbers.standard_normal((SEEN_HEIGHT + _SPARE, SEEN_WIDTH + _SPARE, 3), np.float32) * np.float32(noise)
    return tuple(np.clip(each, 0, 255).astype(np.uint8) for each in (grain, -grain))
