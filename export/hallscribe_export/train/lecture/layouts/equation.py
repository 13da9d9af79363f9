"""Formulas: one big one, several lines of a derivation, a matrix."""

from __future__ import annotations

from random import Random

import cv2
import numpy as np

from hallscribe_export.train.lecture import prose
from hallscribe_export.train.lecture.building import Building, builds, coloured
from hallscribe_export.train.lecture.canvas import Colour, Picture, blend
from hallscribe_export.train.lecture.formula import FORMULA_KINDS, derivation, formula, mask, mathematical_set, matrix
from hallscribe_export.train.lecture.page import Fact, Layout, Page, Style, Topic, counted

_GENERAL = Fact("kind", "formula", ("a formula", "mathematics on a slide", "a mathematical formula"))
_SHOWN = {
    "fraction": ("with a fraction",),
    "sum": ("with a sum sign", "with a sum"),
    "integral": ("with an integral sign", "with an integral"),
    "root": ("with a square root",),
}


def _print(building: Building, ink: Picture, x: float, y: float, colour: Colour, room: tuple[float, float]) -> Picture:
    """Print a mask with its left edge at ``x`` and its middle at ``y``, smaller where it does not fit the room."""
    share = min(room[0] / ink.shape[1], room[1] / ink.shape[0], 1.0)
    if share < 1:
        size = (max(int(ink.shape[1] * share), 1), max(int(ink.shape[0] * share), 1))
        ink = np.asarray(cv2.resize(ink, size, interpolation=cv2.INTER_AREA), np.uint8)
    building.canvas.stamp(ink, (int(x), int(y - ink.shape[0] / 2)), colour)
    return ink


def equation(rng: Random, style: Style, topic: Topic) -> Page:
    """One big formula, in a box or not, with or without words around it."""
    building = Building(style, prose.title(rng, topic) if rng.random() < 0.8 else "", builds(rng, 0.3))
    left, top, right, bottom = building.box
    kind = rng.choice(FORMULA_KINDS)
    worded, boxed = rng.random() < 0.55, rng.random() < 0.35
    name, hue = style.colours.accents[0]
    colour = hue if rng.random() < 0.25 else building.ink
    facts = [Fact("kind", "equation", ("a big equation", "an equation", "a single equation")), _GENERAL]
    if kind in _SHOWN:
        facts.append(Fact("formula", kind, _SHOWN[kind]))
    if colour == hue:
        facts.append(coloured("formula colour", name, "in {} letters"))
    ink = mask(formula(rng, kind), rng.choice((84, 100, 120)), mathematical_set(rng, style.fonts))
    room = (right - left - 120, (bottom - top) * (0.36 if worded else 0.7))
    share = min(room[0] / ink.shape[1], room[1] / ink.shape[0], 1.0)
    wide, high = ink.shape[1] * share, ink.shape[0] * share
    y = top + (bottom - top) * (0.36 if worded else 0.5)
    x = (left + right - wide) / 2
    if boxed:
        around = (x - 44, y - high / 2 - 34, x + wide + 44, y + high / 2 + 34)
        building.canvas.box(around, fill=blend(style.colours.background, hue, 0.15), outline=hue, width=6)
        facts += [
            Fact("formula box", "yes", ("in a box", "framed by a box")),
            coloured("formula box colour", name, "in a {} box"),
        ]
    _print(building, ink, x, y, colour, room)
    if worded:
        building.step()
        below = y + high / 2 + 60
        building.lines((left, below, right, bottom), prose.sentences(rng, topic, 2), 30)
        facts.append(Fact("words", "below", ("with text below it", "with an explanation underneath")))
    return building.page("equation", *facts)


def several(rng: Random, style: Style, topic: Topic) -> Page:
    """A derivation of two to five lines."""
    building = Building(style, prose.title(rng, topic), builds(rng, 0.6))
    left, top, right, bottom = building.box
    count, letters = rng.randint(2, 5), mathematical_set(rng, style.fonts)
    row = (bottom - top) / count
    size = rng.choice((48, 60, 72))
    name, hue = style.colours.accents[0]
    last = rng.random() < 0.35
    facts = [
        Fact("kind", "derivation", ("several lines of equations", "a derivation", "equations below each other")),
        _GENERAL,
        counted("lines of formulas", count, "line of formulas", "lines of formulas"),
    ]
    indent = left + rng.choice((0, 90, 200))
    for i, line in enumerate(derivation(rng, count)):
        if i:
            building.step()
        y, colour = top + (i + 0.5) * row, hue if last and i == count - 1 else building.ink
        start = indent + (70 if i else 0)
        _print(building, mask(line, size, letters), start, y, colour, (right - start, row * 0.85))
    if last:
        facts.append(coloured("last line", name, "with the last line in {}"))
    return building.page("several", *facts)


def matrices(rng: Random, style: Style, topic: Topic) -> Page:
    """A matrix, by itself or times a vector."""
    building = Building(style, prose.title(rng, topic) if rng.random() < 0.8 else "")
    left, top, right, bottom = building.box
    rows, columns = rng.randint(2, 4), rng.randint(2, 4)
    letters, size = mathematical_set(rng, style.fonts), rng.choice((52, 64))
    brackets, signed = rng.choice(("square", "round")), rng.random() < 0.5
    name = rng.choice("abm")
    entries = [
        [f"{name}_{{{i + 1}{j + 1}}}" if signed else str(rng.randint(-9, 9)) for j in range(columns)]
        for i in range(rows)
    ]
    facts = [
        Fact("kind", "matrix", ("a matrix", "a matrix of numbers" if not signed else "a matrix of letters")), _GENERAL,
        counted("matrix rows", rows, "row", "rows"), counted("matrix columns", columns, "column", "columns"),
        Fact("brackets", brackets, (f"in {brackets} brackets",)),
    ]  # fmt: skip
    parts = [matrix(entries, size, letters, brackets)]
    if rng.random() < 0.4:
        parts.append(matrix([[f"x_{j + 1}"] for j in range(columns)], size, letters, brackets))
        facts.append(Fact("vector", "yes", ("beside a column vector", "times a vector")))
    else:
        parts.insert(0, mask(f"{name.upper()} =", size, letters))
    wide = sum(each.shape[1] for each in parts) + 40 * (len(parts) - 1)
    share = min((right - left) / wide, 1.0)
    x = (left + right - wide * share) / 2
    for each in parts:
        printed = _print(building, each, x, (top + bottom) / 2, building.ink, (each.shape[1] * share, bottom - top))
        x += printed.shape[1] + 40 * share
    return building.page("matrices", *facts)


LAYOUTS: tuple[Layout, ...] = (equation, equation, several, matrices)
