"""What a hand draws and writes: strokes that are never quite straight, and words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from hallscribe_export.train.lecture.canvas import Colour, Picture, font

Stroke = NDArray[np.float32]  # (N, 2): x, y
# cv2 takes points in so many-th parts of a pixel.
_SHIFT = 4


def wobbly(rng: Random, points: Sequence[tuple[float, float]], wobble: float = 1.2) -> Stroke:
    """The way of a hand along straight lines from point to point."""
    corners = np.asarray(points, np.float32)
    parts = [np.linspace(a, b, 9)[:-1] for a, b in pairwise(corners)]
    way = np.concatenate([*parts, corners[-1:]])
    trembling = np.array([rng.gauss(0, wobble) for _ in range(2 * len(way))]).reshape(-1, 2)
    # Hands do not jump: neighbouring points go astray together.
    trembling = cv2.blur(trembling, (1, 5))
    return np.asarray(way + 2 * trembling, np.float32)


def ring(rng: Random, x: float, y: float, width: float, height: float) -> Stroke:
    """A loop around a place that does not quite end where it began."""
    start, turn = rng.uniform(0, 6.28), rng.uniform(6.0, 7.2)
    angle = np.linspace(start, start + turn, 40)
    swell = np.linspace(1, rng.uniform(0.88, 1.1), 40)
    way = np.stack([x + width / 2 * swell * np.cos(angle), y + height / 2 * swell * np.sin(angle)], 1)
    return np.asarray(way, np.float32)


def draw(picture: Picture, stroke: Stroke, colour: Colour, width: int, share: float = 1.0) -> None:
    """Draw the first ``share`` of a stroke, in place."""
    count = max(2, round(len(stroke) * share))
    points = np.round(stroke[:count] * (1 << _SHIFT)).astype(np.int32)
    cv2.polylines(picture, [points], False, colour, width, cv2.LINE_AA, _SHIFT)


def written(words: str, file: str, size: int) -> Picture:
    """Words as a mask, uint8 (H, W)."""
    letters = font(file, size)
    left, top, right, bottom = (round(each) for each in letters.getbbox(words))
    image = Image.new("L", (max(right - left, 1) + 2, max(bottom - top, 1) + 2))
    ImageDraw.Draw(image).text((1 - left, 1 - top), words, 255, letters)
    return np.array(image, np.uint8)


def stamp(picture: Picture, mask: Picture, at: tuple[int, int], colour: Colour) -> None:
    """Print a colour as strongly as a mask, uint8 (H, W), says, in place; what is outside is cut off."""
    x, y = at
    mask = mask[max(-y, 0) :, max(-x, 0) :]
    part = picture[max(y, 0) : max(y, 0) + mask.shape[0], max(x, 0) : max(x, 0) + mask.shape[1]]
    if part.size:
        strength = mask[: part.shape[0], : part.shape[1], None].astype(np.float32) / 255
        part[...] = (part + strength * (np.asarray(colour, np.float32) - part)).astype(np.uint8)
