"""Diagrams of what lies on or in what: pyramids, layers, funnels, Venn diagrams, onion rings, matrices."""

from __future__ import annotations

from random import Random

from hallscribe_export.train.lecture.canvas import Point, blend
from hallscribe_export.train.lecture.layouts.plate import (
    DIAGRAM,
    around,
    centre,
    inks,
    lettered,
    painted,
    plate,
    shaded,
    shape,
    terms,
)
from hallscribe_export.train.lecture.layouts.sheet import Sheet, coloured, hues, said
from hallscribe_export.train.lecture.page import NOUN, NUMBERS, Fact, counted
from hallscribe_export.train.lecture.palette import readable_on


def pyramid(random: Random, sheet: Sheet) -> list[Fact]:
    """A triangle in three to six layers, the tip at the top or at the bottom."""
    count, down = random.randint(3, 6), random.random() < 0.2
    left, top, right, bottom = sheet.box
    x, half = (left + right) / 2, min((right - left) / 2, (bottom - top) * 0.8)
    aside = random.random() < 0.35
    if aside:
        half = min(half, (right - left) * 0.3)
        x = left + half
    used, facts = painted(random, sheet, "layers", count)
    fill, more = shaded(random, "layers")
    each = (bottom - top) / count
    order = range(count - 1, -1, -1) if random.random() < 0.6 else range(count)
    words = terms(random, sheet.topic, count)
    for i in order:
        upper, lower = (1 - i / count, 1 - (i + 1) / count) if down else (i / count, (i + 1) / count)
        y = top + i * each
        ring = _band(x, y, each, half * upper, half * lower, 3)
        inside, ink = inks(sheet, used[i][1], fill)
        sheet.canvas.polygon(ring, inside)
        sheet.canvas.line((*ring, ring[0]), used[i][1], 4)
        if aside:
            side = x + half * (upper + lower) / 2 + 8
            sheet.canvas.line(((side, y + each / 2), (x + half + 24, y + each / 2)), sheet.colours.quiet, 3)
            sheet.label((x + half + 34, y + each / 2), words[i], right - x - half - 40, "lm")
        else:
            room = half * (upper + lower) * (0.75 if min(upper, lower) < 0.15 else 0.9)
            middle = y + each * (0.68 if upper < 0.1 and not down else 0.5)
            lettered(sheet, (x, middle), words[i], room, each * 0.7, ink)
        sheet.step()
    kinds = said(NOUN, "pyramid", "a pyramid", "a pyramid diagram", "a triangle cut into layers")
    if down:
        more.append(said("tip", "down", "that stands on its tip", "with its tip at the bottom"))
    if aside:
        more.append(said("labels", "right", "with labels on the right", "with labels beside its layers"))
    return [kinds, DIAGRAM, counted("layers", count, "layer", "layers"), *facts, *more]


def _band(x: float, y: float, high: float, upper: float, lower: float, gap: float) -> tuple[Point, ...]:
    """A band around ``x`` from ``y`` down, half as wide as ``upper`` at the top and ``lower`` at its foot."""
    top, foot = y + gap, y + high - gap
    return (x - upper, top), (x + upper, top), (x + lower, foot), (x - lower, foot)


def funnel(random: Random, sheet: Sheet) -> list[Fact]:
    """Three to six bands that get narrower to the bottom."""
    count = random.randint(3, 6)
    left, top, right, bottom = sheet.box
    x, half = (left + right) / 2, min((right - left) / 2, (bottom - top) * 0.75)
    used, facts = painted(random, sheet, "bands", count)
    each = (bottom - top) / count
    for i, words in enumerate(terms(random, sheet.topic, count)):
        if i:
            sheet.step()
        upper, lower, y = 1 - 0.72 * i / count, 1 - 0.72 * (i + 1) / count, top + i * each
        ring = _band(x, y, each, half * upper, half * lower, 4)
        sheet.canvas.polygon(ring, used[i][1])
        lettered(sheet, (x, y + each / 2), words, half * lower * 1.8, each * 0.7, readable_on(used[i][1]))
    kinds = said(NOUN, "funnel", "a funnel", "a funnel diagram", "bands that get narrower to the bottom")
    return [kinds, DIAGRAM, counted("bands", count, "band", "bands"), *facts]


