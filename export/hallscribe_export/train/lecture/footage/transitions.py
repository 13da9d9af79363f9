"""How one page gives way to the next: the picture at a moment in between."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import cv2
import numpy as np

from hallscribe_export.train.lecture.canvas import Picture

# The picture when ``share`` (0..1) of the second page is seen.
Transition = Callable[[Picture, Picture, float], Picture]


def transition(rng: Random) -> Transition | None:
    """Draw how the pages of a lecture change; mostly at once, for which there is nothing to draw."""
    return rng.choice((None, None, None, fade, from_left, from_below, push, box))


def fade(first: Picture, second: Picture, share: float) -> Picture:
    """The second shows through the first."""
    return np.asarray(cv2.addWeighted(second, share, first, 1 - share, 0), np.uint8)


def from_left(first: Picture, second: Picture, share: float) -> Picture:
    """The second is uncovered from the left."""
    edge = round(first.shape[1] * share)
    return np.concatenate([second[:, :edge], first[:, edge:]], 1)


def from_below(first: Picture, second: Picture, share: float) -> Picture:
    """The second moves up over the first."""
    edge = round(first.shape[0] * (1 - share))
    return np.concatenate([first[:edge], second[: first.shape[0] - edge]])


def push(first: Picture, second: Picture, share: float) -> Picture:
    """The second pushes the first out to the left."""
    edge = round(first.shape[1] * (1 - share))
    return np.concatenate([first[:, first.shape[1] - edge :], second[:, : first.shape[1] - edge]], 1)


def box(first: Picture, second: Picture, share: float) -> Picture:
    """The second grows out of the middle."""
    high, wide = (round(each / 2 * np.sqrt(share)) for each in first.shape[:2])
    y, x = first.shape[0] // 2, first.shape[1] // 2
    both = first.copy()
    both[y - high : y + high, x - wide : x + wide] = second[y - high : y + high, x - wide : x + wide]
    return both
