"""Figures of geometry: triangles, circles, solids, vectors, angles, polygons, symmetric patterns."""

from __future__ import annotations

import math
from random import Random

from hallscribe_export.train.lecture.canvas import Colour, Point, blend
from hallscribe_export.train.lecture.layouts.plate import around, centre, plate
from hallscribe_export.train.lecture.layouts.sheet import Sheet, articled, coloured, hues, said
from hallscribe_export.train.lecture.layouts.solids import SOLIDS
from hallscribe_export.train.lecture.page import NOUN, NUMBERS, Fact, counted

FIGURE = Fact(NOUN, "geometric figure", ("a geometric figure", "a drawing from geometry", "a geometric drawing"))


def _filled(random: Random, noun: str) -> tuple[bool, list[Fact]]:
    filled = random.random() < 0.5
    way = "filled" if filled else "outlined"
    return filled, [said(f"fill of {noun}", way, "filled with colour" if filled else "drawn as an outline")]


def _letter(sheet: Sheet, at: Point, away: Point, letter: str, far: float = 30) -> None:
    """Write a letter beside a point, on the side away from another."""
    angle = math.atan2(at[1] - away[1], at[0] - away[0])
    place = at[0] + far * math.cos(angle), at[1] + far * math.sin(angle)
    sheet.canvas.text(place, letter, sheet.style.fonts.body, 32, sheet.colours.ink, "mm")


def triangle(random: Random, sheet: Sheet) -> list[Fact]:
    """A triangle with its corners named, an angle marked, or a height drawn; some have a right angle."""
    left, top, right, bottom = sheet.box
    wide, high = min(right - left - 120, (bottom - top) * 1.5), bottom - top - 90
    x, y = (left + right) / 2, top + 45
    form = random.choice(("right", "equal", "scalene", "scalene"))
    tip = {"right": -0.5, "equal": 0.0}.get(form, random.uniform(-0.4, 0.4))
    wide = high * 1.15 if form == "equal" else wide * random.uniform(0.75, 1)
    points = [(x - wide / 2, y + high), (x + wide / 2, y + high), (x + tip * wide, y)]
    name, colour = hues(random, sheet.colours, 1)[0]
    filled, facts = _filled(random, "triangle")
    if filled:
        sheet.canvas.polygon(points, blend(sheet.colours.background, colour, 0.45))
    if form == "right":
        corner = (points[0][0] + 34, points[0][1] - 34)
        sheet.canvas.box((points[0][0], corner[1], corner[0], points[0][1]), None, sheet.colours.ink, 4)
        facts.append(said("angle", "right", "with a right angle", "with a marked right angle"))
    sheet.canvas.line((*points, points[0], points[1]), colour, 7)
    if random.random() < 0.7:
        middle = (x, y + high * 0.6)
        for point, letter in zip(points, "ABC", strict=True):
            _letter(sheet, point, middle, letter)
        facts.append(said("letters", "yes", "with letters at its corners", "with named corners"))
    sheet.step()
    if form != "right" and random.random() < 0.4:
        for i in range(int(y), int(y + high), 24):
            sheet.canvas.line(((points[2][0], i), (points[2][0], min(i + 13, y + high))), sheet.colours.ink, 4)
        facts.append(said("height", "yes", "with a dashed height", "with a dashed vertical line inside"))
    kinds = [said(NOUN, "right triangle", "a right triangle", "a right-angled triangle")] if form == "right" else []
    general = said(NOUN, "triangle", "a triangle", "a drawing of a triangle")
    return [*kinds, general, FIGURE, *facts, *coloured("outline", [(name, colour)])]