def layers(random: Random, sheet: Sheet) -> list[Fact]:
    """Broad blocks on top of each other, some of them cut into columns."""
    count = random.randint(3, 6)
    left, top, right, bottom = sheet.box
    inset = (right - left) * random.choice((0.0, 0.1, 0.2))
    used, facts = painted(random, sheet, "blocks", count)
    fill, more = shaded(random, "blocks")
    each, cut = (bottom - top) / count, random.random() < 0.45
    split = random.randrange(count) if cut else -1
    for i in range(count - 1, -1, -1):
        y, columns = top + i * each, random.randint(2, 4) if i == split else 1
        wide = (right - left - 2 * inset) / columns
        for column, words in enumerate(terms(random, sheet.topic, columns)):
            x = left + inset + column * wide
            shape(sheet, "round", (x + 4, y + 5, x + wide - 4, y + each - 5), used[i][1], fill, words)
        sheet.step()
    if cut:
        more.append(
            said("cut", "yes", "with one layer cut into columns", "with several blocks side by side in one layer")
        )
    kinds = said(NOUN, "layers", "a stack of layers", "blocks on top of each other", "a layered architecture diagram")
    return [kinds, DIAGRAM, counted("layers", count, "layer", "layers"), *facts, *more]


def venn(random: Random, sheet: Sheet) -> list[Fact]:
    """Two or three circles that overlap."""
    count = random.randint(2, 3)
    left, top, right, bottom = sheet.box
    radius = min((bottom - top) / (2 if count == 2 else 3.4), (right - left) / 3.4) * 0.96
    x, y = centre(sheet.box)
    apart = radius * random.uniform(0.58, 0.7)
    if count == 2:
        points = [(x - apart, y), (x + apart, y)]
    else:
        points = [around((x, y + radius * 0.18), apart * 1.1, -90 + 120 * i) for i in range(3)]
    used = hues(random, sheet.colours, count)
    outlined = random.random() < 0.3
    facts = coloured("circles", used)
    if not outlined:
        mask = _overlaps(sheet, points, radius, [colour for _, colour in used])
        facts += mask
    for (px, py), (_, colour) in zip(points, used, strict=True):
        sheet.canvas.ellipse((px - radius, py - radius, px + radius, py + radius), None, colour, 7 if outlined else 4)
    for (px, py), words in zip(points, terms(random, sheet.topic, count), strict=True):
        away = (px + (px - x) * 0.75, py + (py - y) * (0.75 if count == 3 else 0))
        sheet.step()
        lettered(sheet, away, words, radius * 0.95, radius * 0.6, sheet.colours.ink)
    if random.random() < 0.5:
        sheet.label((x, y), random.choice(sheet.topic.names), radius * 0.5)
    if outlined:
        facts.append(said("fill of sets", "outlined", "with outlined circles", "with circles that are not filled"))
    kinds = said(NOUN, "Venn diagram", "a Venn diagram", "overlapping circles", "a diagram of overlapping sets")
    return [kinds, DIAGRAM, counted("circles", count, "circle", "circles"), *facts]


def _overlaps(
    sheet: Sheet, points: list[tuple[float, float]], radius: float, tints: list[tuple[int, int, int]]
) -> list[Fact]:
    """Fill the circles, and darker where two of them overlap, line by line of the page."""
    ground = sheet.colours.background
    for (x, y), tint in zip(points, tints, strict=True):
        sheet.canvas.ellipse((x - radius, y - radius, x + radius, y + radius), blend(ground, tint, 0.45))
    for i, (x, y) in enumerate(points):
        for j, (to, down) in enumerate(points[:i]):
            lens = _lens((x, y), (to, down), radius)
            sheet.canvas.polygon(lens, blend(blend(tints[i], tints[j], 0.5), ground, 0.25))
    return [said("fill of sets", "filled", "with filled circles", "with coloured circles")]


def _lens(first: tuple[float, float], second: tuple[float, float], radius: float) -> list[tuple[float, float]]:
    """The outline of what two circles of the same size share."""
    inside = [around(first, radius, a) for a in range(0, 360, 4)]
    kept = [p for p in inside if (p[0] - second[0]) ** 2 + (p[1] - second[1]) ** 2 <= radius**2]
    other = [around(second, radius, a) for a in range(0, 360, 4)]
    kept += [p for p in other if (p[0] - first[0]) ** 2 + (p[1] - first[1]) ** 2 <= radius**2]
    x, y = sum(p[0] for p in kept) / len(kept), sum(p[1] for p in kept) / len(kept)
    return sorted(kept, key=lambda p: _turn(p[0] - x, p[1] - y))


def _turn(x: float, y: float) -> float:
    """A number that grows with the angle of a direction (the diamond angle)."""
    share = y / max(abs(x) + abs(y), 1e-6)
    return share if x >= 0 else 2 - share


