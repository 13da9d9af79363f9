"""Charts of points: scatter plots, bubbles, box plots, error bars, candlesticks."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import numpy as np

from hallscribe_export.train.lecture.canvas import blend
from hallscribe_export.train.lecture.layouts.axes import Plot, legend
from hallscribe_export.train.lecture.layouts.lines import course, marker
from hallscribe_export.train.lecture.layouts.sheet import (
    CHART,
    Sheet,
    articled,
    coloured,
    hues,
    labels,
    named,
    said,
    trend_facts,
    whole,
)
from hallscribe_export.train.lecture.page import Fact, counted

SCATTER = said("kind", "scatter plot", "a scatter plot", "a scatter chart", "a cloud of points")


def scatter(random: Random, sheet: Sheet) -> list[Fact]:
    """Points in one to four clusters."""
    used = hues(random, sheet.colours, random.randint(1, 4))
    facts = coloured("points", used)
    if len(used) > 1:
        facts += legend(random, sheet, named(random, sheet.topic, len(used)), used, 0.5)
    noise = np.random.default_rng(random.getrandbits(64))
    plot = Plot(sheet, random, (0, 1), (0, 1), "xy")
    corners = random.sample(
        [(0.24, 0.26), (0.76, 0.27), (0.25, 0.75), (0.75, 0.76), (0.5, 0.5)][: 4 + (len(used) < 2)], len(used)
    )
    shape, radius = random.choice(("circle", "circle", "square", "triangle")), random.choice((6, 8, 10))
    for i, (hue, corner) in enumerate(zip(used, corners, strict=True)):
        if i:
            sheet.step()
        spread = random.uniform(0.05, 0.09)
        for x, y in np.clip(noise.normal(corner, spread, (random.randint(18, 45), 2)), 0.02, 0.98):
            marker(sheet, plot.at(float(x), float(y)), hue, shape, radius)
    clusters = counted("clusters", len(used), "cluster", "clusters")
    return [SCATTER, CHART, clusters, *facts, *plot.facts]


def regression(random: Random, sheet: Sheet) -> list[Fact]:
    """Points along a straight line that is drawn, or not."""
    first, second = hues(random, sheet.colours, 2)
    trend, drawn = random.choice(("rising", "falling")), random.random() < 0.7
    noise = np.random.default_rng(random.getrandbits(64))
    plot = Plot(sheet, random, (0, 1), (0, 1), "xy")
    low, high = (0.15, 0.85) if trend == "rising" else (0.85, 0.15)
    xs = noise.uniform(0.04, 0.96, random.randint(25, 80))
    ys = np.clip(low + (high - low) * xs + noise.normal(0, random.uniform(0.03, 0.1), xs.shape), 0.02, 0.98)
    radius = random.choice((6, 8, 10))
    for x, y in zip(xs, ys, strict=True):
        marker(sheet, plot.at(float(x), float(y)), first, "circle", radius)
    facts = [*coloured("points", [first]), *trend_facts(trend)]
    if drawn:
        sheet.step()
        sheet.canvas.line([plot.at(0, low), plot.at(1, high)], second[1], 7)
        facts.append(said("line", "straight", "with a straight line through the points", "with a regression line"))
        facts.append(
            said(
                "line colour",
                second[0],
                f"with {articled(second[0])} trend line",
                f"with {articled(second[0])} regression line",
            )
        )
    return [SCATTER, CHART, *facts, *plot.facts]


def bubbles(random: Random, sheet: Sheet) -> list[Fact]:
    """Discs of different sizes, few enough to be counted."""
    count = random.randint(3, 9)
    used = hues(random, sheet.colours, random.choice((1, min(count, len(sheet.colours.accents)))))
    plot = Plot(sheet, random, (0, 1), (0, 1), "xy")
    reach = min(plot.right - plot.left, plot.bottom - plot.top)
    columns = random.sample(range(count), count)
    dyed, written = [], random.random() < 0.5
    names = named(random, sheet.topic, count)
    for i, column in enumerate(columns):
        x, y = plot.at((column + 0.6) / (count + 0.2), random.uniform(0.2, 0.8))
        radius = random.uniform(0.04, min(0.16, 0.62 / count * 1.5)) * reach
        hue = used[i % len(used)]
        dyed.append(hue)
        fill = blend(sheet.colours.background, hue[1], 0.8)
        sheet.canvas.ellipse((x - radius, y - radius, x + radius, y + radius), fill, hue[1], 4)
        if written:
            sheet.label((x, y - radius - sheet.size * 0.6), names[i], 140)
    kind = said("kind", "bubble chart", "a bubble chart", "a plot with circles of different sizes")
    return [kind, CHART, counted("bubbles", count, "bubble", "bubbles"), *coloured("bubbles", dyed), *plot.facts]


def box_plot(random: Random, sheet: Sheet) -> list[Fact]:
    """Boxes with a line for the median and whiskers."""
    count = random.randint(2, 8)
    used = hues(random, sheet.colours, random.choice((1, 1, min(count, 5))))
    plot = Plot(sheet, random, (0, count), (0, 1), "y", below=sheet.size * 1.6)
    plot.below(labels(random, sheet.topic, count), [plot.x(i + 0.5) for i in range(count)])
    half, ink, filled = random.uniform(0.18, 0.32), sheet.colours.ink, random.random() < 0.75
    for i in range(count):
        low, first, median, third, high = sorted(random.uniform(0.08, 0.92) for _ in range(5))
        middle = plot.x(i + 0.5)
        colour = used[i % len(used)][1]
        edge = ink if filled else colour
        sheet.canvas.line([(middle, plot.y(low)), (middle, plot.y(high))], edge, 4)
        left, right = plot.x(i + 0.5 - half), plot.x(i + 0.5 + half)
        for end in (low, high):
            sheet.canvas.line([((left + middle) / 2, plot.y(end)), ((right + middle) / 2, plot.y(end))], edge, 4)
        box = (left, plot.y(max(third, first + 0.05)), right, plot.y(first))
        sheet.canvas.box(box, colour if filled else sheet.colours.background, edge, 4)
        sheet.canvas.line([(left, plot.y(median)), (right, plot.y(median))], edge, 6)
    dyed = [used[i % len(used)] for i in range(count)]
    kind = said("kind", "box plot", "a box plot", "boxes with whiskers", "a box-and-whisker plot")
    return [kind, CHART, counted("boxes", count, "box", "boxes"), *coloured("boxes", dyed), *plot.facts]


def error_bars(random: Random, sheet: Sheet) -> list[Fact]:
    """Points with a bar of uncertainty up and down, joined by a line or not."""
    count, trend = random.randint(4, 10), random.choice(("rising", "falling", "peak", "mixed"))
    hue, joined = hues(random, sheet.colours, 1)[0], random.random() < 0.5
    heights = course(random, count, trend, 0.03, 0.22, 0.78)
    plot = Plot(sheet, random, (0, count), (0, 1), "y", below=sheet.size * 1.6)
    plot.below(labels(random, sheet.topic, count), [plot.x(i + 0.5) for i in range(count)])
    if joined:
        sheet.canvas.line([plot.at(i + 0.5, height) for i, height in enumerate(heights)], hue[1], 5)
    for i, height in enumerate(heights):
        wide = random.uniform(0.05, 0.16)
        x = plot.x(i + 0.5)
        ends = [plot.y(min(height + wide, 1)), plot.y(max(height - wide, 0))]
        sheet.canvas.line([(x, ends[0]), (x, ends[1])], hue[1], 5)
        for y in ends:
            sheet.canvas.line([(x - 16, y), (x + 16, y)], hue[1], 5)
        marker(sheet, (x, plot.y(height)), hue, "circle", 11)
    kind = said(
        "kind", "error bars", "a plot with error bars", "points with error bars", "a chart with bars of uncertainty"
    )
    line = said("joined", "yes", "joined by a line", "with a line through the points") if joined else None
    points = counted("points", count, "point", "points")
    return [
        kind,
        CHART,
        points,
        *([line] if line else []),
        *coloured("points", [hue]),
        *trend_facts(trend),
        *plot.facts,
    ]


def candlesticks(random: Random, sheet: Sheet) -> list[Fact]:
    """Prices of many days: a body from the opening to the close, a wick from the lowest to the highest."""
    count, trend = random.randint(18, 36), random.choice(("rising", "falling", "peak", "valley"))
    up, down = hues(random, sheet.colours, 2)
    heights = course(random, count + 1, trend, 0.035, 0.2, 0.8)
    plot = Plot(sheet, random, (0, count), (0, 1), "xy")
    for i, (start, end) in enumerate(pairwise(heights)):
        colour = up[1] if end > start else down[1]
        low, high = min(start, end), max(start, end)
        x = plot.x(i + 0.5)
        wick = [(x, plot.y(max(low - random.uniform(0, 0.07), 0))), (x, plot.y(min(high + random.uniform(0, 0.07), 1)))]
        sheet.canvas.line(wick, colour, 3)
        box = (plot.x(i + 0.2), plot.y(max(high, low + 0.012)), plot.x(i + 0.8), plot.y(low))
        sheet.canvas.box(box, colour)
    kind = said("kind", "candlestick chart", "a candlestick chart", "a chart of prices with candlesticks")
    return [kind, CHART, *coloured("candles", [up, down]), *trend_facts(trend), *plot.facts]


LAYOUTS = tuple(map(whole, (scatter, regression, bubbles, box_plot, error_bars, candlesticks)))
