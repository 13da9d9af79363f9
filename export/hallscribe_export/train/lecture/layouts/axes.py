"""Axes, grid lines and legends of charts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

from hallscribe_export.train.lecture.canvas import Colour, Point, blend, font
from hallscribe_export.train.lecture.layouts.sheet import Hue, Sheet, said
from hallscribe_export.train.lecture.page import Fact

PLACES = ("right", "top", "bottom")
Range = tuple[float, float]


def ticks(low: float, high: float, about: int) -> list[float]:
    """Round numbers from ``low`` to ``high``, ``about`` so many of them."""
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    stride = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first, last = math.ceil(low / stride - 1e-9), math.floor(high / stride + 1e-9)
    return [i * stride for i in range(first, last + 1)]


def number(value: float) -> str:
    """A number as it stands beside a tick."""
    return f"{value:g}" if abs(value) < 1e4 else f"{value / 1000:g}k"


class Plot:
    """The area between the axes: data to pixels, and the axes themselves.

    Args:
        sheet: where to draw; all of its box is taken.
        random: chooses grid lines, spines and titles of axes.
        across, up: what the x and the y axis run over.
        marked: which axes have numbers: "x", "y", "xy" or "".
        left, below: pixels for the labels that the caller writes beside an axis without numbers.
        grid: whether there are grid lines (None: by chance).
    """

    def __init__(
        self,
        sheet: Sheet,
        random: Random,
        across: Range,
        up: Range,
        marked: str = "y",
        left: float = 0,
        below: float = 0,
        grid: bool | None = None,
    ) -> None:
        self.sheet, self.across, self.up = sheet, across, up
        self.facts: list[Fact] = []
        wide, size = sheet.size * 2.9, sheet.size
        west, north, east, south = sheet.box
        titled = random.random() < 0.4 and bool(marked)
        self.left = west + (wide if "y" in marked else left + 8)
        self.top = north + (size * 1.5 if titled else size * 0.7)
        self.right = east - size * 0.8
        self.bottom = south - (size * 1.7 if "x" in marked else below + 8) - (size * 1.2 if titled else 0)
        self.numbers = {axis: ticks(*limits, random.choice((4, 5))) for axis, limits in (("x", across), ("y", up))}
        self._scale = random.choice((1, 10, 100, 0.1, 5))
        grid = (random.random() < 0.5) if grid is None else grid
        if grid:
            self._grid(marked)
        if grid and marked:
            self.facts.append(said("grid", "yes", "with grid lines", "with lines of a grid behind it"))
        self._spines(random.choice(("both", "both", "bottom", "box")) if marked != "x" else "both")
        self._marks(marked)
        if titled:
            self._titles(random)

    def x(self, value: float) -> float:
        """Where a value is, from left to right."""
        low, high = self.across
        return self.left + (value - low) / (high - low) * (self.right - self.left)

    def y(self, value: float) -> float:
        """Where a value is, from top to bottom."""
        low, high = self.up
        return self.bottom - (value - low) / (high - low) * (self.bottom - self.top)

    def at(self, x: float, y: float) -> Point:
        """Where a point is."""
        return self.x(x), self.y(y)

    def _grid(self, marked: str) -> None:
        faint = blend(self.sheet.colours.background, self.sheet.colours.quiet, 0.5)
        if "x" in marked:
            for value in self.numbers["x"]:
                self.sheet.canvas.line([(self.x(value), self.top), (self.x(value), self.bottom)], faint, 3)
        if "y" in marked:
            for value in self.numbers["y"]:
                self.sheet.canvas.line([(self.left, self.y(value)), (self.right, self.y(value))], faint, 3)

    def _spines(self, kind: str) -> None:
        ink, canvas = blend(self.sheet.colours.ink, self.sheet.colours.quiet, 0.3), self.sheet.canvas
        if kind == "box":
            canvas.box((self.left, self.top, self.right, self.bottom), None, ink, 3)
        else:
            canvas.line([(self.left, self.bottom), (self.right, self.bottom)], ink, 4)
        if kind == "both":
            canvas.line([(self.left, self.top), (self.left, self.bottom)], ink, 4)

    def _marks(self, marked: str) -> None:
        size = self.sheet.size
        if "y" in marked:
            for value in self.numbers["y"]:
                text = number(round(value * self._scale, 6))
                self.sheet.label((self.left - 12, self.y(value)), text, size * 2.6, "rm")
        if "x" in marked:
            for value in self.numbers["x"]:
                text = number(round(value * self._scale, 6))
                self.sheet.label((self.x(value), self.bottom + size * 0.9), text, size * 3)

    def _titles(self, random: Random) -> None:
        sheet = self.sheet
        upward, onward = random.choice(sheet.topic.quantities), random.choice(sheet.topic.quantities)
        sheet.label((self.left - sheet.size, self.top - sheet.size * 0.9), upward, 420, "lm", sheet.colours.quiet)
        where = (self.left + self.right) / 2, sheet.box[3] - sheet.size * 0.5
        sheet.label(where, onward, 420, "mm", sheet.colours.quiet)
        sheet.words += [upward, onward]

    def below(self, names: Sequence[str], centres: Sequence[float]) -> None:
        """Write names under the x axis, at pixels ``centres``."""
        room = (self.right - self.left) / max(len(names), 1) * 0.94
        for name, centre in zip(names, centres, strict=True):
            self.sheet.label((centre, self.bottom + self.sheet.size * 0.9), name, room)
        self.sheet.words += names

    def beside(self, names: Sequence[str], centres: Sequence[float], room: float) -> None:
        """Write names left of the y axis, at pixels ``centres``, no wider than ``room``."""
        for name, centre in zip(names, centres, strict=True):
            self.sheet.label((self.left - 12, centre), name, room - 12, "rm")
        self.sheet.words += names


def legend(random: Random, sheet: Sheet, names: Sequence[str], used: Sequence[Hue], often: float = 0.75) -> list[Fact]:
    """Sometimes (``often``, 0..1) a legend at one side of the sheet, which becomes smaller; what can be said of it."""
    if random.random() > often:
        return []
    place, mark = random.choice(PLACES), random.choice(("square", "circle"))
    left, top, right, bottom = sheet.box
    size = sheet.size
    if place == "right":
        lengths = [font(sheet.style.fonts.body, size).getlength(name) for name in names]
        room = min(max(lengths), (right - left) * 0.22)
        sheet.box = (left, top, right - room - size * 2.6, bottom)
        at = [(right - room - size * 1.9, top + size * (1.6 + 1.7 * i)) for i in range(len(names))]
    else:
        room = (right - left) / len(names) - size * 1.5
        row = top + size * 0.7 if place == "top" else bottom - size * 0.7
        sheet.box = (
            (left, top + size * 1.7, right, bottom) if place == "top" else (left, top, right, bottom - size * 1.7)
        )
        at = [(left + (right - left) * i / len(names), row) for i in range(len(names))]
    for (x, y), name, (_, colour) in zip(at, names, used, strict=True):
        _mark(sheet, (x, y), colour, mark)
        sheet.label((x + size * 1.2, y), name, room, "lm")
    where = {"right": "on the right", "top": "at the top", "bottom": "at the bottom"}[place]
    return [said("legend", place, f"with a legend {where}", f"with its legend {where}", f"and a legend {where}")]


def _mark(sheet: Sheet, at: Point, colour: Colour, shape: str) -> None:
    x, y = at
    half = sheet.size * 0.4
    box = (x, y - half, x + 2 * half, y + half)
    if shape == "square":
        sheet.canvas.box(box, colour)
    else:
        sheet.canvas.ellipse(box, colour)
