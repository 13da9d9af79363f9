"""Diagrams of what follows what: flow charts, cycles, chevrons, sequence diagrams."""

from __future__ import annotations

from random import Random

from hallscribe_export.train.lecture.canvas import Box, Point, blend
from hallscribe_export.train.lecture.layouts.plate import (
    DIAGRAM,
    around,
    centre,
    edge_of,
    inks,
    lettered,
    painted,
    plate,
    rim_of,
    shaded,
    shape,
    terms,
)
from hallscribe_export.train.lecture.layouts.sheet import Sheet, said
from hallscribe_export.train.lecture.page import NOUN, Fact, counted

_BOXES = (
    ("box", "rectangles", "with square corners"),
    ("round", "rounded boxes", "with rounded corners"),
    ("pill", "pills", "with round ends"),
    ("ellipse", "ellipses", "with ovals"),
    ("hexagon", "hexagons", "with hexagons"),
)


def flow_chart(random: Random, sheet: Sheet) -> list[Fact]:
    """Three to seven boxes joined by arrows, down the page, across it, or in two rows."""
    count = random.randint(3, 7)
    left, _, right, _ = sheet.box
    ways = ["down"] if count <= 5 else []
    if right - left > 700:
        ways += ["across"] if count <= 5 else []
        ways += ["rows"] if count >= 5 else []
    way = random.choice(ways or ["down"])
    boxes = _places(sheet.box, count, way)
    decision = random.randrange(1, count - 1) if random.random() < 0.5 else -1
    kind, name, phrase = random.choice(_BOXES[:3] if way == "down" else _BOXES)
    fill, facts = shaded(random, "boxes")
    used, colours = painted(random, sheet, "boxes", count)
    arrow = random.choice((sheet.colours.quiet, sheet.colours.ink))
    for i, (box, words) in enumerate(zip(boxes, terms(random, sheet.topic, count), strict=True)):
        if i:
            sheet.step()
            sheet.canvas.arrow(edge_of(boxes[i - 1], centre(box)), edge_of(box, centre(boxes[i - 1])), arrow, 5)
        each = "diamond" if i == decision else kind
        shape(sheet, each, _grown(box, way) if i == decision else box, used[i][1], fill, words)
    if decision >= 0:
        facts += [
            said("decision", "yes", "with a diamond for a decision", "with one diamond", "with a decision diamond"),
            counted("boxes", count - 1, "box", "boxes"),
        ]
    else:
        facts += [counted("boxes", count, "box", "boxes"), said("shape", name, phrase, f"made of {name}")]
    return [*_flow_kinds(), *_direction(way), *facts, *colours]


def _flow_kinds() -> list[Fact]:
    return [
        said(NOUN, "flow chart", "a flow chart", "a flowchart", "boxes connected by arrows", "a process diagram"),
        DIAGRAM,
    ]


def _direction(way: str) -> list[Fact]:
    phrases = {
        "down": ("running from top to bottom", "that goes down the slide", "in a vertical arrangement"),
        "across": ("running from left to right", "in one horizontal row", "in a horizontal arrangement"),
        "rows": ("in two rows", "that runs in two rows"),
    }
    return [Fact("direction", way, phrases[way])]


def _places(box: Box, count: int, way: str) -> list[Box]:
    """Where the boxes of a flow chart stand, in their order; the second of two rows runs back."""
    left, top, right, bottom = box
    wide, high = right - left, bottom - top
    if way == "down":
        each = high / count
        half = min(wide * 0.36, 210)
        x = (left + right) / 2
        return [(x - half, top + i * each + 4, x + half, top + (i + 1) * each - each * 0.34) for i in range(count)]
    across = count if way == "across" else (count + 1) // 2
    each, made = wide / across, []
    for i in range(count):
        row, column = divmod(i, across)
        column = across - 1 - column if row else column
        y = top + high * (0.5 if way == "across" else (0.24, 0.76)[row])
        half = min(high * (0.2 if way == "across" else 0.17), 75)
        made.append((left + column * each + each * 0.11, y - half, left + (column + 1) * each - each * 0.11, y + half))
    return made


def _grown(box: Box, way: str) -> Box:
    """A diamond's box: larger than its neighbours', for its words."""
    left, top, right, bottom = box
    more = (6.0, (bottom - top) * 0.13) if way == "down" else (4.0, (bottom - top) * 0.32)
    return left - more[0], top - more[1], right + more[0], bottom + more[1]


