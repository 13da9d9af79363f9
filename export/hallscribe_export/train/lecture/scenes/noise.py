"""What photograph-like pictures are made of: noise, gradients, lit balls; float32 arrays of 0..1."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from hallscribe_export.train.lecture.canvas import Picture
from hallscribe_export.train.lecture.page import Fact

Field = NDArray[np.float32]
Tint = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Scene:
    """A photograph-like picture.

    Attributes:
        name: what is shown, in one word or two.
        picture: float32 (H, W, 3), RGB, 0..1.
        kinds: what it is a picture of, as noun phrases without "a photograph of" ("hills under a cloudy sky").
        facts: what else is seen in it.
    """

    name: str
    picture: Field
    kinds: tuple[str, ...]
    facts: tuple[Fact, ...] = ()


# Makes a picture so many pixels wide and high.
Maker = Callable[[Generator, int, int], Scene]


def noise(rng: Generator, wide: int, high: int, cells: float, octaves: int = 4, stretch: float = 1.0) -> Field:
    """Clouds of noise of 0..1: random values at ever finer grids, enlarged and added up (value noise).

    Args:
        cells: how many values fit in the picture's width in the coarsest grid.
        stretch: how much longer a cell is than high.
    """
    made = np.zeros((high, wide), np.float32)
    weight, total = 1.0, 0.0
    for _ in range(octaves):
        shape = (max(2, round(cells * stretch * high / wide)) + 1, max(2, round(cells)) + 1)
        if shape[0] > high or shape[1] > wide:
            break
        grid = rng.random(shape, np.float32) * np.float32(weight)
        made += cv2.resize(grid, (wide, high), interpolation=cv2.INTER_LINEAR if cells > 40 else cv2.INTER_CUBIC)
        total += weight
        weight, cells = weight * 0.5, cells * 2
    low, top = float(made.min()), float(made.max())
    return np.asarray((made - low) / max(top - low, 1e-6), np.float32)


def mixed(first: Tint | Field, second: Tint | Field, share: Field) -> Field:
    """The colours ``share``, (H, W), of the way from the first to the second; (H, W, 3)."""
    a, b = np.asarray(first, np.float32), np.asarray(second, np.float32)
    return np.asarray(a + (b - a) * share[..., None], np.float32)


def gradient(wide: int, high: int, above: Tint, below: Tint) -> Field:
    """From one colour at the top to another at the bottom, (H, W, 3)."""
    share = np.linspace(0, 1, high, dtype=np.float32)[:, None]
    return mixed(above, below, np.repeat(share, wide, axis=1))


def ridge(rng: Generator, wide: int, bumps: float, octaves: int = 5) -> Field:
    """A line of hills: (W,) of 0..1."""
    return np.asarray(noise(rng, wide, 8, bumps, octaves)[4], np.float32)


def grid(wide: int, high: int) -> tuple[Field, Field]:
    """The x (1, W) and y (H, 1) of every pixel."""
    return np.arange(wide, dtype=np.float32)[None, :], np.arange(high, dtype=np.float32)[:, None]


def disc(wide: int, high: int, x: float, y: float, radius: float, soft: float = 1.5) -> Field:
    """1 inside a circle, 0 outside, with a soft edge; (H, W)."""
    xs, ys = grid(wide, high)
    far = np.sqrt((xs - np.float32(x)) ** 2 + (ys - np.float32(y)) ** 2)
    return np.asarray(np.clip((np.float32(radius) - far) / np.float32(soft) + np.float32(0.5), 0, 1), np.float32)


def ball(picture: Field, x: float, y: float, radius: float, tint: Tint, flat: float = 1.0) -> None:
    """Draw a ball that is lit from the upper left (Lambert's law and a small highlight) into a picture."""
    high, wide = picture.shape[:2]
    left, right = max(int(x - radius) - 1, 0), min(int(x + radius) + 2, wide)
    top, bottom = max(int(y - radius) - 1, 0), min(int(y + radius) + 2, high)
    if left >= right or top >= bottom:
        return
    xs = (np.arange(left, right, dtype=np.float32)[None, :] - np.float32(x)) / np.float32(radius)
    ys = (np.arange(top, bottom, dtype=np.float32)[:, None] - np.float32(y)) / np.float32(radius * flat)
    square = xs * xs + ys * ys
    z = np.sqrt(np.clip(1 - square, 0, 1))
    light = np.clip(-0.45 * xs - 0.55 * ys + 0.7 * z, 0, 1)
    lit = np.asarray(tint, np.float32) * (0.25 + 0.85 * light[..., None]) + 0.6 * (light**18)[..., None]
    inside = np.clip((1 - np.sqrt(square)) * np.float32(radius), 0, 1)[..., None]
    part = picture[top:bottom, left:right]
    part += (lit - part) * inside


def silhouette(picture: Field, points: NDArray[np.float32], tint: Tint) -> None:
    """Fill a closed shape, points (N, 2) in pixels, with a colour, in place."""
    cv2.fillPoly(picture, [np.round(points * 16).astype(np.int32)], tint, cv2.LINE_AA, 4)


def voronoi(rng: Generator, wide: int, high: int, count: int) -> tuple[NDArray[np.int32], Field]:
    """Cells around random points: their numbers from 1, int32 (H, W), and every pixel's distance to its point."""
    blank = np.full((high, wide), 255, np.uint8)
    blank[rng.integers(0, high, count), rng.integers(0, wide, count)] = 0
    far, labels = cv2.distanceTransformWithLabels(blank, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    return np.asarray(labels, np.int32), np.asarray(far, np.float32)


def finished(picture: Field) -> Picture:
    """A picture of 0..1 as uint8."""
    return np.asarray(cv2.convertScaleAbs(np.clip(picture, 0, 1), alpha=255), np.uint8)