def circle(random: Random, sheet: Sheet) -> list[Fact]:
    """A circle with a radius, a diameter, a chord, a tangent, or a polygon inside."""
    left, top, right, bottom = sheet.box
    radius = min(bottom - top, right - left) / 2 - 44
    middle = centre(sheet.box)
    name, colour = hues(random, sheet.colours, 1)[0]
    filled, facts = _filled(random, "circle")
    x, y = middle
    fill = blend(sheet.colours.background, colour, 0.3) if filled else None
    sheet.canvas.ellipse((x - radius, y - radius, x + radius, y + radius), fill, colour, 7)
    sheet.canvas.ellipse((x - 8, y - 8, x + 8, y + 8), sheet.colours.ink)
    sheet.step()
    facts.append(_line_of(random, sheet, middle, radius, colour))
    kind = said(NOUN, "circle", "a circle", "a drawing of a circle")
    return [kind, FIGURE, *facts, *coloured("outline", [(name, colour)])]


def _line_of(random: Random, sheet: Sheet, middle: Point, radius: float, colour: Colour) -> Fact:
    """Draw a line that belongs to a circle, or a polygon inside; which."""
    x, y = middle
    ink, turn = sheet.colours.ink, random.uniform(0, 360)
    way = random.choice(("radius", "diameter", "chord", "tangent", "polygon", "sector"))
    if way == "radius":
        end = around(middle, radius, turn)
        sheet.canvas.line((middle, end), ink, 6)
        _letter(sheet, ((x + end[0]) / 2, (y + end[1]) / 2), around(middle, radius, turn + 90), "r", 26)
    elif way == "diameter":
        sheet.canvas.line((around(middle, radius, turn), around(middle, radius, turn + 180)), ink, 6)
    elif way == "chord":
        sheet.canvas.line(
            (around(middle, radius, turn), around(middle, radius, turn + random.uniform(80, 140))), ink, 6
        )
    elif way == "tangent":
        touch, (dx, dy) = around(middle, radius, turn), around((0, 0), radius * 0.9, turn + 90)
        sheet.canvas.line(((touch[0] - dx, touch[1] - dy), (touch[0] + dx, touch[1] + dy)), ink, 6)
        sheet.canvas.line((middle, touch), ink, 4)
    elif way == "sector":
        box = (x - radius + 4, y - radius + 4, x + radius - 4, y + radius - 4)
        sheet.canvas.slice(box, turn, turn + random.uniform(40, 110), colour)
    else:
        count = random.randint(3, 6)
        ring = [around(middle, radius, turn + 360 * i / count) for i in range(count)]
        sheet.canvas.line((*ring, ring[0], ring[1]), ink, 6)
        inside = ("a triangle", "a square", "a pentagon", "a hexagon")[count - 3]
        return said("inside", inside, f"with {inside} inside", f"around {inside}")
    phrases = {
        "radius": ("with its radius", "with a line from its centre"),
        "diameter": ("with its diameter", "cut in half by a line"),
        "chord": ("with a chord", "with a line across it"),
        "tangent": ("with a tangent", "touched by a straight line"),
        "sector": ("with a coloured sector", "with a slice in colour"),
    }
    return Fact("lines", way, phrases[way])


def solid(random: Random, sheet: Sheet) -> list[Fact]:
    """One to three solids: cubes, cylinders, cones, spheres, pyramids, prisms."""
    count = random.choice((1, 1, 1, 2, 3))
    left, top, right, bottom = sheet.box
    used, facts = hues(random, sheet.colours, count), []
    forms = [random.choice(tuple(SOLIDS)) for _ in range(count)]
    each = (right - left) / count
    for i, (form, (_, colour)) in enumerate(zip(forms, used, strict=True)):
        if i:
            sheet.step()
        size = min(each * 0.36, (bottom - top) * 0.4)
        tones = [blend(colour, (255, 255, 255), 0.3), colour, blend(colour, (0, 0, 0), 0.3)]
        SOLIDS[form](sheet, left + (i + 0.5) * each, (top + bottom) / 2, size, tones)
    kinds = [
        said(NOUN, f"solid: {form}", articled(form), f"a drawing of {articled(form)}") for form in dict.fromkeys(forms)
    ]
    if count > 1:
        number = NUMBERS[count]
        facts.append(said("solids", str(count), f"with {number} solids", f"with {number} solid shapes in a row"))
    general = said(NOUN, "solid", "a solid shape", "a three-dimensional shape", "a solid figure")
    return [*kinds, general, FIGURE, *facts, *coloured("faces", used)]


