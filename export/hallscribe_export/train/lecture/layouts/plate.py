"""Pages with a diagram: alone on the page or beside text, and the shapes that diagrams are made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from random import Random

from hallscribe_export.train.lecture.canvas import Box, Colour, Point, blend, font, wrapped
from hallscribe_export.train.lecture.layouts.sheet import Hue, Sheet, coloured, fitted, hues, said
from hallscribe_export.train.lecture.page import NOUN, Fact, Layout, Page, Style, Topic
from hallscribe_export.train.lecture.palette import readable_on

DIAGRAM = Fact(NOUN, "diagram", ("a diagram", "a drawing with labels", "a schematic drawing"))
Painter = Callable[[Random, Sheet], list[Fact]]
# What a style says that is true only of a page with a title.
_OF_TITLE = ("title", "title place")


def heading(random: Random, topic: Topic) -> str:
    """A title for a page that shows how something is made or works."""
    first, second = random.sample(topic.terms, 2)
    made = random.choice(
        (first, first, f"{first}: an overview", f"How {first} works", f"{first} and {second}", f"Steps of {first}",
         f"Inside {first}", f"From {first} to {second}", f"{topic.name}: {first}", f"The structure of {first}")
    )  # fmt: skip
    return made[:1].upper() + made[1:]


def terms(random: Random, topic: Topic, count: int) -> list[str]:
    """So many labels from the topic's terms and names; the same again where it has fewer."""
    known = list(dict.fromkeys((*topic.terms, *topic.names)))
    random.shuffle(known)
    return [known[i % len(known)] for i in range(count)]


def plate(painter: Painter, beside: float = 0.28) -> Layout:
    """The layout that gives a painter the whole page, or in ``beside`` of the pages a side of it and text the other."""

    def layout(random: Random, style: Style, topic: Topic) -> Page:
        title = heading(random, topic) if random.random() < 0.92 else ""
        canvas, (left, top, right, bottom) = style.frame(title)
        inset = random.choice((0.0, 0.0, 0.03, 0.07)) * (right - left)
        box = (left + inset, top + 8, right - inset, bottom - 8)
        sheet = Sheet(canvas, box, style.colours, style, topic, random.random() < 0.25, random.choice((22, 24, 26)))
        facts = text_beside(random, sheet) if random.random() < beside else []
        facts = painter(random, sheet) + facts
        return finished(painter.__name__, sheet, facts, title)

    layout.__name__ = painter.__name__
    return layout


def finished(name: str, sheet: Sheet, facts: Sequence[Fact], title: str, hidden: Sequence[str] = ()) -> Page:
    """The page of a sheet, the kinds first; without the style's facts of the ``hidden`` keys."""
    unseen = {*hidden, *(() if title else _OF_TITLE)}
    every = (*facts, *(fact for fact in sheet.style.facts if fact.key not in unseen))
    ordered = sorted(dict.fromkeys(every), key=lambda fact: fact.key != NOUN)
    words = (title, *sheet.words) if title else tuple(sheet.words)
    return Page(name, (*sheet.steps, sheet.canvas.seen()), tuple(ordered), words)


def text_beside(random: Random, sheet: Sheet, share: float = 0.4) -> list[Fact]:
    """Write bullet points or a paragraph at one side of the sheet and leave the other; where it is."""
    left, top, right, bottom = sheet.box
    text_right, middle = random.random() < 0.5, (right - left) * share
    if text_right:
        area, sheet.box = (right - middle + 20, top, right, bottom), (left, top, right - middle - 20, bottom)
    else:
        area, sheet.box = (left, top, left + middle - 20, bottom), (left + middle + 20, top, right, bottom)
    bullets = random.random() < 0.6
    (_bullets if bullets else _paragraph)(random, sheet, area)
    what = "bullet points" if bullets else "text"
    there, here = ("right", "left") if text_right else ("left", "right")
    return [
        said("beside", f"{what} {there}", f"with {what} on the {there}", f"beside {what} on the {there}"),
        said("side", here, f"on the {here} half of the slide", f"on the {here} side of the slide"),
    ]


def _bullets(random: Random, sheet: Sheet, area: Box) -> None:
    left, top, right, bottom = area
    size, file, count = random.choice((28, 30, 32)), sheet.style.fonts.body, random.randint(3, 5)
    mark, y = sheet.colours.accents[0][1], top + random.uniform(30, 70)
    for _ in range(count):
        words = ", ".join(terms(random, sheet.topic, random.randint(1, 2)))
        lines = wrapped(words, file, size, right - left - 34)[:3]
        if y + len(lines) * size * 1.3 > bottom:
            break
        sheet.canvas.ellipse((left, y + size * 0.35, left + 12, y + size * 0.35 + 12), mark)
        for line in lines:
            sheet.canvas.text((left + 32, y + size * 0.85), line, file, size, sheet.colours.ink)
            y += size * 1.3
        sheet.words.append(words)
        y += size * random.choice((0.6, 0.8))


def _paragraph(random: Random, sheet: Sheet, area: Box) -> None:
    left, top, right, bottom = area
    size, file = random.choice((24, 26, 28)), sheet.style.fonts.body
    words = ", ".join(terms(random, sheet.topic, random.randint(6, 12)))
    y = top + random.uniform(20, 60)
    for line in wrapped(words[:1].upper() + words[1:] + ".", file, size, right - left):
        if y + size > bottom:
            break
        sheet.canvas.text((left, y + size), line, file, size, sheet.colours.ink)
        y += size * 1.4
    sheet.words.append(words)


