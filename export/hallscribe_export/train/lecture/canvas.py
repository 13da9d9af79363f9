"""A page that is drawn at 1280 x 720 and seen at half of that."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1280, 720
# What pages and frames are handed on as.
SEEN_WIDTH, SEEN_HEIGHT = WIDTH // 2, HEIGHT // 2

Colour = tuple[int, int, int]
Point = tuple[float, float]
Box = tuple[float, float, float, float]
Picture = NDArray[np.uint8]


@cache
def font(file: str, size: int) -> ImageFont.FreeTypeFont:
    """A font file's letters, ``size`` pixels high."""
    return ImageFont.truetype(file, size)


def blend(first: Colour, second: Colour, share: float) -> Colour:
    """The colour ``share`` (0..1) of the way from the first to the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


class Canvas:
    """One page being drawn; coordinates are pixels of a 1280 x 720 page, colours RGB."""

    def __init__(self, background: Colour) -> None:
        self._image = Image.new("RGB", (WIDTH, HEIGHT), background)
        self._draw = ImageDraw.Draw(self._image)

    def copy(self) -> Canvas:
        """Another page that begins as this one is now: the next step of a build."""
        other = object.__new__(Canvas)
        other._image = self._image.copy()
        other._draw = ImageDraw.Draw(other._image)
        return other

    def seen(self) -> Picture:
        """The page as uint8 (360, 640, 3), RGB."""
        return np.asarray(self._image.reduce(2), np.uint8)

    def text(self, at: Point, words: str, file: str, size: int, colour: Colour, anchor: str = "ls") -> float:
        """Write one line; ``anchor`` as Pillow's. The line's width."""
        letters = font(file, size)
        self._draw.text(at, words, colour, letters, anchor)
        return letters.getlength(words)

    def paragraph(self, at: Point, words: str, file: str, size: int, colour: Colour, width: float) -> float:
        """Write lines no wider than ``width``, the first one's baseline at ``at``; the y where a next one would be."""
        x, y = at
        for line in wrapped(words, file, size, width):
            self.text((x, y), line, file, size, colour)
            y += size * 1.35
        return y

    def line(self, points: Sequence[Point], colour: Colour, width: int = 2) -> None:
        """Draw straight lines from point to point."""
        self._draw.line(list(points), colour, width, "curve")

    def arrow(self, start: Point, end: Point, colour: Colour, width: int = 3) -> None:
        """Draw a line with a head at its end."""
        self.line([start, end], colour, width)
        along = np.subtract(end, start)
        along = along / max(float(np.hypot(*along)), 1e-6)
        across = np.array([-along[1], along[0]])
        long = 4.0 * width + 4
        corners = [end, tuple(end - along * long + across * long / 2), tuple(end - along * long - across * long / 2)]
        self.polygon([(float(x), float(y)) for x, y in corners], fill=colour)

    def box(
        self, box: Box, fill: Colour | None = None, outline: Colour | None = None, width: int = 2, radius: float = 0
    ) -> None:
        """Draw a rectangle (left, top, right, bottom), with round corners where there is a radius."""
        self._draw.rounded_rectangle(box, radius, fill, outline, width)

    def ellipse(self, box: Box, fill: Colour | None = None, outline: Colour | None = None, width: int = 2) -> None:
        """Draw the ellipse that fills the box."""
        self._draw.ellipse(box, fill, outline, width)

    def slice(self, box: Box, start: float, end: float, fill: Colour, outline: Colour | None = None) -> None:
        """Draw a slice of a pie, in degrees clockwise from three o'clock."""
        self._draw.pieslice(box, start, end, fill, outline, 2)

    def polygon(self, points: Sequence[Point], fill: Colour | None = None, outline: Colour | None = None) -> None:
        """Draw a closed shape."""
        self._draw.polygon(list(points), fill, outline, 2)

    def paste(self, picture: Picture, at: tuple[int, int]) -> None:
        """Put a picture, uint8 (H, W, 3), with its upper left corner at ``at``."""
        self._image.paste(Image.fromarray(picture), at)

    def stamp(self, mask: Picture, at: tuple[int, int], colour: Colour) -> None:
        """Print a colour as strongly as a mask, uint8 (H, W), says; its upper left corner at ``at``."""
        self._image.paste(colour, at, Image.fromarray(mask))


def wrapped(words: str, file: str, size: int, width: float) -> list[str]:
    """The words in lines no wider than ``width``."""
    letters = font(file, size)
    lines: list[str] = []
    for word in words.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and letters.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
