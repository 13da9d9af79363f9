"""Pages of running text: one column, two columns, beside a box, and two lists against each other."""

from __future__ import annotations

from random import Random

from hallscribe_export.train.lecture import prose
from hallscribe_export.train.lecture.building import TEXT, Building, builds, coloured
from hallscribe_export.train.lecture.canvas import Box, Colour, blend
from hallscribe_export.train.lecture.page import Fact, Layout, Page, Style, Topic, counted
from hallscribe_export.train.lecture.palette import readable_on

_COLUMNS = Fact("kind", "two columns", ("two columns", "a slide in two columns"))


def long_text(rng: Random, style: Style, topic: Topic) -> Page:
    """Paragraphs from edge to edge."""
    building = Building(style, prose.title(rng, topic) if rng.random() < 0.8 else "")
    left, top, right, bottom = building.box
    count, size = rng.randint(1, 3), rng.choice((28, 30, 34))
    y, written = top, 0
    for _ in range(count):
        if y + 3 * size > bottom:
            break
        words = prose.sentences(rng, topic, rng.randint(13, 15) // count)
        y = building.lines((left, y, right, bottom), words, size) + size
        written += 1
    facts = [
        Fact("kind", "page of text", ("a page full of text", "long paragraphs of text", "a slide of running text")),
        TEXT,
        counted("paragraphs", written, "paragraph", "paragraphs"),
    ]
    return building.page("long_text", *facts)


def two_columns(rng: Random, style: Style, topic: Topic) -> Page:
    """Text in two columns, with or without headings and a line between."""
    building = Building(style, prose.title(rng, topic))
    left, top, right, bottom = building.box
    middle, size = (left + right) / 2, rng.choice((24, 28))
    facts = [Fact("kind", "two columns of text", ("two columns of text", "text in two columns")), _COLUMNS, TEXT]
    name, colour = style.colours.accents[0]
    headed, divided = rng.random() < 0.6, rng.random() < 0.4
    if divided:
        building.canvas.line([(middle, top), (middle, bottom)], style.colours.quiet, 4)
        facts.append(Fact("divider", "line", ("with a line between the columns", "divided by a vertical line")))
    if headed:
        filled = rng.random() < 0.5
        what = "with a {} box above each column" if filled else "with {} headings above the columns"
        facts.append(coloured("heading colour", f"{name}", what))
    for start, end in ((left, middle - 30), (middle + 30, right)):
        y = top
        if headed:
            if filled:
                building.canvas.box((start, y, end, y + 56), fill=colour)
            ink = readable_on(colour) if filled else colour
            at = (start + 14 if filled else start, y + 40)
            building.line(at, prose.term(rng, topic), 32, end - start - 28, file=style.fonts.title, colour=ink)
            y += 74
        building.lines((start, y, end, bottom), prose.sentences(rng, topic, 7), size)
    return building.page("two_columns", *facts)


def call_out(rng: Random, style: Style, topic: Topic) -> Page:
    """Text beside, above or below a coloured box with what matters most."""
    building = Building(style, prose.title(rng, topic), builds(rng, 0.3))
    left, top, right, bottom = building.box
    where = rng.choice(("right", "left", "bottom", "top"))
    name, colour = rng.choice(style.colours.accents[:4])
    filled = rng.random() < 0.6
    wide, high, gap = (right - left) * rng.choice((0.32, 0.42)), (bottom - top) * rng.choice((0.3, 0.4)), 36
    boxes: dict[str, tuple[Box, Box]] = {
        "right": ((right - wide, top, right, bottom), (left, top, right - wide - gap, bottom)),
        "left": ((left, top, left + wide, bottom), (left + wide + gap, top, right, bottom)),
        "bottom": ((left, bottom - high, right, bottom), (left, top, right, bottom - high - gap)),
        "top": ((left, top, right, top + high), (left, top + high + gap, right, bottom)),
    }
    box, rest = boxes[where]
    building.lines(rest, prose.sentences(rng, topic, 6), 28)
    building.step()
    _boxed(building, rng, topic, box, colour, filled)
    place = f"at the {where}"
    facts = [
        Fact("kind", "text and box", ("text with a coloured box", "text beside a call-out box", "a highlighted box")),
        TEXT,
        Fact("box place", where, (f"with a box {place}", f"with a highlighted box {place}")),
        Fact("box", f"{name} {where}", (f"with a {name} box {place}", f"with a box in {name} {place}")),
        Fact(
            "box style", "filled" if filled else "outlined", ("in a filled box",) if filled else ("in an outlined box",)
        ),
    ]
    return building.page("call_out", *facts)


def _boxed(building: Building, rng: Random, topic: Topic, box: Box, colour: Colour, filled: bool) -> None:
    colours = building.style.colours
    ground = colour if filled else blend(colours.background, colour, 0.12)
    building.canvas.box(box, fill=ground, outline=colour, width=6, radius=rng.choice((0, 16)))
    ink = readable_on(colour) if filled else building.ink
    inner = (box[0] + 26, box[1] + 20, box[2] - 26, box[3] - 20)
    y = building.lines(inner, prose.term(rng, topic), 34, file=building.style.fonts.title, colour=ink)
    building.lines((inner[0], y + 8, *inner[2:]), prose.sentences(rng, topic, 2), 27, colour=ink)


def comparison(rng: Random, style: Style, topic: Topic) -> Page:
    """Two lists side by side: what speaks for it and against, or one thing and another."""
    building = Building(style, prose.title(rng, topic), builds(rng, 0.4))
    left, top, right, bottom = building.box
    pros = rng.random() < 0.55
    green, red = (46, 150, 70), (200, 50, 50)
    names = ("green", "red") if pros else (style.colours.accents[0][0], style.colours.accents[1][0])
    hues: tuple[Colour, Colour] = (green, red) if pros else (style.colours.accents[0][1], style.colours.accents[1][1])
    heads = ("Pros", "Cons") if pros else (prose.term(rng, topic), prose.term(rng, topic))
    points, full = rng.randint(2, 4), rng.random() < 0.4
    facts = [Fact("kind", "comparison", ("a comparison of two lists", "two lists side by side", "a comparison"))]
    if pros:
        facts.insert(0, Fact("kind", "pros and cons", ("pros and cons", "advantages and disadvantages")))
    facts += [
        _COLUMNS,
        Fact(
            "column colours",
            " ".join(names),
            (f"with a {names[0]} and a {names[1]} column", f"in {names[0]} and {names[1]}"),
        ),
        Fact("points", str(points), (f"with {('two', 'three', 'four')[points - 2]} points on each side",)),
    ]
    middle = (left + right) / 2
    for (start, end), head, colour in zip(((left, middle - 20), (middle + 20, right)), heads, hues, strict=True):
        if full:
            building.canvas.box((start, top, end, bottom), fill=blend(style.colours.background, colour, 0.2))
        building.canvas.box((start, top, end, top + 66), fill=colour)
        at = ((start + end) / 2, top + 33)
        building.line(at, head, 36, end - start - 30, file=style.fonts.title, colour=readable_on(colour), anchor="mm")
        row = min((bottom - top - 90) / points, 110)
        for i in range(points):
            y = top + 90 + i * row
            _sign(building, pros, colour, start + 34, y + 20, plus=start == left)
            building.lines((start + 70, y, end - 14, y + row), prose.phrase(rng, topic), 28)
        building.step()
    return building.page("comparison", *facts)


def _sign(building: Building, pros: bool, colour: Colour, x: float, y: float, *, plus: bool) -> None:
    if not pros:
        building.canvas.ellipse((x - 7, y - 7, x + 7, y + 7), fill=colour)
        return
    building.canvas.box((x - 16, y - 4, x + 16, y + 4), fill=colour)
    if plus:
        building.canvas.box((x - 4, y - 16, x + 4, y + 16), fill=colour)


LAYOUTS: tuple[Layout, ...] = (long_text, two_columns, call_out, comparison)
