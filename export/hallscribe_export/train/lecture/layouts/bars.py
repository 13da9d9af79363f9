"""Charts of bars: upright, lying, in groups, stacked, histograms."""

from __future__ import annotations

import math
from random import Random

from hallscribe_export.train.lecture.canvas import blend
from hallscribe_export.train.lecture.layouts.axes import Plot, legend, number
from hallscribe_export.train.lecture.layouts.sheet import (
    CHART,
    Hue,
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

BARS = said("kind", "bar chart", "a bar chart", "a bar graph", "a chart with bars")
UPRIGHT = said("kind", "vertical bar chart", "a vertical bar chart", "a column chart", "a chart with upright bars")
LYING = said("kind", "horizontal bar chart", "a horizontal bar chart", "a chart with bars lying on their side")
TRENDS = ("mixed", "mixed", "rising", "falling", "peak", "valley")


def _dyed(random: Random, sheet: Sheet, lengths: list[float]) -> tuple[list[Hue], list[Fact]]:
    """A colour for each bar: one for all, one of its own for each, or another for a single one."""
    way = random.choice(("single", "single", "many", "one"))
    count = len(lengths)
    if way == "many" and count <= len(sheet.colours.accents) + 2:
        used = hues(random, sheet.colours, count)
        return used, coloured("bars", used)
    main, other = hues(random, sheet.colours, 2)
    used = [main] * count
    if way != "one":
        return used, coloured("bars", used)
    marked = random.randrange(count)
    if random.random() < 0.4:
        main = ("grey", sheet.colours.quiet)
    used = [other if i == marked else main for i in range(count)]
    one = said(
        "highlight",
        other[0],
        f"with one bar highlighted in {other[0]}",
        f"with a single {other[0]} bar",
        f"with one {other[0]} bar",
    )
    return used, [one, *coloured("bars", [main])[1:]]


def _tallest(lengths: list[float], where: tuple[str, str, str], word: str) -> list[Fact]:
    """Where the longest bar is, if it is clearly longer than the others and clearly somewhere."""
    first, second = sorted(lengths, reverse=True)[:2]
    place = lengths.index(first) / (len(lengths) - 1)
    if first < 1.12 * second or 0 < place < 0.4 or 0.6 < place < 1:
        return []
    at = where[0] if place == 0 else where[2] if place == 1 else where[1]
    return [said("longest bar", at, f"with the {word} bar {at}", f"whose {word} bar is {at}")]


def _count(lengths: list[float]) -> list[Fact]:
    return [counted("bars", len(lengths), "bar", "bars")]


def vertical_bars(random: Random, sheet: Sheet) -> list[Fact]:
    """One upright bar for each name."""
    count, trend = random.randint(2, 9), random.choice(TRENDS)
    lengths = values(random, count, trend if count > 2 else "mixed")
    used, facts = _dyed(random, sheet, lengths)
    plot = Plot(sheet, random, (0, count), (0, 1.08), random.choice(("y", "y", "")), below=sheet.size * 1.6)
    half, valued = random.uniform(0.22, 0.44), random.random() < 0.35
    plot.below(labels(random, sheet.topic, count), [plot.x(i + 0.5) for i in range(count)])
    sheet.builds = sheet.builds and count <= 6
    radius = random.choice((0, 0, 8))
    for i, (length, (_, colour)) in enumerate(zip(lengths, used, strict=True)):
        sheet.step()
        box = (plot.x(i + 0.5 - half), plot.y(length), plot.x(i + 0.5 + half), plot.bottom)
        sheet.canvas.box(box, colour, radius=radius)
        if valued:
            sheet.label((plot.x(i + 0.5), box[1] - sheet.size * 0.6), number(round(length * 100)), 90)
    if valued:
        facts.append(said("values", "above", "with numbers above the bars", "with its values written over the bars"))
    facts += _tallest(lengths, ("on the left", "in the middle", "on the right"), "tallest")
    return [UPRIGHT, BARS, CHART, *_count(lengths), *facts, *trend_facts(trend if count > 2 else ""), *plot.facts]


def horizontal_bars(random: Random, sheet: Sheet) -> list[Fact]:
    """One lying bar for each name, from the top down."""
    count, trend = random.randint(2, 9), random.choice(("mixed", "rising", "falling"))
    lengths = values(random, count, trend if count > 2 else "mixed")
    used, facts = _dyed(random, sheet, lengths)
    room = (sheet.box[2] - sheet.box[0]) * 0.2
    plot = Plot(sheet, random, (0, 1.1), (0, count), random.choice(("x", "x", "")), left=room)
    half, valued = random.uniform(0.22, 0.42), random.random() < 0.35
    plot.beside(labels(random, sheet.topic, count), [plot.y(count - i - 0.5) for i in range(count)], room)
    sheet.builds = sheet.builds and count <= 6
    for i, (length, (_, colour)) in enumerate(zip(lengths, used, strict=True)):
        sheet.step()
        middle = count - i - 0.5
        sheet.canvas.box((plot.left, plot.y(middle + half), plot.x(length), plot.y(middle - half)), colour)
        if valued:
            sheet.label((plot.x(length) + 8, plot.y(middle)), number(round(length * 100)), 90, "lm")
    if valued:
        facts.append(
            said("values", "beside", "with numbers at the ends of the bars", "with its values beside the bars")
        )
    if count > 2 and trend != "mixed":
        longest = "longest at the bottom" if trend == "rising" else "longest at the top"
        facts.append(said("order", longest, f"sorted with the {longest}", f"with bars in order, the {longest}"))
    facts += _tallest(lengths, ("at the top", "in the middle", "at the bottom"), "longest")
    return [LYING, BARS, CHART, *_count(lengths), *facts, *plot.facts]


def _series(random: Random, sheet: Sheet, least: int, most: int, often: float) -> tuple[list[Hue], list[Fact]]:
    """The colours of the series and what is said of them and of their legend."""
    used = hues(random, sheet.colours, random.randint(least, most))
    facts = coloured("bars", used)
    facts += legend(random, sheet, named(random, sheet.topic, len(used)), used, often)
    return used, facts


def grouped_bars(random: Random, sheet: Sheet) -> list[Fact]:
    """Groups of bars side by side, upright or lying."""
    used, facts = _series(random, sheet, 2, 4, 0.8)
    groups, lying = random.randint(2, 6), random.random() < 0.25
    lengths = [values(random, groups, random.choice(TRENDS)) for _ in used]
    room = (sheet.box[2] - sheet.box[0]) * 0.18
    names = labels(random, sheet.topic, groups)
    if lying:
        plot = Plot(sheet, random, (0, 1.05), (0, groups), "x", left=room)
        plot.beside(names, [plot.y(i + 0.5) for i in range(groups)], room)
    else:
        plot = Plot(sheet, random, (0, groups), (0, 1.05), random.choice(("y", "y", "")), below=sheet.size * 1.6)
        plot.below(names, [plot.x(i + 0.5) for i in range(groups)])
    full = random.uniform(0.62, 0.84)
    for series, (_, colour) in enumerate(used):
        sheet.step()
        for group in range(groups):
            start = group + (1 - full) / 2 + full * series / len(used)
            end, length = start + full / len(used) * 0.94, lengths[series][group]
            upright = (plot.x(start), plot.y(length), plot.x(end), plot.bottom)
            sheet.canvas.box((plot.left, plot.y(end), plot.x(length), plot.y(start)) if lying else upright, colour)
    grouped = said("kind", "grouped bar chart", "a grouped bar chart", "a bar chart with bars in groups")
    across = LYING if lying else UPRIGHT
    each = counted("bars in a group", len(used), "bar in each group", "bars in each group")
    return [grouped, across, BARS, CHART, counted("groups", groups, "group", "groups"), each, *facts, *plot.facts]


def stacked_bars(random: Random, sheet: Sheet) -> list[Fact]:
    """Bars of parts one upon the other, upright or lying."""
    used, facts = _series(random, sheet, 2, 5, 0.8)
    count, lying, full = random.randint(2, 8), random.random() < 0.25, random.random() < 0.3
    parts = [[random.uniform(0.3, 1) for _ in used] for _ in range(count)]
    totals = [1.0] * count if full else values(random, count, random.choice(TRENDS))
    room = (sheet.box[2] - sheet.box[0]) * 0.18
    names, half = labels(random, sheet.topic, count), random.uniform(0.25, 0.42)
    if lying:
        plot = Plot(sheet, random, (0, 1.05), (0, count), "x", left=room)
        plot.beside(names, [plot.y(i + 0.5) for i in range(count)], room)
    else:
        plot = Plot(sheet, random, (0, count), (0, 1.05), random.choice(("y", "y", "")), below=sheet.size * 1.6)
        plot.below(names, [plot.x(i + 0.5) for i in range(count)])
    for series, (_, colour) in enumerate(used):
        sheet.step()
        for bar in range(count):
            share = totals[bar] / sum(parts[bar])
            start, end = sum(parts[bar][:series]) * share, sum(parts[bar][: series + 1]) * share
            upright = (plot.x(bar + 0.5 - half), plot.y(end), plot.x(bar + 0.5 + half), plot.y(start))
            flat = (plot.x(start), plot.y(bar + 0.5 + half), plot.x(end), plot.y(bar + 0.5 - half))
            sheet.canvas.box(flat if lying else upright, colour)
    if full:
        facts.append(said("stacks", "full", "with bars of equal height", "in which all bars add up to the same"))
    stacked = said("kind", "stacked bar chart", "a stacked bar chart", "a chart with stacked bars")
    layers = counted("parts", len(used), "part in each bar", "parts in each bar")
    return [
        stacked,
        LYING if lying else UPRIGHT,
        BARS,
        CHART,
        counted("bars", count, "bar", "bars"),
        layers,
        *facts,
        *plot.facts,
    ]


def _bell(random: Random, bins: int) -> tuple[str, list[float]]:
    """The heights of a histogram and what its shape is called."""
    shape = random.choice(("bell", "two", "left", "right", "flat"))
    peaks = {"bell": (0.5,), "two": (0.22, 0.76), "left": (0.12,), "right": (0.88,), "flat": (0.5,)}[shape]
    wide = {"bell": 0.17, "two": 0.09, "left": 0.22, "right": 0.22, "flat": 5.0}[shape]
    made = [max(math.exp(-(((i + 0.5) / bins - at) ** 2) / (2 * wide**2)) for at in peaks) for i in range(bins)]
    return shape, [min(max(height * random.uniform(0.86, 1.0), 0.02), 1) for height in made]


def histogram(random: Random, sheet: Sheet) -> list[Fact]:
    """Many bars without gaps: a distribution."""
    bins = random.randint(12, 32)
    shape, heights = _bell(random, bins)
    used = hues(random, sheet.colours, 1)
    plot = Plot(sheet, random, (0, bins), (0, 1.08), "xy")
    edge = blend(used[0][1], sheet.colours.background, 0.6)
    for i, height in enumerate(heights):
        box = (plot.x(i), plot.y(height), plot.x(i + 1), plot.bottom)
        sheet.canvas.box(box, used[0][1], edge, 2)
    facts = coloured("bars", used)
    if random.random() < 0.3:
        mark = sheet.colours.ink
        at = plot.x(bins * random.uniform(0.35, 0.65))
        sheet.canvas.line([(at, plot.top), (at, plot.bottom)], mark, 5)
        facts.append(
            said("mark", "upright line", "with an upright line across it", "with a vertical line at one value")
        )
    phrases = {
        "bell": ("with one peak in the middle", "shaped like a bell"),
        "two": ("with two peaks", "with two humps"),
        "left": ("with most of it on the left", "with a long tail to the right"),
        "right": ("with most of it on the right", "with a long tail to the left"),
        "flat": ("with bars of about the same height", "that is flat"),
    }
    kind = said("kind", "histogram", "a histogram", "a distribution drawn as bars without gaps")
    return [kind, BARS, CHART, Fact("shape", shape, phrases[shape]), *facts, *plot.facts]


LAYOUTS = tuple(map(whole, (vertical_bars, horizontal_bars, grouped_bars, stacked_bars, histogram)))
