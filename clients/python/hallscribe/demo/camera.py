"""What a hall's camera adds to the slides: a speaker walking in front, the pointer, noise and a breath of flicker."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from hallscribe.demo.canvas import HEIGHT, WIDTH

_NOISE_SIGMA = 2.0
_NOISE_BANK = 8
_FLICKER = 0.006

Path2 = Sequence[tuple[float, float, float]]


class Camera:
    """Turns slides into what a camera sees. Seeded: the same times give the same pictures."""

    def __init__(self, seed: int, walks: Sequence[Path2], pointers: Sequence[Path2]) -> None:
        """Paths are lists of (time in s, x, y) in page pixels; between two points the way is straight. For walks
        ``y`` is 1 where the speaker points at the slide and 0 where the arms hang."""
        random = np.random.default_rng(seed)
        base = random.normal(0, _NOISE_SIGMA, (HEIGHT, WIDTH, 3)).astype(np.int16)
        # Shifted copies look as random as new noise and cost nothing to draw.
        self._noise = [np.roll(base, (97 * i, 211 * i), axis=(0, 1)) for i in range(_NOISE_BANK)]
        self._walks = walks
        self._pointers = pointers
        self._bodies = (_speaker(pointing=False), _speaker(pointing=True))
        self._arrow = _arrow()

    def photograph(self, page: NDArray[np.uint8], time: float, number: int) -> NDArray[np.uint8]:
        """The picture of a page (720, 1280, 3) uint8 BGR at a time in seconds; ``number`` counts the frames."""
        picture = page.copy()
        pointer = _place(self._pointers, time)
        if pointer is not None:
            _lay(picture, self._arrow, round(pointer[0]), round(pointer[1]))
        walk = _place(self._walks, time)
        if walk is not None:
            # A step lasts about half a second; the body bobs and sways with it.
            sway = math.sin(2 * math.pi * time / 1.1)
            body = self._bodies[round(walk[1])]
            left = round(walk[0] + 3 * sway - body.shape[1] / 2)
            _lay(picture, body, left, round(HEIGHT - body.shape[0] + 14 + 4 * abs(sway)))
        gain = 1 + _FLICKER * math.sin(time / 3.1)
        noisy = cv2.addWeighted(picture, gain, self._noise[number % _NOISE_BANK], 1.0, 0.0, dtype=cv2.CV_8U)
        return np.asarray(noisy, np.uint8)


def _place(paths: Sequence[Path2], time: float) -> tuple[float, float] | None:
    for path in paths:
        if path[0][0] <= time <= path[-1][0]:
            times = [point[0] for point in path]
            x = float(np.interp(time, times, [point[1] for point in path]))
            y = float(np.interp(time, times, [point[2] for point in path]))
            return x, y
    return None


def _lay(picture: NDArray[np.uint8], sprite: NDArray[np.uint8], left: int, top: int) -> None:
    """Lay a BGRA sprite over the picture, in place, cut at its edges."""
    height, width = sprite.shape[:2]
    x0, y0, x1, y1 = max(0, left), max(0, top), min(WIDTH, left + width), min(HEIGHT, top + height)
    if x0 >= x1 or y0 >= y1:
        return
    part = sprite[y0 - top : y1 - top, x0 - left : x1 - left].astype(np.float32)
    share = part[..., 3:] / 255
    under = picture[y0:y1, x0:x1]
    picture[y0:y1, x0:x1] = (under + (part[..., :3] - under) * share).astype(np.uint8)


def _speaker(pointing: bool) -> NDArray[np.uint8]:
    """A silhouette from the waist up, (430, 420, 4) uint8 BGRA, lit faintly from the screen."""
    scale = 4
    shape = np.zeros((430 * scale, 420 * scale), np.uint8)

    def spot(x: float, y: float) -> tuple[int, int]:
        return round(x * scale), round(y * scale)

    cv2.ellipse(shape, spot(210, 74), spot(39, 50), 0, 0, 360, 255, -1)
    cv2.line(shape, spot(210, 100), spot(210, 160), 255, 40 * scale)
    torso = [
        (176, 142),
        (136, 156),
        (118, 188),
        (122, 300),
        (126, 440),
        (294, 440),
        (298, 300),
        (302, 188),
        (284, 156),
        (244, 142),
    ]
    cv2.fillPoly(shape, [np.array([spot(x, y) for x, y in torso], np.int32)], 255)
    right_arm = [(138, 186), (78, 236), (40, 152)] if pointing else [(132, 190), (112, 300), (128, 440)]
    for arm in (right_arm, [(288, 190), (312, 300), (296, 440)]):
        cv2.polylines(shape, [np.array([spot(x, y) for x, y in arm], np.int32)], False, 255, 38 * scale, cv2.LINE_AA)
        cv2.circle(shape, spot(*arm[-1]), 17 * scale, 255, -1)
    shape = np.asarray(cv2.GaussianBlur(shape, (0, 0), 5 * scale), np.uint8)
    shape = np.asarray(np.where(shape > 127, 255, 0), np.uint8)
    alpha = cv2.resize(shape, (420, 430), interpolation=cv2.INTER_AREA)
    alpha = cv2.GaussianBlur(alpha, (0, 0), 1.2)
    # The screen's light catches the outline: brighter towards the edge.
    inside = cv2.GaussianBlur(alpha, (0, 0), 12).astype(np.float32) / 255
    light = np.clip(34 + 70 * (1 - inside) * 1.2, 0, 110)
    colour = light[..., None] * np.array([1.08, 1.0, 0.98], np.float32)
    return np.dstack([colour.astype(np.uint8), alpha.astype(np.uint8)])


def _arrow() -> NDArray[np.uint8]:
    """The mouse pointer, (40, 28, 4) uint8 BGRA."""
    scale = 4
    outline = np.array([(2, 2), (2, 32), (9, 26), (14, 37), (19, 35), (14, 24), (24, 24)], np.int32) * scale
    large = np.zeros((40 * scale, 28 * scale, 4), np.uint8)
    cv2.fillPoly(large, [outline], (250, 250, 250, 255), cv2.LINE_AA)
    cv2.polylines(large, [outline], True, (20, 20, 20, 255), 2 * scale, cv2.LINE_AA)
    return np.asarray(cv2.resize(large, (28, 40), interpolation=cv2.INTER_AREA), np.uint8)
