"""Tables of words and numbers."""

from __future__ import annotations

from random import Random

from hallscribe_export.train.lecture import prose
from hallscribe_export.train.lecture.building import Building, builds, coloured
from hallscribe_export.train.lecture.canvas import Box, Colour, blend
from hallscribe_export.train.lecture.page import Fact, Layout, Page, Style, Topic, counted
from hallscribe_export.train.lecture.palette import readable_on

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")


def table(rng: Random, style: Style, topic: Topic) -> Page:
    """Rows and columns under a header, ruled, boxed, or with every second row shaded."""
    building = Building(style, prose.title(rng, topic), builds(rng, 0.15))
    left, top, right, bottom = building.box
    rows, columns = rng.randint(2, 7), rng.randint(2, 5)
    high = min((bottom - top) / (rows + 1), rng.choice((58, 76)))
    wide = (right - left) * (1 if columns > 2 else rng.choice((0.7, 1)))
    box = (left, top, left + wide, top + high * (rows + 1))
    look, header = rng.choice(("zebra", "grid", "rules")), rng.random() < 0.7
    marked = rng.randrange(rows) if rng.random() < 0.3 else None
    name, colour = style.colours.accents[0]
    facts = [
        Fact("kind", "table", ("a table", "a table of numbers", "a table with rows and columns")),
        counted("rows", rows, "row", "rows"), counted("columns", columns, "column", "columns"), _look(look),
    ]  # fmt: skip
    if header:
        facts.append(coloured("header", name, "with a {} header row"))
    _ground(building, box, rows, high, look, colour)
    if header:
        building.canvas.box((box[0], top, box[2], top + high), fill=colour)
    if marked is not None:
        hue, shade = style.colours.accents[1]
        y = top + high * (marked + 1)
        building.canvas.box((box[0], y, box[2], y + high), fill=blend(style.colours.background, shade, 0.5))
        what = (f"with the {_ORDINALS[marked]} row highlighted", f"with one row marked in {hue}")
        facts.append(Fact("marked row", f"{marked} {hue}", what))
    _lines(building, box, rows, columns, high, look)
    _cells(rng, building, topic, box, (rows, columns), readable_on(colour) if header else building.ink)
    return building.page("table", *facts)


def _look(look: str) -> Fact:
    phrases = {
        "zebra": ("with shaded rows", "with every second row shaded"),
        "grid": ("with lines around all cells", "with grid lines"),
        "rules": ("with horizontal lines only", "with thin rules between the rows"),
    }
    return Fact("rulings", look, phrases[look])


def _ground(building: Building, box: Box, rows: int, high: float, look: str, colour: Colour) -> None:
    if look != "zebra":
        return
    shade = blend(building.style.colours.background, colour, 0.18)
    for i in range(2, rows + 1, 2):
        building.canvas.box((box[0], box[1] + high * i, box[2], box[1] + high * (i + 1)), fill=shade)


def _lines(building: Building, box: Box, rows: int, columns: int, high: float, look: str) -> None:
    left, top, right, bottom = box
    ink, canvas = building.style.colours.quiet, building.canvas
    if look in ("grid", "rules"):
        for i in range(rows + 2):
            canvas.line([(left, top + i * high), (right, top + i * high)], ink, 3)
    if look == "grid":
        for i in range(columns + 1):
            x = left + (right - left) * i / columns
            canvas.line([(x, top), (x, bottom)], ink, 3)


def _cells(rng: Random, building: Building, topic: Topic, box: Box, shape: tuple[int, int], head: Colour) -> None:
    rows, columns = shape
    left, top, right, bottom = box
    wide, high = (right - left) / columns, (bottom - top) / (rows + 1)
    size = int(min(30, high * 0.5))
    decimals, most = rng.choice((0, 1, 2)), rng.choice((10, 100, 1000))
    fonts = building.style.fonts
    for i in range(rows + 1):
        if i:
            building.step()
        for j in range(columns):
            at = (left + (j + 0.5) * wide, top + (i + 0.5) * high)
            if i == 0:
                building.line(at, prose.term(rng, topic), size, wide - 20, colour=head, file=fonts.title, anchor="mm")
            elif j == 0:
                start = (left + 18, at[1])
                building.line(start, prose.capital(rng.choice(topic.terms)), size, wide - 24, anchor="lm")
            else:
                building.canvas.text(at, f"{rng.uniform(0, most):.{decimals}f}", fonts.body, size, building.ink, "mm")


LAYOUTS: tuple[Layout, ...] = (table, table)
