"""A page to draw slides on: design coordinates of 1280 x 720, drawn at twice the size and made smaller once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1280, 720
_SCALE = 2

Colour = tuple[int, int, int]

PAPER: Colour = (250, 249, 245)
NIGHT: Colour = (21, 34, 66)
BODY: Colour = (44, 52, 70)
QUIET: Colour = (132, 138, 150)
SKY: Colour = (46, 117, 216)
DUSK: Colour = (226, 112, 58)
MIST: Colour = (232, 238, 246)
SUN: Colour = (250, 198, 82)
WHITE: Colour = (255, 255, 255)

_FONT_FILES = {
    "regular": "DejaVuSans.ttf",
    "bold": "DejaVuSans-Bold.ttf",
    "italic": "DejaVuSans-Oblique.ttf",
    "mono": "DejaVuSansMono.ttf",
    "mono bold": "DejaVuSansMono-Bold.ttf",
}


@cache
def font(face: str, size: float) -> ImageFont.FreeTypeFont:
    """A DejaVu face ("regular", "bold", "italic", "mono", "mono bold") that comes with matplotlib."""
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return ImageFont.truetype(str(folder / _FONT_FILES[face]), round(size * _SCALE))


def blend(first: Colour, second: Colour, share: float) -> Colour:
    """The colour ``share`` (0..1) of the way from the first to the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


class Canvas:
    """One slide being drawn. Coordinates and sizes are those of a 1280 x 720 page; colours are RGB."""

    def __init__(self, background: Colour | NDArray[np.uint8] = PAPER) -> None:
        size = (WIDTH * _SCALE, HEIGHT * _SCALE)
        if isinstance(background, tuple):
            self._image = Image.new("RGB", size, background)
        else:
            self._image = Image.fromarray(background).resize(size, Image.Resampling.BICUBIC)
        self._draw = ImageDraw.Draw(self._image)

    def text(
        self,
        at: tuple[float, float],
        words: str,
        size: float,
        colour: Colour = BODY,
        face: str = "regular",
        anchor: str = "ls",
    ) -> float:
        """Write a line; ``anchor`` as Pillow has it (left baseline by default). Returns its width."""
        place = (at[0] * _SCALE, at[1] * _SCALE)
        self._draw.text(place, words, font=font(face, size), fill=colour, anchor=anchor)
        return float(self._draw.textlength(words, font=font(face, size))) / _SCALE

    def box(
        self,
        corners: tuple[float, float, float, float],
        fill: Colour | None = None,
        outline: Colour | None = None,
        radius: float = 0,
        width: float = 2,
    ) -> None:
        """A rectangle (left, top, right, bottom), with round corners when ``radius`` is given."""
        scaled = [value * _SCALE for value in corners]
        self._draw.rounded_rectangle(scaled, radius * _SCALE, fill, outline, round(width * _SCALE))

    def line(self, points: Sequence[tuple[float, float]], colour: Colour, width: float = 2) -> None:
        """A line through the points."""
        scaled = [(x * _SCALE, y * _SCALE) for x, y in points]
        self._draw.line(scaled, fill=colour, width=round(width * _SCALE), joint="curve")

    def polygon(self, points: Sequence[tuple[float, float]], fill: Colour) -> None:
        """A filled shape."""
        self._draw.polygon([(x * _SCALE, y * _SCALE) for x, y in points], fill=fill)

    def disc(self, centre: tuple[float, float], radius: float, fill: Colour) -> None:
        """A filled circle."""
        x, y, r = centre[0] * _SCALE, centre[1] * _SCALE, radius * _SCALE
        self._draw.ellipse((x - r, y - r, x + r, y + r), fill=fill)

    def arrow(self, start: tuple[float, float], end: tuple[float, float], colour: Colour, width: float = 4) -> None:
        """A straight arrow with a filled head."""
        angle = math.atan2(end[1] - start[1], end[0] - start[0])
        head = 4 * width
        neck = (end[0] - head * math.cos(angle), end[1] - head * math.sin(angle))
        self.line([start, neck], colour, width)
        wings = [
            (neck[0] + side * head * 0.55 * math.sin(angle), neck[1] - side * head * 0.55 * math.cos(angle))
            for side in (-1, 1)
        ]
        self.polygon([end, *wings], colour)

    def picture(self) -> NDArray[np.uint8]:
        """The finished page: (720, 1280, 3) uint8, BGR as OpenCV has it."""
        large = cv2.cvtColor(np.asarray(self._image), cv2.COLOR_RGB2BGR)
        return np.asarray(cv2.resize(large, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)


def gradient(
    stops: Sequence[tuple[float, Colour]], glow: tuple[float, float, float] | None = None
) -> NDArray[np.uint8]:
    """A vertical gradient, (720, 1280, 3) uint8 RGB.

    Args:
        stops: (height 0..1 from the top, colour), from top to bottom.
        glow: optional warm glow: centre x, centre y and reach, in pixels.
    """
    heights = np.linspace(0, 1, HEIGHT)
    places = [place for place, _ in stops]
    columns = [np.interp(heights, places, [colour[i] for _, colour in stops]) for i in range(3)]
    page = np.repeat(np.stack(columns, axis=1)[:, None, :], WIDTH, axis=1)
    if glow is not None:
        x, y, reach = glow
        rows, across = np.mgrid[0:HEIGHT, 0:WIDTH]
        share = np.exp(-((rows - y) ** 2 + (across - x) ** 2) / (2 * reach**2))[..., None]
        page = page + (np.array([255, 224, 160]) - page) * share * 0.85
    return np.asarray(np.clip(page, 0, 255), np.uint8)
