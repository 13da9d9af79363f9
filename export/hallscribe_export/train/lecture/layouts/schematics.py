"""Schematic drawings of things: circuits, light through glass, forces on a block, labelled bodies."""

from __future__ import annotations

import math
from random import Random

from hallscribe_export.train.lecture.canvas import Colour, Point, blend
from hallscribe_export.train.lecture.layouts.plate import DIAGRAM, around, centre, plate, terms, turned
from hallscribe_export.train.lecture.layouts.sheet import Sheet, coloured, hues, said
from hallscribe_export.train.lecture.page import NOUN, Fact, counted


def circuit(random: Random, sheet: Sheet) -> list[Fact]:
    """A loop of wires with a battery, resistors, lamps, capacitors; two loops now and then."""
    left, top, right, bottom = sheet.box
    wide = min(right - left - 80, (bottom - top) * 1.7)
    x, y = (left + right) / 2, (top + bottom) / 2
    half, tall = wide / 2, (bottom - top) / 2 - 40
    name, colour = hues(random, sheet.colours, 1)[0]
    wire = colour if random.random() < 0.4 else sheet.colours.ink
    facts = [said("colour", name, f"in {name}", f"drawn in {name}", f"coloured {name}")] if wire == colour else []
    sheet.canvas.box((x - half, y - tall, x + half, y + tall), None, wire, 5)
    spots: list[tuple[Point, bool]] = [((x - half * 0.45, y - tall), True), ((x + half * 0.45, y - tall), True),
                                       ((x + half, y), False), ((x, y + tall), True)]  # fmt: skip
    if random.random() < 0.4:
        sheet.canvas.line(((x, y - tall), (x, y + tall)), wire, 5)
        spots[3:] = [((x, y), False)]
        facts.append(said("loops", "2", "with two loops", "with a wire through the middle"))
    _battery(sheet, (x - half, y), wire)
    chosen = [random.choice((_resistor, _resistor, _zigzag, _lamp, _capacitor)) for _ in spots]
    used = random.randint(2, len(spots))
    for (spot, flat), part in zip(spots[:used], chosen, strict=False):
        sheet.step()
        part(sheet, spot, flat, wire)
    kinds = said(NOUN, "circuit", "a circuit diagram", "an electric circuit", "wires and electrical symbols")
    lamps = sum(part is _lamp for part in chosen[:used])
    if lamps:
        facts.append(counted("lamps", lamps, "lamp", "lamps"))
    return [
        kinds,
        DIAGRAM,
        counted("circuit parts", used, "part beside the battery", "parts beside the battery"),
        *facts,
    ]


def _clear(sheet: Sheet, at: Point, wide: float, high: float) -> None:
    sheet.canvas.box((at[0] - wide, at[1] - high, at[0] + wide, at[1] + high), sheet.colours.background)


def _battery(sheet: Sheet, at: Point, ink: Colour) -> None:
    x, y = at
    _clear(sheet, at, 8, 12)
    sheet.canvas.line(((x - 40, y - 12), (x + 40, y - 12)), ink, 5)
    sheet.canvas.line(((x - 20, y + 12), (x + 20, y + 12)), ink, 9)


def _resistor(sheet: Sheet, at: Point, flat: bool, ink: Colour) -> None:
    wide, high = (58, 22) if flat else (22, 58)
    x, y = at
    sheet.canvas.box((x - wide, y - high, x + wide, y + high), sheet.colours.background, ink, 5)


def _zigzag(sheet: Sheet, at: Point, flat: bool, ink: Colour) -> None:
    _clear(sheet, at, 58 if flat else 8, 8 if flat else 58)
    offsets = [(-60, 0), (-50, -22), (-30, 22), (-10, -22), (10, 22), (30, -22), (50, 22), (60, 0)]
    sheet.canvas.line([(at[0] + (a if flat else b), at[1] + (b if flat else a)) for a, b in offsets], ink, 5)


def _lamp(sheet: Sheet, at: Point, flat: bool, ink: Colour) -> None:
    x, y = at
    sheet.canvas.ellipse((x - 36, y - 36, x + 36, y + 36), sheet.colours.background, ink, 5)
    sheet.canvas.line(((x - 25, y - 25), (x + 25, y + 25)), ink, 5)
    sheet.canvas.line(((x - 25, y + 25), (x + 25, y - 25)), ink, 5)


