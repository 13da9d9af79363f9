"""Handwriting that appears on the whiteboard, stroke after stroke.

Ink is three maps of the page: how much ink a pixel gets, its colour, and when the pen comes by. The whole page is
bent a little at the end, so that the plotter's letters look written.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from hallscribe.demo.canvas import HEIGHT, WIDTH, Colour

_BLUE: Colour = (28, 70, 168)
_RED: Colour = (196, 44, 40)
_BLACK: Colour = (40, 44, 56)
_STEP = 24


class Ink:
    """A page of ink; ``reveal`` shows what the pen has written so far."""

    def __init__(self) -> None:
        self._amount = np.zeros((HEIGHT, WIDTH), np.uint8)
        self._colour = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        self._when = np.full((HEIGHT, WIDTH), 2.0, np.float32)

    def write(self, words: str, at: tuple[int, int], size: float, colour: Colour, during: tuple[float, float]) -> None:
        """Write a line from left to right while the pen's share of its time (0..1) runs through ``during``."""
        (width, height), below = cv2.getTextSize(words, cv2.FONT_HERSHEY_SIMPLEX, size, 4)
        cv2.putText(self._amount, words, at, cv2.FONT_HERSHEY_SIMPLEX, size, 255, 4, cv2.LINE_AA)
        left, right = at[0] - 6, min(WIDTH, at[0] + width + 6)
        rows = slice(max(0, at[1] - height - 8), at[1] + below + 8)
        self._colour[rows, left:right] = colour[::-1]
        self._when[rows, left:right] = np.linspace(*during, right - left, dtype=np.float32)

    def draw(self, points: NDArray[np.float64], colour: Colour, during: tuple[float, float]) -> None:
        """Draw a line through points, (N, 2) of x and y, while the share of time runs through ``during``."""
        times = np.linspace(*during, len(points))
        fixed = np.round(points * 16).astype(np.int32)
        for first, second, time in zip(fixed, fixed[1:], times[1:], strict=False):
            ends = (tuple(map(int, first)), tuple(map(int, second)))
            cv2.line(self._amount, *ends, 255, 4, cv2.LINE_AA, 4)
            cv2.line(self._colour, *ends, colour[::-1], 12, cv2.LINE_8, 4)
            cv2.line(self._when, *ends, float(time), 12, cv2.LINE_8, 4)

    def bend(self, seed: int) -> None:
        """Bend the page by a few pixels, smoothly, as a hand would."""
        random = np.random.default_rng(seed)
        coarse = random.normal(0, 2.0, (2, HEIGHT // _STEP, WIDTH // _STEP)).astype(np.float32)
        bends = [cv2.resize(part, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC) for part in coarse]
        rows, across = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
        # A slant to the right makes the upright letters flow.
        x, y = across + bends[0] + 0.12 * (rows - HEIGHT / 2), rows + bends[1]
        self._amount = np.asarray(cv2.remap(self._amount, x, y, cv2.INTER_LINEAR), np.uint8)
        self._colour = np.asarray(cv2.remap(self._colour, x, y, cv2.INTER_NEAREST), np.uint8)
        self._when = np.asarray(
            cv2.remap(self._when, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=2.0), np.float32
        )

    def reveal(self, page: NDArray[np.uint8], share: float) -> NDArray[np.uint8]:
        """A copy of the page (720, 1280, 3) uint8 BGR with what is written by ``share`` (0..1) of the pen's time."""
        amount = (self._amount * (self._when <= share))[..., None].astype(np.float32) / 255
        return np.asarray(page + (self._colour - page.astype(np.float32)) * amount, np.uint8)


def board_ink() -> Ink:
    """What the speaker writes on the board: the fourth power, and a short and a long wave."""
    ink = Ink()
    ink.write("blue: 450 nm", (130, 210), 1.7, _BLUE, (0.0, 0.14))
    ink.write("red: 700 nm", (700, 210), 1.7, _RED, (0.15, 0.28))
    ink.write("(700 / 450)", (130, 320), 1.9, _BLACK, (0.30, 0.44))
    ink.write("4", (520, 278), 1.1, _BLACK, (0.44, 0.46))
    ink.write("= 1.56", (590, 320), 1.9, _BLACK, (0.46, 0.54))
    ink.write("4", (806, 278), 1.1, _BLACK, (0.54, 0.56))
    ink.write("= 5.9 times", (190, 436), 2.2, _BLACK, (0.58, 0.74))
    ink.draw(_ring(386, 412, 245, 58), _RED, (0.75, 0.84))
    ink.draw(_wave(130, 580, 560, 52, 26), _BLUE, (0.85, 0.93))
    ink.draw(_wave(700, 1130, 560, 110, 30), _RED, (0.93, 1.0))
    ink.bend(seed=4)
    return ink


def _ring(x: float, y: float, across: float, down: float) -> NDArray[np.float64]:
    angle = np.linspace(-0.6 * math.pi, 1.5 * math.pi, 90)
    grow = np.linspace(0.97, 1.04, 90)
    return np.stack([x + across * grow * np.cos(angle), y + down * grow * np.sin(angle)], axis=1)


def _wave(left: float, right: float, level: float, length: float, height: float) -> NDArray[np.float64]:
    across = np.linspace(left, right, 200)
    return np.stack([across, level - height * np.sin(2 * math.pi * (across - left) / length)], axis=1)
