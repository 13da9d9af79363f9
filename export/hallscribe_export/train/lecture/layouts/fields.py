"""Fields of values: heat maps, confusion matrices, arrows of a vector field, contours."""

from __future__ import annotations

from random import Random

import numpy as np
from numpy.typing import NDArray

from hallscribe_export.train.lecture.canvas import Box, Colour, Picture, blend
from hallscribe_export.train.lecture.layouts.axes import Plot
from hallscribe_export.train.lecture.layouts.sheet import CHART, Sheet, coloured, hues, labels, named, said, whole
from hallscribe_export.train.lecture.page import Fact, counted

Field = NDArray[np.float64]


def ramp(field: Field, stops: list[Colour]) -> Picture:
    """Values of 0..1 as colours between evenly spaced stops: uint8 (H, W, 3)."""
    places = np.linspace(0, 1, len(stops))
    bands = [np.interp(field, places, [stop[band] for stop in stops]) for band in range(3)]
    return np.stack(bands, axis=-1).astype(np.uint8)


def _enlarged(picture: Picture, width: int, height: int) -> Picture:
    """Each value as a rectangle: a picture of exactly this size."""
    rows = np.arange(height) * picture.shape[0] // height
    columns = np.arange(width) * picture.shape[1] // width
    return np.ascontiguousarray(picture[rows][:, columns])


def _stops(random: Random, sheet: Sheet) -> tuple[list[Colour], list[Fact]]:
    """The colours of a scale and what is said of them."""
    pale = blend(sheet.colours.background, sheet.colours.quiet, 0.12)
    first, second = hues(random, sheet.colours, 2)
    if random.random() < 0.6:
        return [pale, first[1]], [said("colour", first[0], f"in {first[0]}", f"in shades of {first[0]}")]
    names = " and ".join(sorted((first[0], second[0])))
    return [first[1], pale, second[1]], [
        said("colour", names.replace(" and ", "+"), f"in {names}", f"drawn in {names}")
    ]


def _square(sheet: Sheet, random: Random, rows: int, columns: int, room: float) -> Box:
    """A box for cells that are about square, with ``room`` left and below for names."""
    left, top, right, bottom = sheet.box
    wide, high = right - left - room - 100, bottom - top - sheet.size * 2
    cell = min(wide / columns * random.choice((0.6, 1.0)), high / rows * random.uniform(1.0, 1.6))
    wide, high = min(wide, cell * columns), high
    x = left + room + (right - left - room - 100 - wide) / 2
    return x, top + 4, x + wide, top + 4 + high


def _names(random: Random, sheet: Sheet, box: Box, rows: list[str], columns: list[str], room: float) -> None:
    left, top, right, bottom = box
    for i, name in enumerate(rows):
        sheet.label((left - 10, top + (bottom - top) * (i + 0.5) / len(rows)), name, room - 12, "rm")
    for i, name in enumerate(columns):
        wide = (right - left) / len(columns)
        sheet.label((left + wide * (i + 0.5), bottom + sheet.size), name, wide - 6)
    sheet.words += rows + columns


def _key(sheet: Sheet, box: Box, stops: list[Colour]) -> None:
    """The scale of colours, right of a field."""
    height = int(box[3] - box[1])
    bar = ramp(np.repeat(np.linspace(1, 0, height)[:, None], 26, axis=1), stops)
    sheet.canvas.paste(bar, (round(box[2]) + 34, round(box[1])))
    for share, text in ((0.02, "1.0"), (0.5, "0.5"), (0.98, "0")):
        sheet.label((box[2] + 66, box[1] + height * share), text, 50, "lm")


