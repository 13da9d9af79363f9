"""Molecules and atoms."""

from __future__ import annotations

import math
from random import Random

from hallscribe_export.train.lecture.canvas import Box, Colour, Point, blend
from hallscribe_export.train.lecture.layouts.plate import DIAGRAM, around, centre, plate, turned
from hallscribe_export.train.lecture.layouts.sheet import Sheet, hues, said
from hallscribe_export.train.lecture.page import NOUN, Fact, counted
from hallscribe_export.train.lecture.palette import readable_on

# Atoms: letter, colour's name, colour, size.
_ATOMS: tuple[tuple[str, str, Colour, float], ...] = (
    ("C", "black", (58, 60, 66), 1.0),
    ("O", "red", (214, 48, 42), 0.95),
    ("N", "blue", (52, 92, 220), 0.95),
    ("H", "white", (236, 236, 236), 0.65),
    ("S", "yellow", (232, 196, 40), 1.1),
)


def molecule(random: Random, sheet: Sheet) -> list[Fact]:
    """Balls joined by sticks: a chain, a ring, or one atom with others around it."""
    way = random.choice(("chain", "ring", "star"))
    points, bonds = _joined(random, sheet.box, way)
    high = sheet.box[3] - sheet.box[1]
    atoms = [random.choice(_ATOMS) for _ in points]
    if way == "star":
        outer = random.choice(_ATOMS)
        atoms[1:] = [outer] * (len(points) - 1)
    size = high * (0.085 if way != "star" else 0.11)
    for a, b in bonds:
        double = random.random() < 0.2
        for shift in (-9, 9) if double else (0,):
            (ax, ay), (bx, by) = points[a], points[b]
            along = math.atan2(by - ay, bx - ax)
            dx, dy = -math.sin(along) * shift, math.cos(along) * shift
            sheet.canvas.line(((ax + dx, ay + dy), (bx + dx, by + dy)), sheet.colours.quiet, 9 if not double else 6)
    lettered = random.random() < 0.5
    for point, (letter, _, colour, scale) in zip(points, atoms, strict=True):
        _ball(sheet, point, size * scale, colour)
        if lettered:
            sheet.canvas.text(point, letter, sheet.style.fonts.body, 34, readable_on(colour), "mm")
    shape = {"chain": ("in a zigzag chain", "like a chain"), "ring": ("in a ring", "with a ring of balls"),
             "star": ("around a middle one", "with one ball in the middle")}[way]  # fmt: skip
    facts = [counted("balls", len(points), "ball", "balls"), Fact("arrangement", way, shape)]
    if lettered:
        facts.append(said("letters on balls", "yes", "with letters on its balls", "with lettered balls"))
    facts += [said(f"{name} balls", "yes", f"with {name} balls among them", f"that has {name} balls")
              for name in sorted({atom[1] for atom in atoms})]  # fmt: skip
    kinds = said(
        NOUN, "molecule", "a molecule", "a model of a molecule", "balls joined by sticks", "a chemical structure"
    )
    return [kinds, DIAGRAM, *facts]


def _joined(random: Random, box: Box, way: str) -> tuple[list[Point], list[tuple[int, int]]]:
    """Where the atoms of a "chain", a "ring" or a "star" are, and which are joined."""
    x, y = centre(box)
    left, top, right, bottom = box
    high = bottom - top
    if way == "star":
        count = random.randint(2, 5)
        turn = random.uniform(0, 360)
        points = [(x, y), *(around((x, y), high * 0.33, turn + 360 * i / count) for i in range(count))]
        bonds = [(0, i) for i in range(1, count + 1)]
    elif way == "ring":
        count = random.choice((5, 6, 6))
        points = [around((x, y), high * 0.24, -90 + 360 * i / count) for i in range(count)]
        bonds = [(i, (i + 1) % count) for i in range(count)]
        for i in random.sample(range(count), random.randint(0, 3)):
            points.append(around((x, y), high * 0.42, -90 + 360 * i / count))
            bonds.append((i, len(points) - 1))
    else:
        count = random.randint(3, 8)
        step = min((right - left - 120) / (count - 1), high * 0.36)
        points = [
            (x + (i - (count - 1) / 2) * step, y + (high * 0.11 if i % 2 else -high * 0.11)) for i in range(count)
        ]
        bonds = [(i, i + 1) for i in range(count - 1)]
    return points, bonds


def _ball(sheet: Sheet, at: Point, radius: float, colour: Colour) -> None:
    x, y = at
    for i in range(6):
        share = i / 6
        r, off = radius * (1 - 0.8 * share), -radius * 0.3 * share
        tone = blend(blend(colour, (0, 0, 0), 0.25), blend(colour, (255, 255, 255), 0.35), share)
        sheet.canvas.ellipse((x + off - r, y + off - r, x + off + r, y + off + r), tone)


def atom(random: Random, sheet: Sheet) -> list[Fact]:
    """A nucleus and electrons on one to four shells: circles around it, or crossed ellipses."""
    x, y = centre(sheet.box)
    size = min(sheet.box[3] - sheet.box[1], sheet.box[2] - sheet.box[0]) / 2 - 20
    shells, crossed = random.randint(1, 4), random.random() < 0.35
    used = hues(random, sheet.colours, 2)
    inner, outer = used[0][0], used[1][0]
    facts = [
        said("electrons", outer, f"with {outer} dots on its shells", f"with {outer} electrons"),
        said("nucleus", inner, f"with a {inner} nucleus", f"with a {inner} ball in the middle"),
    ]
    total = 0
    for i in range(3 if crossed else shells):
        radius = size if crossed else size * (i + 1.4) / (shells + 0.4)
        flat, turn = (0.34, 60 * i) if crossed else (1.0, 0)
        ring = [turned((x, y), around((x, y), radius, a, flat), turn) for a in range(0, 365, 5)]
        sheet.canvas.line(ring, sheet.colours.quiet, 4)
        electrons = 1 if crossed else random.randint(1, 8 if i else 2)
        total += electrons
        start = random.uniform(0, 360)
        for k in range(electrons):
            ex, ey = turned((x, y), around((x, y), radius, start + 360 * k / electrons, flat), turn)
            sheet.canvas.ellipse((ex - 15, ey - 15, ex + 15, ey + 15), used[1][1])
        sheet.step()
    core = size * 0.15
    _ball(sheet, (x, y), core, used[0][1])
    if crossed:
        facts.append(said("shells", "crossed", "with crossed ellipses", "with three crossed orbits"))
    else:
        facts.append(counted("shells", shells, "shell", "shells"))
        facts.append(counted("circles around", shells, "circle around its middle", "circles around its middle"))
    if total <= 10:
        facts.append(counted("electron count", total, "electron", "electrons"))
    kinds = said(NOUN, "atom", "a model of an atom", "an atom with electrons", "electrons around a nucleus")
    return [kinds, DIAGRAM, *facts]


LAYOUTS = tuple(map(plate, (molecule, atom)))
