"""Further charts: four small ones on a page, bars with a line, lollipops, pyramids of two sides, tiles, waveforms."""

from __future__ import annotations

from random import Random

import numpy as np

from hallscribe_export.train.lecture.canvas import Box, blend
from hallscribe_export.train.lecture.layouts import bars, lines, points, shares
from hallscribe_export.train.lecture.layouts.axes import Plot, legend
from hallscribe_export.train.lecture.layouts.sheet import (
    CHART,
    Painter,
    Sheet,
    coloured,
    hues,
    labels,
    named,
    said,
    trend_facts,
    values,
    whole,
)
from hallscribe_export.train.lecture.page import Fact, counted

TINY: tuple[tuple[Painter, str], ...] = (
    (bars.vertical_bars, "bar charts"),
    (lines.line_chart, "line charts"),
    (lines.function_plot, "function plots"),
    (points.regression, "scatter plots"),
    (shares.pie, "pie charts"),
    (shares.donut, "donut charts"),
)


def small_multiples(random: Random, sheet: Sheet) -> list[Fact]:
    """Three charts in a row or four in a square, all of one kind."""
    painter, name = random.choice(TINY)
    left, top, right, bottom = sheet.box
    count = random.choice((3, 4, 4))
    columns, rows = (3, 1) if count == 3 else (2, 2)
    wide, high = (right - left) / columns, (bottom - top) / rows
    for i in range(count):
        x, y = left + wide * (i % columns), top + high * (i // columns)
        box = (x + 12, y + 6, x + wide - 12, y + high - 6)
        if count == 3:
            box = (x + 12, y + high * 0.12, x + wide - 12, y + high * 0.88)
        if i:
            sheet.step()
        painter(random, sheet.part(box))
    words = {3: "three", 4: "four"}[count]
    place = "in a row" if count == 3 else "in two rows"
    many = said("kind", f"{words} {name}", f"{words} {name}", f"{words} small {name}", f"{words} {name} {place}")
    general = said("kind", f"{words} charts", f"{words} charts", f"{words} small charts on one page", f"{words} plots")
    return [many, general, said("charts in", place, place)]


def bars_with_line(random: Random, sheet: Sheet) -> list[Fact]:
    """Upright bars and a line over them."""
    first, second = hues(random, sheet.colours, 2)
    facts = legend(random, sheet, named(random, sheet.topic, 2), [first, second], 0.5)
    count, trend = random.randint(3, 10), random.choice(("rising", "falling", "mixed", "peak"))
    plot = Plot(sheet, random, (0, count), (0, 1.1), "y", below=sheet.size * 1.6)
    plot.below(labels(random, sheet.topic, count), [plot.x(i + 0.5) for i in range(count)])
    for i, height in enumerate(values(random, count, trend)):
        sheet.canvas.box((plot.x(i + 0.2), plot.y(height * 0.8), plot.x(i + 0.8), plot.bottom), first[1])
    sheet.step()
    course = [plot.at(i + 0.5, height) for i, height in enumerate(values(random, count, random.choice(bars.TRENDS)))]
    sheet.canvas.line(course, second[1], 8)
    for point in course:
        lines.marker(sheet, point, second, "circle", 13)
    kind = said("kind", "bars with a line", "a bar chart with a line over the bars", "a chart of bars and a line")
    counts = counted("bars", count, "bar", "bars")
    return [kind, bars.BARS, CHART, counts, *coloured("bars", [first])[1:], *coloured("line", [second])[1:], *facts]


def lollipops(random: Random, sheet: Sheet) -> list[Fact]:
    """Thin stems with discs at their ends, upright."""
    count, trend = random.randint(4, 10), random.choice(bars.TRENDS)
    hue, heights = hues(random, sheet.colours, 1)[0], values(random, count, trend)
    plot = Plot(sheet, random, (0, count), (0, 1.08), "y", below=sheet.size * 1.6)
    plot.below(labels(random, sheet.topic, count), [plot.x(i + 0.5) for i in range(count)])
    for i, height in enumerate(heights):
        x, y = plot.at(i + 0.5, height)
        sheet.canvas.line([(x, y), (x, plot.bottom)], hue[1], 6)
        lines.marker(sheet, (x, y), hue, "circle", 18)
    kind = said("kind", "lollipop chart", "a lollipop chart", "a chart of stems with dots at their ends")
    stems = counted("stems", count, "stem", "stems")
    return [kind, CHART, stems, *coloured("dots", [hue]), *trend_facts(trend), *plot.facts]


def pyramid(random: Random, sheet: Sheet) -> list[Fact]:
    """Lying bars to the left and to the right of a line in the middle."""
    first, second = hues(random, sheet.colours, 2)
    facts = legend(random, sheet, named(random, sheet.topic, 2), [first, second], 0.6)
    count = random.randint(5, 14)
    trend = random.choice(("rising", "falling", "peak"))
    plot = Plot(sheet, random, (-1, 1), (0, count), "", left=110, grid=False)
    plot.beside(labels(random, sheet.topic, count), [plot.y(i + 0.5) for i in range(count)], 110)
    for hue, sign in ((first, -1), (second, 1)):
        for i, length in enumerate(values(random, count, trend)):
            ends = sorted((plot.x(0), plot.x(sign * length * 0.95)))
            sheet.canvas.box((ends[0], plot.y(i + 0.9), ends[1], plot.y(i + 0.1)), hue[1])
        if sign < 0:
            sheet.step()
    sheet.canvas.line([(plot.x(0), plot.top), (plot.x(0), plot.bottom)], sheet.colours.ink, 5)
    kind = said("kind", "population pyramid", "a population pyramid", "bars to the left and right of a middle line")
    return [kind, bars.LYING, bars.BARS, CHART, *facts, *coloured("bars", [first, second])]


def tiles(box: Box, sizes: list[float]) -> list[Box]:
    """The box cut into parts of these sizes, along its longer side each time."""
    if len(sizes) == 1:
        return [box]
    left, top, right, bottom = box
    half = (len(sizes) + 1) // 2
    share = sum(sizes[:half]) / sum(sizes)
    if right - left > bottom - top:
        cut = left + (right - left) * share
        first, second = (left, top, cut, bottom), (cut, top, right, bottom)
    else:
        cut = top + (bottom - top) * share
        first, second = (left, top, right, cut), (left, cut, right, bottom)
    return tiles(first, sizes[:half]) + tiles(second, sizes[half:])


def tree_map(random: Random, sheet: Sheet) -> list[Fact]:
    """A rectangle cut into coloured rectangles of different sizes."""
    count = random.randint(3, 10)
    sizes = sorted((random.uniform(0.2, 1.0) for _ in range(count)), reverse=True)
    base = hues(random, sheet.colours, 1)[0]
    single = random.random() < 0.3
    used = [base] * count if single else hues(random, sheet.colours, count)
    names = named(random, sheet.topic, count)
    for i, (left, top, right, bottom) in enumerate(tiles(sheet.box, sizes)):
        colour = blend(used[i][1], sheet.colours.background, 0.55 * i / count) if single else used[i][1]
        sheet.canvas.box((left + 3, top + 3, right - 3, bottom - 3), colour)
        ink = (20, 20, 24) if sum(colour) > 390 else (250, 250, 250)
        sheet.label(((left + right) / 2, (top + bottom) / 2), names[i], right - left - 16, colour=ink)
    sheet.words += names
    kind = said("kind", "tree map", "a tree map", "a rectangle cut into coloured rectangles", "coloured tiles")
    return [kind, CHART, counted("tiles", count, "tile", "tiles"), *coloured("tiles", used)]


def waveform(random: Random, sheet: Sheet) -> list[Fact]:
    """A signal over time: one to three rows of dense waves, in bursts."""
    rows, hue = random.randint(1, 3), hues(random, sheet.colours, 1)[0]
    noise = np.random.default_rng(random.getrandbits(64))
    plot = Plot(sheet, random, (0, 1), (0, rows), "x", grid=random.random() < 0.3)
    along = np.linspace(0.01, 0.99, 420)
    for row in range(rows):
        if row:
            sheet.step()
        swell = sum(
            random.uniform(0.4, 1) * np.exp(-(((along - random.random()) / random.uniform(0.04, 0.14)) ** 2))
            for _ in range(random.randint(2, 4))
        )
        heights = 0.44 * np.clip(swell + 0.06, 0, 1) * noise.uniform(0.25, 1, along.shape)
        heights[1::2] *= -1
        trace = [plot.at(float(x), row + 0.5 + float(y)) for x, y in zip(along, heights, strict=True)]
        sheet.canvas.line(trace, hue[1], 4)
    kind = said("kind", "waveform", "a waveform", "the trace of a signal", "a plot of a sound wave")
    return [kind, CHART, counted("traces", rows, "trace", "traces"), *coloured("traces", [hue]), *plot.facts]


LAYOUTS = tuple(map(whole, (small_multiples, bars_with_line, lollipops, pyramid, tree_map, waveform)))