def heat_map(random: Random, sheet: Sheet) -> list[Fact]:
    """Coloured cells in rows and columns."""
    rows, columns = random.randint(3, 12), random.randint(4, 16)
    stops, facts = _stops(random, sheet)
    noise = np.random.default_rng(random.getrandbits(64))
    field = noise.random((rows, columns))
    if random.random() < 0.5:
        down, across = np.mgrid[0:rows, 0:columns]
        at = random.uniform(0, rows), random.uniform(0, columns)
        field = 0.75 * np.exp(-(((down - at[0]) / rows) ** 2 + ((across - at[1]) / columns) ** 2) * 5) + 0.25 * field
    room = (sheet.box[2] - sheet.box[0]) * 0.14
    box = _square(sheet, random, rows, columns, room)
    cells = _enlarged(ramp(field, stops), round(box[2] - box[0]), round(box[3] - box[1]))
    sheet.canvas.paste(cells, (round(box[0]), round(box[1])))
    if random.random() < 0.4:
        _rules(sheet, box, rows, columns)
        facts.append(said("gaps", "yes", "with lines between the cells", "with gaps between its cells"))
    across_names = labels(random, sheet.topic, columns) if columns < 8 else [str(i + 1) for i in range(columns)]
    if rows <= 10:
        facts.append(counted("rows", rows, "row", "rows"))
    if columns <= 10:
        facts.append(counted("columns", columns, "column", "columns"))
    _names(random, sheet, box, labels(random, sheet.topic, rows), across_names, room)
    if random.random() < 0.6:
        _key(sheet, box, stops)
        facts.append(said("legend", "colour scale", "with a colour scale on the right", "with a colour bar beside it"))
    kind = said("kind", "heat map", "a heat map", "a grid of coloured cells", "a matrix of colours")
    return [kind, CHART, *facts]


def _rules(sheet: Sheet, box: Box, rows: int, columns: int) -> None:
    left, top, right, bottom = box
    for i in range(rows + 1):
        y = top + (bottom - top) * i / rows
        sheet.canvas.line([(left, y), (right, y)], sheet.colours.background, 5)
    for i in range(columns + 1):
        x = left + (right - left) * i / columns
        sheet.canvas.line([(x, top), (x, bottom)], sheet.colours.background, 5)


def confusion_matrix(random: Random, sheet: Sheet) -> list[Fact]:
    """A square of numbers on shades, the strongest down the diagonal."""
    count = random.randint(2, 6)
    stops, facts = _stops(random, sheet)
    stops = [stops[0], stops[-1]] if len(stops) == 2 else [stops[1], stops[0]]
    noise = np.random.default_rng(random.getrandbits(64))
    field = noise.uniform(0.0, 0.3, (count, count)) + np.diag(noise.uniform(0.45, 0.7, count))
    room = (sheet.box[2] - sheet.box[0]) * 0.16
    left, top, right, bottom = sheet.box
    side = bottom - top - sheet.size * 2
    x = (left + right) / 2 - side / 2 + random.choice((0, 0, -0.2, 0.2)) * (right - left - side - 2 * room)
    box = (x, top + 4, x + side, top + 4 + side)
    colours = ramp(field, stops)
    sheet.canvas.paste(_enlarged(colours, round(side), round(side)), (round(x), round(box[1])))
    _rules(sheet, box, count, count)
    for row in range(count):
        for column in range(count):
            at = (x + side * (column + 0.5) / count, box[1] + side * (row + 0.5) / count)
            ink = (20, 20, 24) if int(colours[row, column].sum()) > 390 else (250, 250, 250)
            sheet.label(at, str(round(float(field[row, column]) * 100)), 90, colour=ink)
    names = named(random, sheet.topic, count)
    _names(random, sheet, box, names, names, room)
    kind = said("kind", "confusion matrix", "a confusion matrix", "a square matrix of numbers with a coloured diagonal")
    heat = said("kind", "heat map", "a heat map", "a grid of coloured cells", "a matrix of colours")
    diagonal = said("diagonal", "yes", "with a coloured diagonal", "with its diagonal highlighted")
    return [kind, heat, CHART, counted("rows", count, "row", "rows"), diagonal, *facts[:1]]