def _capacitor(sheet: Sheet, at: Point, flat: bool, ink: Colour) -> None:
    x, y = at
    _clear(sheet, at, 12, 12)
    for side in (-13, 13):
        ends = ((x + side, y - 36), (x + side, y + 36)) if flat else ((x - 36, y + side), (x + 36, y + side))
        sheet.canvas.line(ends, ink, 6)


def lens(random: Random, sheet: Sheet) -> list[Fact]:
    """Rays of light through a lens or a prism, on an axis."""
    left, top, right, bottom = sheet.box
    x, y = (left + right) / 2, (top + bottom) / 2
    high = (bottom - top) * 0.42
    prism = random.random() < 0.35
    name, glass = hues(random, sheet.colours, 1)[0]
    fill = blend(sheet.colours.background, glass, 0.35)
    if prism:
        side = high * 1.1
        shape = [(x - side, y + side * 0.8), (x + side, y + side * 0.8), (x, y - side * 0.9)]
        sheet.canvas.polygon(shape, fill)
        sheet.canvas.line((*shape, shape[0], shape[1]), glass, 5)
        enter, leave = (x - side * 0.5, y), (x + side * 0.5, y)
        sheet.canvas.line(((left + 20, y + high * 0.5), enter), sheet.colours.ink, 6)
        for i, (_, colour) in enumerate(_RAINBOW):
            end = (right - 20, y + high * (0.05 + 0.19 * i))
            sheet.canvas.line((enter, (leave[0], leave[1] + 4 * i), end), colour, 8)
        kinds = said(NOUN, "prism", "a prism", "light through a prism", "a triangle that splits light into colours")
        return [
            kinds,
            DIAGRAM,
            said("rays", "rainbow", "with rays in rainbow colours", "with coloured rays on the right"),
        ]
    sheet.canvas.line(((left, y), (right, y)), sheet.colours.quiet, 3)
    half = high * 0.26
    sheet.canvas.ellipse((x - half, y - high, x + half, y + high), fill, glass, 5)
    rays, focus = random.randint(2, 5), (x + (right - x) * random.uniform(0.5, 0.8), y)
    ray, colour = hues(random, sheet.colours, 2)[1]
    for i in range(rays):
        at = y + high * 0.72 * (2 * i / (rays - 1) - 1)
        reach = 1.25
        far = (x + (focus[0] - x) * reach, at + (y - at) * reach)
        sheet.step()
        sheet.canvas.line(((left, at), (x, at), far), colour, 5)
    kinds = said(NOUN, "lens", "a lens", "light rays through a lens", "rays that meet behind a lens")
    tints = [
        said("ray colour", ray, f"with {ray} rays", f"with rays in {ray}"),
        said("glass", name, f"with a {name} lens", f"with a lens in {name}"),
    ]
    return [kinds, DIAGRAM, counted("rays", rays, "ray", "rays"), *tints]


_RAINBOW: tuple[tuple[str, Colour], ...] = (
    ("red", (225, 45, 45)), ("orange", (245, 140, 40)), ("yellow", (245, 215, 60)),
    ("green", (60, 175, 75)), ("blue", (45, 105, 225)), ("purple", (130, 60, 190)),
)  # fmt: skip