def vectors(random: Random, sheet: Sheet) -> list[Fact]:
    """Axes that cross, with one to four arrows from where they meet; a grid behind them or not."""
    left, top, right, bottom = sheet.box
    x, y = centre(sheet.box)
    half = min((right - left) / 2, (bottom - top) * 0.75)
    count, ruled = random.randint(1, 4), random.random() < 0.5
    pitch = (bottom - top) / 10
    faint = blend(sheet.colours.background, sheet.colours.quiet, 0.45)
    for i in range(-10, 11) if ruled else ():
        if abs(i * pitch) < half:
            sheet.canvas.line(((x + i * pitch, top), (x + i * pitch, bottom)), faint, 2)
        if abs(i) <= 5:
            sheet.canvas.line(((x - half, y + i * pitch), (x + half, y + i * pitch)), faint, 2)
    sheet.canvas.arrow((x - half, y), (x + half, y), sheet.colours.ink, 4)
    sheet.canvas.arrow((x, bottom), (x, top), sheet.colours.ink, 4)
    used = hues(random, sheet.colours, count)
    turn = random.uniform(0, 360)
    for i, (_, colour) in enumerate(used):
        sheet.step()
        angle, long = turn + i * random.uniform(50, 85), (bottom - top) * random.uniform(0.25, 0.45)
        end = around((x, y), long, angle)
        sheet.canvas.arrow((x, y), end, colour, 9)
        _letter(sheet, end, (x, y), "uvwz"[i])
    facts = [said("grid", "yes", "with grid lines behind it", "on a grid")] if ruled else []
    kinds = said(
        NOUN,
        "vectors",
        "vectors in a coordinate system",
        "arrows in a coordinate system",
        "coordinate axes with arrows",
    )
    return [
        kinds,
        FIGURE,
        counted("vectors", count, "vector", "vectors"),
        *facts,
        *coloured("vectors" if count > 1 else "vector", used),
    ]


def polygons(random: Random, sheet: Sheet) -> list[Fact]:
    """One to six regular shapes in a row: squares, pentagons, hexagons, stars."""
    count = random.randint(1, 6)
    left, top, right, bottom = sheet.box
    corners, star = random.randint(3, 8), random.random() < 0.3
    corners = max(corners, 5) if star else corners
    mixed = count > 1 and random.random() < 0.4
    used = hues(random, sheet.colours, count)
    if random.random() < 0.4:
        used = used[:1] * count
    filled, facts = _filled(random, "shapes")
    each = (right - left) / count
    radius = min(each * 0.44, (bottom - top) * 0.42)
    for i, (_, colour) in enumerate(used):
        if i:
            sheet.step()
        number = 3 + i if mixed else corners
        middle = (left + (i + 0.5) * each, (top + bottom) / 2)
        turn = -90 + (180 / number if number == 4 else 0)
        points = number * (2 if star and not mixed else 1)
        ring = [
            around(middle, radius * (0.45 if star and not mixed and k % 2 else 1), turn + 360 * k / points)
            for k in range(points)
        ]
        if filled:
            sheet.canvas.polygon(ring, colour)
        sheet.canvas.line((*ring, ring[0], ring[1]), colour, 7)
    names = ("triangle", "square", "pentagon", "hexagon", "heptagon", "octagon")
    noun = "star" if star and not mixed else "polygon" if mixed else names[corners - 3]
    one, many = articled(noun), f"{noun}s"
    if count == 1:
        kind = said(NOUN, noun, one, f"a drawing of {one}")
    else:
        kind = said(NOUN, many, f"{many} in a row", f"a row of {many}")
    number_fact = counted(f"{noun} count", count, noun, many)
    return [kind, FIGURE, number_fact, *facts, *coloured("shapes" if count > 1 else "outline", used)]


LAYOUTS = tuple(map(plate, (triangle, circle, solid, vectors, polygons)))