def vector_field(random: Random, sheet: Sheet) -> list[Fact]:
    """Arrows in rows and columns that turn around, leave, enter or pass a point."""
    way = random.choice(("whirl", "source", "sink", "saddle", "stream"))
    hue, many = hues(random, sheet.colours, 1)[0], random.randint(7, 11)
    plot = Plot(sheet, random, (-1.08, 1.08), (-1.08, 1.08), random.choice(("xy", "")), grid=False)
    at, turn = (random.uniform(-0.3, 0.3), random.uniform(-0.3, 0.3)), random.choice((-1, 1))
    if random.random() < 0.4:
        cross = sheet.colours.quiet
        sheet.canvas.line([plot.at(-1.08, at[1]), plot.at(1.08, at[1])], cross, 3)
        sheet.canvas.line([plot.at(at[0], -1.08), plot.at(at[0], 1.08)], cross, 3)
    reach = 0.62 * 2 / many
    for x in np.linspace(-0.95, 0.95, many):
        for y in np.linspace(-0.95, 0.95, many):
            dx, dy = float(x) - at[0], float(y) - at[1]
            flows = {"whirl": (-dy * turn, dx * turn), "source": (dx, dy), "sink": (-dx, -dy), "saddle": (dx, -dy)}
            u, v = flows.get(way, (1.0, 0.6 * float(np.sin(3 * x + turn))))
            far = max((u * u + v * v) ** 0.5, 1e-6)
            length = reach * min(1.0, 0.35 + far) / far / 2
            start, end = (float(x) - u * length, float(y) - v * length), (float(x) + u * length, float(y) + v * length)
            sheet.canvas.arrow(plot.at(*start), plot.at(*end), hue[1], 3)
    phrases = {
        "whirl": ("with arrows going round in a circle", "like a whirl"),
        "source": ("with arrows leading away from a point", "with arrows pointing outwards"),
        "sink": ("with arrows leading to a point", "with arrows pointing inwards"),
        "saddle": ("with arrows that pass by a saddle point", "with arrows coming in at two sides and leaving at two"),
        "stream": ("with arrows flowing to the right", "with arrows in waves"),
    }
    kind = said("kind", "vector field", "a vector field", "a field of arrows", "many small arrows in rows")
    return [kind, said("kind", "plot", "a plot"), Fact("flow", way, phrases[way]), *coloured("arrows", [hue])]


def contours(random: Random, sheet: Sheet) -> list[Fact]:
    """Bands of equal height around one to three hills."""
    hills = random.randint(1, 3)
    stops, facts = _stops(random, sheet)
    plot = Plot(sheet, random, (0, 1), (0, 1), "xy", grid=False)
    width, height = round(plot.right - plot.left) // 2, round(plot.bottom - plot.top) // 2
    down, across = np.mgrid[0:height:1.0, 0:width:1.0]
    field = np.zeros((height, width))
    for x in random.sample((0.22, 0.5, 0.78), hills):
        y, wide = random.uniform(0.3, 0.7), random.uniform(0.1, 0.16)
        flat = ((across / width - x) / wide) ** 2 + ((down / height - y) / (wide * random.uniform(1.0, 1.8))) ** 2
        field = np.maximum(field, random.uniform(0.85, 1.0) * np.exp(-flat / 2))
    levels = random.choice((6, 8, 10))
    bands = np.floor(field * levels)
    picture = ramp(bands / levels, stops)
    if random.random() < 0.5:
        edge = np.zeros(bands.shape, bool)
        edge[1:] |= bands[1:] != bands[:-1]
        edge[:, 1:] |= bands[:, 1:] != bands[:, :-1]
        picture[edge] = sheet.colours.ink
        facts.append(said("contours", "lines", "with contour lines", "with lines around its hills"))
    left, top = round(plot.left) + 3, round(plot.top)
    sheet.canvas.paste(_enlarged(picture, 2 * width - 3, 2 * height - 3), (left, top))
    kind = said("kind", "contour plot", "a contour plot", "a plot with rings of equal height", "a map of levels")
    return [kind, CHART, counted("hills", hills, "hill", "hills"), *facts]


LAYOUTS = tuple(map(whole, (heat_map, confusion_matrix, vector_field, contours)))
