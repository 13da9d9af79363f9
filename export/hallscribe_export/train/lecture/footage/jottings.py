"""What is written and drawn on boards, piece by piece: lines of words, formulas, boxes, graphs, figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random

import numpy as np

from hallscribe_export.train.lecture.canvas import Colour, Picture, font
from hallscribe_export.train.lecture.footage.hand import Stroke, draw, ring, stamp, wobbly, written
from hallscribe_export.train.lecture.footage.surface import chalked
from hallscribe_export.train.lecture.page import Fact

_FORMULAS = (
    "y = a x + b", "f(x) = x - 1", "a + b = c", "E = m c c", "x(t) = sin t", "p = n / N", "A x = b", "n! / k!",
    "dx / dt = - k x", "F = m a", "P(A|B) = 0.3", "V = R I", "(a + b)(a - b)", "x > 0", "lim = 1", "2 x + 3 = 7",
)  # fmt: skip
_FACTS = {
    "words": Fact("jotted words", "yes", ("with words written on it", "with handwriting on it")),
    "formula": Fact("jotted formula", "yes", ("with formulas written on it", "with an equation written on it by hand")),
    "boxes": Fact("jotted boxes", "yes", ("with boxes and arrows drawn on it", "with a diagram of boxes drawn on it")),
    "graph": Fact("jotted graph", "yes", ("with a graph drawn on it", "with a curve between two axes drawn on it")),
    "circles": Fact("jotted circles", "yes", ("with overlapping circles drawn on it", "with circles drawn on it")),
    "triangle": Fact("jotted triangle", "yes", ("with a triangle drawn on it", "with a triangle sketched by hand")),
    "tree": Fact("jotted tree", "yes", ("with a tree of lines drawn on it", "with a branching drawing on it")),
}
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Part:
    """What comes onto the board in one second; ``end`` is where the hand is then."""

    draw: Callable[[Picture], None]
    end: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Jotting:
    """A piece of writing or a drawing, and where it is (left, top, right, bottom)."""

    box: Box
    parts: tuple[Part, ...]
    facts: tuple[Fact, ...]

    @property
    def begun(self) -> Jotting:
        """The same while it is not complete: nothing is to be said of it."""
        return replace(self, facts=())


class Hand:
    """Somebody's hand with a pen or chalk."""

    def __init__(self, file: str, words: Sequence[str], chalk: bool, rng: Random) -> None:
        self._file, self._chalk, self._rng = file, chalk, rng
        self._vocabulary = list(words) or ["note"]
        self._size = rng.randint(22, 40)
        self._width = 3 if chalk else 2
        self._drawings: dict[str, Callable[[Box, Colour], list[Part]]] = {
            "boxes": self._boxes,
            "graph": self._graph,
            "circles": self._circles,
            "triangle": self._triangle,
            "tree": self._tree,
        }

    def jot(self, at: tuple[float, float], width: float, room: float, pen: tuple[str, Colour], usual: bool) -> Jotting:
        """Plan a piece from an upper left corner on, no wider than ``width`` and no higher than ``room``."""
        kind = self._rng.choices(("words", "formula", "drawing"), (5, 3, 3))[0]
        high = min(width * 0.7, 120.0)
        name, colour = pen
        if kind == "drawing" and room > high > 60:
            kind = self._rng.choice(tuple(self._drawings))
            box = (at[0], at[1], at[0] + min(width, 190.0), at[1] + high)
            parts = self._drawings[kind](box, colour)
        else:
            kind = "formula" if kind == "formula" else "words"
            words = self._rng.choice(_FORMULAS) if kind == "formula" else self._some(width)
            parts, box = self._line(words, at, width, colour)
        facts = [_FACTS[kind]]
        if not usual:
            facts.append(
                Fact(f"jotted-{name}", name, (f"with something in {name} on it", f"with {name} strokes on it"))
            )
        return Jotting(box, tuple(parts), tuple(facts))

    def _some(self, width: float) -> str:
        letters = font(self._file, self._size)
        words = ""
        for _ in range(self._rng.randint(1, 6)):
            more = f"{words} {self._rng.choice(self._vocabulary)}".strip()
            if letters.getlength(more) < width:
                words = more
        return words or self._rng.choice(self._vocabulary)[:6]

    def _line(self, words: str, at: tuple[float, float], width: float, colour: Colour) -> tuple[list[Part], Box]:
        mask = written(words, self._file, self._size)
        mask = mask[:, : int(width)]
        if self._chalk:
            mask = chalked(mask, self._rng)
        x, y = round(at[0]), round(at[1])
        count = max(1, min(3, mask.shape[1] // 70))
        edges = np.linspace(0, mask.shape[1], count + 1).astype(int)
        parts = [self._stamped(mask[:, start:end], (x + int(start), y), colour) for start, end in pairwise(edges)]
        if self._rng.random() < 0.15:
            below = y + mask.shape[0] + 4
            parts.append(self._drawn(colour, wobbly(self._rng, [(x, below), (x + mask.shape[1], below)])))
        return parts, (x, y, x + mask.shape[1], y + mask.shape[0])

    def _stamped(self, mask: Picture, at: tuple[int, int], colour: Colour) -> Part:
        return Part(
            lambda picture: stamp(picture, mask, at, colour), (at[0] + mask.shape[1], at[1] + mask.shape[0] / 2)
        )

    def _drawn(self, colour: Colour, *ways: Stroke) -> Part:
        def strokes(picture: Picture) -> None:
            for way in ways:
                draw(picture, way, colour, self._width)

        return Part(strokes, (float(ways[-1][-1, 0]), float(ways[-1][-1, 1])))

    def _boxes(self, box: Box, colour: Colour) -> list[Part]:
        left, top, right, bottom = box
        count = self._rng.choice((2, 3))
        wide, high = (right - left) / (count + (count - 1) * 0.5), (bottom - top) * 0.5
        middle = (top + bottom) / 2
        parts = []
        for number in range(count):
            x = left + number * wide * 1.5
            around = [(x, middle - high / 2), (x + wide, middle - high / 2), (x + wide, middle + high / 2)]
            around += [(x, middle + high / 2), (x, middle - high / 2)]
            parts.append(self._drawn(colour, wobbly(self._rng, around, 0.8)))
            if number + 1 < count:
                end = x + wide * 1.45
                shaft = wobbly(self._rng, [(x + wide * 1.05, middle), (end, middle)], 0.5)
                tip = wobbly(self._rng, [(end - 9, middle - 7), (end, middle), (end - 9, middle + 7)], 0.4)
                parts.append(self._drawn(colour, shaft, tip))
        return parts

    def _graph(self, box: Box, colour: Colour) -> list[Part]:
        left, top, right, bottom = box
        axes = (
            wobbly(self._rng, [(left, top), (left, bottom)], 0.6),
            wobbly(self._rng, [(left, bottom), (right, bottom)], 0.6),
        )
        share = np.linspace(0.03, 0.95, 40)
        shape = self._rng.choice((share**2, np.sqrt(share), 0.5 + 0.4 * np.sin(7 * share), 1 - share**1.5))
        curve = np.stack([left + share * (right - left), bottom - 0.9 * shape * (bottom - top)], 1)
        return [self._drawn(colour, *axes), self._drawn(colour, curve.astype(np.float32))]

    def _circles(self, box: Box, colour: Colour) -> list[Part]:
        left, top, right, bottom = box
        wide, y = (right - left) * 0.6, (top + bottom) / 2
        return [
            self._drawn(colour, ring(self._rng, x, y, wide, (bottom - top) * 0.9))
            for x in (left + wide / 2, right - wide / 2)
        ]

    def _triangle(self, box: Box, colour: Colour) -> list[Part]:
        left, top, right, bottom = box
        peak = (self._rng.uniform(left, right), top)
        corners = [(left, bottom), (right, bottom), peak, (left, bottom)]
        return [
            self._drawn(colour, wobbly(self._rng, corners[:2])),
            self._drawn(colour, wobbly(self._rng, corners[1:])),
        ]

    def _tree(self, box: Box, colour: Colour) -> list[Part]:
        left, top, right, bottom = box
        root, middle = ((left + right) / 2, top), (top + bottom) / 2
        arms = [(left + (right - left) * share, middle) for share in (0.25, 0.75)]
        parts = [self._drawn(colour, *(wobbly(self._rng, [root, arm], 0.6) for arm in arms))]
        spread = (right - left) * 0.17
        for x, y in arms:
            ends = [(x - spread, bottom), (x + spread, bottom)]
            parts.append(self._drawn(colour, *(wobbly(self._rng, [(x, y), end], 0.6) for end in ends)))
        return parts