def cycle(random: Random, sheet: Sheet) -> list[Fact]:
    """Three to six stages in a ring, an arrow from each to the next."""
    count = random.randint(3, 6)
    left, top, right, bottom = sheet.box
    middle = centre(sheet.box)
    size = min(right - left, bottom - top)
    kind = random.choice(("circle", "circle", "round", "box"))
    half = size * (0.135 if count > 4 else 0.155)
    wide = half if kind == "circle" else half * 1.35
    radius = size / 2 - half - 6
    flat = min((right - left) / 2 - wide - 6, radius * random.choice((1.0, 1.25, 1.5))) / radius
    points = [(middle[0] + (around(middle, radius, -90 + 360 * i / count)[0] - middle[0]) * flat,
               around(middle, radius, -90 + 360 * i / count)[1]) for i in range(count)]  # fmt: skip
    noun = "circles" if kind == "circle" else "boxes"
    fill, facts = shaded(random, noun)
    used, colours = painted(random, sheet, noun, count)
    tall = half * (1 if kind == "circle" else 0.7)
    boxes = [(x - wide, y - tall, x + wide, y + tall) for x, y in points]
    for i, words in enumerate(terms(random, sheet.topic, count)):
        shape(sheet, kind, boxes[i], used[i][1], fill, words)
        sheet.step()
    for i, (point, box) in enumerate(zip(points, boxes, strict=True)):
        after, other = points[(i + 1) % count], boxes[(i + 1) % count]
        start = rim_of(point, half + 8, after) if kind == "circle" else _outside(box, after)
        end = rim_of(after, half + 8, point) if kind == "circle" else _outside(other, point)
        sheet.canvas.arrow(start, end, sheet.colours.quiet, 6)
    kinds = said(NOUN, "cycle", "a cycle diagram", "a cycle of stages", "stages in a ring joined by arrows")
    stages = Fact("stages", str(count), counted("stages", count, "stage", "stages").phrases)
    return [kinds, DIAGRAM, stages, counted(noun, count, noun[:-1], noun), *facts, *colours]


def _outside(box: Box, towards: Point) -> Point:
    return edge_of((box[0] - 8, box[1] - 8, box[2] + 8, box[3] + 8), towards)


def chevrons(random: Random, sheet: Sheet) -> list[Fact]:
    """Three to six broad arrows in a row, with words in them or under them."""
    count = random.randint(3, 6 if sheet.box[2] - sheet.box[0] > 700 else 4)
    left, top, right, bottom = sheet.box
    each, y = (right - left) / count, top + (bottom - top) * random.uniform(0.35, 0.6)
    half, tip = min(each * 0.42, (bottom - top) * 0.22), min(each * 0.2, 50)
    used, facts = painted(random, sheet, "arrows", count)
    below = random.random() < 0.5
    for i, words in enumerate(terms(random, sheet.topic, count)):
        if i:
            sheet.step()
        x = left + i * each
        end = x + each - 10
        ring = ((x, y - half), (end - tip, y - half), (end, y), (end - tip, y + half), (x, y + half), (x + tip, y))
        sheet.canvas.polygon(ring, used[i][1])
        _, ink = inks(sheet, used[i][1], "filled")
        lettered(sheet, ((x + end) / 2, y), str(i + 1) if below else words, each - 2.2 * tip, half * 1.6, ink)
        if below:
            lettered(sheet, ((x + end) / 2, y + half + 46), words, each - 24, 80, sheet.colours.ink)
    kinds = said(NOUN, "chevrons", "a row of broad arrows", "a process of arrows in a row", "chevron arrows in a row")
    return [kinds, DIAGRAM, counted("arrows", count, "arrow", "arrows"), *facts]


def sequence_diagram(random: Random, sheet: Sheet) -> list[Fact]:
    """Two to five actors with dashed life lines, and messages between them."""
    left, top, right, bottom = sheet.box
    count, messages = random.randint(2, 5 if right - left > 700 else 3), random.randint(3, 6)
    each, half = (right - left) / count, 32
    used, facts = painted(random, sheet, "boxes", count)
    fill, more = shaded(random, "boxes")
    middles = [left + (i + 0.5) * each for i in range(count)]
    quiet = blend(sheet.colours.background, sheet.colours.ink, 0.55)
    for x, (_, colour), words in zip(middles, used, terms(random, sheet.topic, count), strict=True):
        wide = min(each * 0.42, 120)
        for dash in range(int(top) + 2 * half, int(bottom), 22):
            sheet.canvas.line(((x, dash), (x, min(dash + 12, bottom))), quiet, 3)
        shape(sheet, "box", (x - wide, top, x + wide, top + 2 * half), colour, fill, words)
    for i in range(messages):
        sheet.step()
        y = top + 2 * half + (i + 0.8) * (bottom - top - 2 * half) / (messages + 0.4)
        start, end = random.sample(range(count), 2) if count > 2 else (i % 2, 1 - i % 2)
        x, to = middles[start], middles[end]
        sheet.canvas.arrow((x, y), (to - 4 if to > x else to + 4, y), sheet.colours.ink, 4)
        sheet.label(((x + to) / 2, y - 16), random.choice(sheet.topic.terms), abs(to - x) - 30)
    kinds = said(NOUN, "sequence diagram", "a sequence diagram", "arrows between vertical dashed lines")
    lines = counted("life lines", count, "vertical dashed line", "vertical dashed lines")
    return [kinds, DIAGRAM, counted("boxes", count, "box", "boxes"), lines, *facts, *more,
            counted("messages", messages, "horizontal arrow", "horizontal arrows")]  # fmt: skip


LAYOUTS = tuple(map(plate, (flow_chart, cycle, chevrons, sequence_diagram)))