def forces(random: Random, sheet: Sheet) -> list[Fact]:
    """A block on the ground or on a slope with arrows for the forces on it."""
    left, top, right, bottom = sheet.box
    slope = random.random() < 0.5
    angle = random.uniform(15, 32) if slope else 0.0
    wide = min(right - left - 60, (bottom - top) * 1.8)
    x0, y0 = (left + right - wide) / 2, bottom - (50 if slope else (bottom - top) * 0.3)
    rise = wide * math.tan(math.radians(angle))
    rise = min(rise, bottom - top - 190)
    turn = -math.degrees(math.atan2(rise, wide))
    if slope:
        sheet.canvas.polygon(
            ((x0, y0), (x0 + wide, y0), (x0 + wide, y0 - rise)),
            blend(sheet.colours.background, sheet.colours.quiet, 0.5),
        )
    sheet.canvas.line(((x0, y0), (x0 + wide, y0)), sheet.colours.ink, 5)
    (name, block), (arrow, colour) = hues(random, sheet.colours, 2)
    size = (bottom - top) * 0.24
    at = (x0 + wide * 0.5, y0 - rise * 0.5)
    corners = [(-size * 0.75, 0), (size * 0.75, 0), (size * 0.75, -size), (-size * 0.75, -size)]
    sheet.canvas.polygon([turned(at, (at[0] + a, at[1] + b), turn) for a, b in corners], block)
    middle = turned(at, (at[0], at[1] - size / 2), turn)
    count = random.randint(1, 4)
    for i, direction in enumerate(random.sample((90.0, turn - 90, turn, turn + 180), count)):
        sheet.step()
        end = around(middle, size * random.uniform(0.95, 1.3), direction)
        sheet.canvas.arrow(middle, end, colour, 8)
        sheet.canvas.text(around(end, 26, direction), f"F{i + 1}", sheet.style.fonts.body, 28, sheet.colours.ink, "mm")
    where = (
        said("ground", "slope", "on a slope", "on an inclined plane")
        if slope
        else said("floor", "flat", "on flat ground")
    )
    kinds = said(NOUN, "forces", "a block with force arrows", "forces on a block", "a free-body diagram")
    return [kinds, DIAGRAM, Fact("under it", where.value, where.phrases), counted("arrows", count, "arrow", "arrows"),
            said("block", name, f"with a {name} block", f"with the block in {name}"),
            said("arrow colour", arrow, f"with {arrow} arrows", f"with arrows in {arrow}")]  # fmt: skip


def anatomy(random: Random, sheet: Sheet) -> list[Fact]:
    """A rounded body with parts in it and labels around it on lines: a cell, an organ, a machine's cut."""
    left, top, right, bottom = sheet.box
    x, y = centre(sheet.box)
    wide, high = min((right - left) * 0.27, (bottom - top) * 0.55), (bottom - top) * 0.42
    count = random.randint(2, 6)
    used = hues(random, sheet.colours, count + 1)
    bumps = [random.uniform(0, 0.07) for _ in range(4)]
    rim = []
    for degrees in range(0, 360, 6):
        swell = 1 + sum(b * math.sin((k + 2) * math.radians(degrees) + 9 * b) for k, b in enumerate(bumps))
        rim.append(around((x, y), wide * swell * 0.93, degrees, high / wide))
    sheet.canvas.polygon(rim, blend(sheet.colours.background, used[0][1], 0.35))
    sheet.canvas.line((*rim, rim[0], rim[1]), used[0][1], 6)
    turn = random.uniform(0, 360)
    for i, words in enumerate(terms(random, sheet.topic, count)):
        angle = turn + 360 * i / count
        px, py = x + wide * 0.55 * math.cos(math.radians(angle)), y + high * 0.55 * math.sin(math.radians(angle))
        size = min(wide, high) * random.uniform(0.14, 0.24)
        flat = random.uniform(0.55, 1.0)
        sheet.canvas.ellipse((px - size, py - size * flat, px + size, py + size * flat), used[i + 1][1])
        to_right = px >= x
        end = (x + (wide * 1.16 if to_right else -wide * 1.16), py)
        sheet.canvas.line(((px, py), end), sheet.colours.ink, 3)
        room = (right - end[0] if to_right else end[0] - left) - 12
        sheet.label((end[0] + (10 if to_right else -10), py), words, room, "lm" if to_right else "rm")
        sheet.step()
    kinds = said(
        NOUN,
        "labelled drawing",
        "a labelled drawing of a cell",
        "a drawing with labelled parts",
        "a body with labelled parts",
    )
    parts = counted("parts", count, "part inside", "parts inside")
    return [kinds, DIAGRAM, counted("labels", count, "label", "labels"), parts, *coloured("outline", used[:1])]


LAYOUTS = tuple(map(plate, (circuit, lens, forces, anatomy)))