def onion(random: Random, sheet: Sheet) -> list[Fact]:
    """Three to five circles in each other."""
    count = random.randint(3, 5)
    left, top, right, bottom = sheet.box
    x = (left + right) / 2
    outer = min(right - left, bottom - top) / 2
    used, facts = painted(random, sheet, "rings", count)
    words = terms(random, sheet.topic, count)
    for i in range(count):
        radius = outer * (1 - i / count)
        colour = blend(used[i][1], sheet.colours.background, 0.12 + 0.55 * (1 - (i + 1) / count))
        low = bottom - 2 * radius
        sheet.canvas.ellipse((x - radius, low, x + radius, bottom), colour, sheet.colours.background, 5)
        lettered(sheet, (x, low + outer / count), words[i], radius * 1.1, outer / count, readable_on(colour))
        sheet.step()
    kinds = said(NOUN, "circles in circles", "circles inside each other", "nested circles", "an onion diagram")
    return [kinds, DIAGRAM, counted("circles", count, "circle", "circles"), *facts]


def quadrants(random: Random, sheet: Sheet) -> list[Fact]:
    """A square cut into four fields, with words in each and along its sides."""
    left, top, right, bottom = sheet.box
    left, bottom = left + 40, bottom - 40
    spare = max(right - left - (bottom - top) * random.choice((1.2, 1.6, 2.0)), 0)
    left, right = left + spare / 2, right - spare / 2
    used, facts = painted(random, sheet, "fields", 4)
    fill, more = shaded(random, "fields")
    x, y = (left + right) / 2, (top + bottom) / 2
    boxes = (
        (left, top, x - 4, y - 4),
        (x + 4, top, right, y - 4),
        (left, y + 4, x - 4, bottom),
        (x + 4, y + 4, right, bottom),
    )
    for box, (_, colour), words in zip(boxes, used, terms(random, sheet.topic, 4), strict=True):
        shape(sheet, "box", box, colour, fill, words)
        sheet.step()
    sheet.canvas.arrow((left - 16, bottom + 14), (right, bottom + 14), sheet.colours.ink, 4)
    sheet.canvas.arrow((left - 16, bottom + 14), (left - 16, top), sheet.colours.ink, 4)
    kinds = said(NOUN, "quadrants", "a matrix of four fields", "four quadrants", "a two by two matrix")
    return [kinds, DIAGRAM, *facts, *more]


def grid(random: Random, sheet: Sheet) -> list[Fact]:
    """Squares in rows and columns: a chessboard, a matrix with some fields coloured, or numbers in fields."""
    rows, columns = random.randint(3, 8), random.randint(3, 9)
    chess = random.random() < 0.35
    if chess:
        rows = columns = 8
    left, top, right, bottom = sheet.box
    each = min((right - left) / columns, (bottom - top) / rows)
    x, y = (left + right - each * columns) / 2, (top + bottom - each * rows) / 2
    name, colour = hues(random, sheet.colours, 1)[0]
    light = blend(sheet.colours.background, colour, 0.15)
    numbers = not chess and random.random() < 0.4
    marked = {(random.randrange(rows), random.randrange(columns)) for _ in range(rows * columns // 4)}
    for row in range(rows):
        for column in range(columns):
            on = (row + column) % 2 == 1 if chess else (row, column) in marked
            box = (x + column * each, y + row * each, x + (column + 1) * each, y + (row + 1) * each)
            sheet.canvas.box(box, colour if on else light, sheet.colours.ink, 1 if chess else 3)
            if numbers:
                ink = readable_on(colour) if on else sheet.colours.ink
                sheet.canvas.text(centre(box), str(random.randint(0, 9)), sheet.style.fonts.body, 26, ink, "mm")
    facts = [said("colour of squares", name, f"with {name} squares", f"in {name}")]
    if chess:
        return [said(NOUN, "chessboard", "a chessboard", "a checkered board", "a board of squares"), *facts]
    if numbers:
        facts.append(said("numbers", "yes", "with numbers in its squares", "filled with numbers"))
    kinds = said(NOUN, "grid", "a grid of squares", "squares in rows and columns", "a matrix of squares")
    shape_facts = [
        said(noun, NUMBERS[count], f"with {NUMBERS[count]} {noun}", f"that has {NUMBERS[count]} {noun}")
        for noun, count in (("rows", rows), ("columns", columns))
    ]
    return [kinds, DIAGRAM, *shape_facts, *facts]


LAYOUTS = tuple(map(plate, (pyramid, funnel, layers, venn, onion, quadrants, grid)))