def painted(random: Random, sheet: Sheet, nouns: str, count: int) -> tuple[list[Hue], list[Fact]]:
    """Colours of so many things, all of one colour or each of its own; what can be said of it."""
    used = hues(random, sheet.colours, count)
    if random.random() < 0.5:
        used = used[:1] * count
    return used, coloured(nouns, used)


def shaded(random: Random, nouns: str) -> tuple[str, list[Fact]]:
    """How shapes are drawn: "filled", "tinted" or "outlined"."""
    way = random.choice(("filled", "filled", "filled", "tinted", "outlined"))
    if way == "outlined":
        return way, [
            said(f"fill of {nouns}", "outlined", f"with outlined {nouns}", f"with {nouns} that are not filled")
        ]
    if way == "filled":
        return way, [said(f"fill of {nouns}", "filled", f"with filled {nouns}", f"with solid {nouns}")]
    return way, []


def inks(sheet: Sheet, colour: Colour, way: str) -> tuple[Colour, Colour]:
    """The colours of a shape's inside and of the letters on it."""
    if way == "filled":
        return colour, readable_on(colour)
    share = 0.22 if way == "tinted" else 0.0
    return blend(sheet.colours.background, colour, share), sheet.colours.ink


def shape(sheet: Sheet, kind: str, box: Box, colour: Colour, way: str, words: str = "") -> None:
    """Draw a "box", "round" box, "pill", "ellipse", "circle", "diamond" or "hexagon" with words in its middle."""
    inside, ink = inks(sheet, colour, way)
    left, top, right, bottom = box
    x, y, high = (left + right) / 2, (top + bottom) / 2, bottom - top
    room = (right - left) * 0.9
    if kind in ("ellipse", "circle"):
        sheet.canvas.ellipse(box, inside, colour, 4)
        room = (right - left) * 0.78
    elif kind == "diamond":
        sheet.canvas.polygon(((x, top), (right, y), (x, bottom), (left, y)), inside)
        sheet.canvas.line(((x, top), (right, y), (x, bottom), (left, y), (x, top)), colour, 4)
        room = (right - left) * 0.58
    elif kind == "hexagon":
        cut = min(high * 0.4, (right - left) * 0.2)
        ring = (
            (left + cut, top),
            (right - cut, top),
            (right, y),
            (right - cut, bottom),
            (left + cut, bottom),
            (left, y),
        )
        sheet.canvas.polygon(ring, inside)
        sheet.canvas.line((*ring, ring[0]), colour, 4)
    else:
        radius = {"box": 0.0, "round": min(16.0, high * 0.25), "pill": high / 2}[kind]
        sheet.canvas.box(box, inside, colour, 4, radius)
    if words:
        lettered(sheet, (x, y), words, room, high * (0.5 if kind in ("diamond", "ellipse", "circle") else 0.86), ink)


def lettered(sheet: Sheet, at: Point, words: str, room: float, high: float, colour: Colour) -> None:
    """Write words in the middle of ``at``, in one to three lines, as large as ``room`` and ``high`` allow."""
    file = sheet.style.fonts.body
    for size in (sheet.size, sheet.size - 3, sheet.size - 6, 16):
        lines = wrapped(words, file, size, room)
        if len(lines) * size * 1.15 <= high and all(font(file, size).getlength(line) <= room for line in lines):
            break
    else:
        lines = [fitted(words, file, 16, room)[0]]
        size = 16
    first = at[1] - (len(lines) - 1) * size * 0.575
    for i, line in enumerate(lines):
        sheet.canvas.text((at[0], first + i * size * 1.15), line, file, size, colour, "mm")
    sheet.words.append(words)


def edge_of(box: Box, towards: Point) -> Point:
    """Where the line from the middle of a box to ``towards`` leaves it."""
    left, top, right, bottom = box
    x, y = (left + right) / 2, (top + bottom) / 2
    dx, dy = towards[0] - x, towards[1] - y
    scale = max(abs(dx) / max((right - left) / 2, 1e-6), abs(dy) / max((bottom - top) / 2, 1e-6), 1e-6)
    return x + dx / scale, y + dy / scale


def rim_of(middle: Point, radius: float, towards: Point) -> Point:
    """Where the line from the middle of a circle to ``towards`` leaves it."""
    angle = math.atan2(towards[1] - middle[1], towards[0] - middle[0])
    return middle[0] + radius * math.cos(angle), middle[1] + radius * math.sin(angle)


def around(middle: Point, radius: float, degrees: float, flat: float = 1.0) -> Point:
    """A point of a circle, clockwise from three o'clock; ``flat`` makes an ellipse of it."""
    angle = math.radians(degrees)
    return middle[0] + radius * math.cos(angle), middle[1] + radius * flat * math.sin(angle)


def centre(box: Box) -> Point:
    """The middle of a box."""
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def turned(middle: Point, at: Point, degrees: float) -> Point:
    """``at`` turned clockwise around ``middle``."""
    angle = math.radians(degrees)
    dx, dy = at[0] - middle[0], at[1] - middle[1]
    return middle[0] + dx * math.cos(angle) - dy * math.sin(angle), middle[1] + dx * math.sin(angle) + dy * math.cos(
        angle
    )
