"""Handwriting on pages: what a lecturer underlines, rings, points at and adds with a pen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import cv2
import numpy as np

from hallscribe_export.train.lecture.canvas import SEEN_HEIGHT, SEEN_WIDTH, Colour, Picture
from hallscribe_export.train.lecture.footage.hand import Stroke, draw, ring, stamp, wobbly, written
from hallscribe_export.train.lecture.page import Fact, Page, Style

_PENS: tuple[tuple[str, Colour], ...] = (
    ("red", (222, 30, 36)),
    ("blue", (30, 70, 220)),
    ("green", (20, 150, 60)),
    ("orange", (245, 130, 20)),
    ("yellow", (250, 220, 40)),
)
_REMARKS = ("?", "!", "why?", "= 2", "important", "see above", "x 10", "ok", "no!", "sum = 1", "key", "a > b", "n = 3")
_MOST = 6
# Colours that are no further apart are one; a pen is not used where its colour covers more than so much of the page.
_ALIKE, _SELDOM = 80, 0.005
_NOTES = Fact("handwriting", "notes", ("with handwritten notes on it", "with notes written on it by hand"))
_SAID = {
    "ring": ("with a {} circle drawn on it", "with something circled in {}", "with a {} ring drawn around something"),
    "line": ("with a {} line drawn under something", "with something underlined in {}"),
    "arrow": ("with a {} arrow drawn on it", "with a hand-drawn {} arrow"),
    "words": ("with {} handwriting on it", "with words written on it in {}"),
    "cross": ("with a {} cross drawn on it", "with something crossed out in {}"),
}
# Draws itself on a picture, in place.
Mark = Callable[[Picture], None]


@dataclass(frozen=True, slots=True)
class _Made:
    mark: Mark
    kind: str


class Ink:
    """What was drawn on one page, which keeps it when it is shown again."""

    def __init__(self, page: Page, style: Style, content: Picture, rng: Random) -> None:
        self._rng = rng
        self._vocabulary = [each for word in page.words for each in word.split() if 2 < len(each) < 11]
        self._file = style.fonts.hand
        self._pen, self._colour = rng.choice(_pens(page.steps[-1], style.colours.dark))
        self._width = rng.choice((3, 3, 4))
        self._places = _places(content)
        self._made: list[_Made] = []

    @property
    def full(self) -> bool:
        """Whether nothing more should be drawn."""
        return len(self._made) >= _MOST

    def add(self) -> None:
        """Draw one thing more."""
        kind = self._rng.choice(tuple(_SAID))
        self._made.append(_Made(getattr(self, f"_{kind}")(), kind))

    def on(self, picture: Picture) -> Picture:
        """A page with what is drawn on it."""
        if not self._made:
            return picture
        picture = picture.copy()
        for each in self._made:
            each.mark(picture)
        return picture

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What is to be said of it; nothing without ink."""
        if not self._made:
            return ()
        facts = [_NOTES]
        for kind in dict.fromkeys(each.kind for each in self._made):
            phrases = tuple(phrase.format(self._pen) for phrase in _SAID[kind])
            facts.append(Fact(f"ink-{kind}", self._pen, phrases))
        return tuple(facts)

    def _spot(self) -> tuple[float, float]:
        """Somewhere where there is something."""
        if not len(self._places):
            return self._rng.uniform(80, SEEN_WIDTH - 80), self._rng.uniform(60, SEEN_HEIGHT - 60)
        x, y = self._places[self._rng.randrange(len(self._places))]
        return float(min(max(x, 60), SEEN_WIDTH - 60)), float(min(max(y, 40), SEEN_HEIGHT - 40))

    def _drawn(self, *ways: Stroke) -> Mark:
        def mark(picture: Picture) -> None:
            for way in ways:
                draw(picture, way, self._colour, self._width)

        return mark

    def _ring(self) -> Mark:
        x, y = self._spot()
        way = ring(self._rng, x, y, self._rng.uniform(60, 150), self._rng.uniform(32, 70))
        return self._drawn(way)

    def _line(self) -> Mark:
        x, y = self._spot()
        long = self._rng.uniform(50, 150)
        ways = [
            wobbly(self._rng, [(x - long / 2, y + 9 + 5 * n), (x + long / 2, y + 8 + 5 * n)])
            for n in range(self._rng.randint(1, 2))
        ]
        return self._drawn(*ways)

    def _arrow(self) -> Mark:
        x, y = self._spot()
        angle, long = self._rng.uniform(0, 6.28), self._rng.uniform(50, 110)
        start = x + long * np.cos(angle), y + long * np.sin(angle)
        way = wobbly(self._rng, [start, (x, y)])
        ends = [(x + 16 * np.cos(angle + bend), y + 16 * np.sin(angle + bend)) for bend in (-0.5, 0.5)]
        tip = wobbly(self._rng, [ends[0], (x, y), ends[1]], 0.4)
        return self._drawn(way, tip)

    def _cross(self) -> Mark:
        x, y = self._spot()
        wide, high = self._rng.uniform(18, 60), self._rng.uniform(14, 30)
        ways = [wobbly(self._rng, [(x - wide, y + turn * high), (x + wide, y - turn * high)]) for turn in (-1, 1)]
        return self._drawn(*ways)

    def _words(self) -> Mark:
        words = self._rng.choice(self._vocabulary) if self._vocabulary and self._rng.random() < 0.5 else ""
        mask = written(words or self._rng.choice(_REMARKS), self._file, self._rng.randint(24, 44))
        x = self._rng.randint(10, max(11, SEEN_WIDTH - 10 - mask.shape[1]))
        y = self._rng.randint(10, max(11, SEEN_HEIGHT - 10 - mask.shape[0]))
        return lambda picture: stamp(picture, mask, (x, y), self._colour)


def _pens(picture: Picture, dark: bool) -> list[tuple[str, Colour]]:
    """Pens that are seen on a page."""
    # A dark pen is not seen on a dark page, a yellow one not on a white one.
    pens = [pen for pen in _PENS if (pen[0] != "blue") == dark or pen[0] in ("red", "green")]
    small = picture[::4, ::4].reshape(-1, 3).astype(np.int16)
    alike = [float((np.abs(small - np.array(colour)).max(-1) < _ALIKE).mean()) for _, colour in pens]
    return [pen for pen, share in zip(pens, alike, strict=True) if share <= max(_SELDOM, min(alike))]


def _places(content: Picture) -> Picture:
    """Some of the points (N, 2) of a mask where there is something."""
    small = cv2.resize(content, (SEEN_WIDTH // 8, SEEN_HEIGHT // 8), interpolation=cv2.INTER_AREA)
    y, x = np.nonzero(small > 40)
    return np.stack([x * 8 + 4, y * 8 + 4], 1)
