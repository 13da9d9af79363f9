"""Charts of lines and areas, and functions with their axes through the origin."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

import numpy as np

from hallscribe_export.train.lecture.canvas import Point, blend
from hallscribe_export.train.lecture.layouts.axes import Plot, legend
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
    whole,
)
from hallscribe_export.train.lecture.page import Fact, counted

LINES = said("kind", "line chart", "a line chart", "a line graph", "a chart with lines")
TRENDS = ("rising", "falling", "peak", "valley", "wavy", "mixed")


def course(random: Random, count: int, trend: str, rough: float, low: float = 0.08, high: float = 0.92) -> list[float]:
    """So many heights between about ``low`` and ``high`` that follow a trend, with jumps of about ``rough``."""
    along = np.linspace(0, 1, count)
    bend = random.choice((0.5, 1.0, 2.0))
    shapes = {
        "rising": along**bend,
        "falling": (1 - along) ** bend,
        "peak": np.sin(np.pi * along) ** 2,
        "valley": 1 - np.sin(np.pi * along) ** 2,
        "wavy": 0.5 + 0.45 * np.sin(2 * np.pi * (random.uniform(1.5, 3) * along + random.random())),
        "mixed": np.full(count, random.uniform(0.2, 0.8)),
    }
    noise = np.array([random.gauss(0, rough) for _ in range(count)])
    heights = low + (high - low) * shapes[trend] + noise
    return [float(height) for height in np.clip(heights, 0.02, 0.98)]


def dashed(sheet: Sheet, points: list[Point], hue: Hue, width: int) -> None:
    """Draw a line of dashes of even length."""
    path = np.array(points)
    steps = np.hypot(*np.diff(path, axis=0).T)
    far = np.concatenate([[0], np.cumsum(steps)])
    for start in np.arange(0, far[-1], 28.0):
        at = np.linspace(start, min(start + 16, far[-1]), 3)
        dash = zip(np.interp(at, far, path[:, 0]), np.interp(at, far, path[:, 1]), strict=True)
        sheet.canvas.line([(float(x), float(y)) for x, y in dash], hue[1], width)


def marker(sheet: Sheet, at: Point, hue: Hue, shape: str, radius: float) -> None:
    """Draw a circle, a square or a triangle at a point."""
    x, y = at
    box = (x - radius, y - radius, x + radius, y + radius)
    if shape == "circle":
        sheet.canvas.ellipse(box, hue[1])
    elif shape == "square":
        sheet.canvas.box(box, hue[1])
    else:
        sheet.canvas.polygon(
            [(x, y - radius * 1.2), (x + radius * 1.1, y + radius), (x - radius * 1.1, y + radius)], hue[1]
        )


def line_chart(random: Random, sheet: Sheet) -> list[Fact]:
    """One to four lines, smooth or jagged, with or without markers and dashes."""
    used = hues(random, sheet.colours, random.randint(1, 4))
    many = len(used) > 1
    names = named(random, sheet.topic, len(used))
    facts = coloured("lines" if many else "line", used) + (legend(random, sheet, names, used) if many else [])
    rough, shape = random.choice((0.0, 0.015, 0.06)), random.choice(("", "", "circle", "square", "triangle"))
    count = random.randint(5, 10) if shape else random.randint(24, 60)
    trend, dashes = random.choice(TRENDS), random.choice((False, False, True))
    marked = random.choice(("xy", "y", "xy", ""))
    plot = Plot(sheet, random, (0, count - 1), (0, 1), marked, below=sheet.size * 1.6)
    if shape and marked == "y":
        plot.below(labels(random, sheet.topic, count), [plot.x(i) for i in range(count)])
    width = random.choice((5, 7, 9))
    crossing = many and random.random() < 0.3
    # Apart from each other, so that they can be counted.
    span = random.uniform(0.3, 0.5) if many else random.uniform(0.5, 0.85)
    lows = [0.05 + (0.9 - span) * (i + 0.5) / len(used) for i in range(len(used))]
    random.shuffle(lows)
    for i, hue in enumerate(used):
        if i:
            sheet.step()
        way = random.choice(TRENDS[:4]) if crossing else trend
        heights = course(random, count, way, rough, lows[i], lows[i] + span)
        points = [plot.at(x, height) for x, height in enumerate(heights)]
        if dashes and (i or not many):
            dashed(sheet, points, hue, width)
        else:
            sheet.canvas.line(points, hue[1], width)
        for point in points if shape else ():
            marker(sheet, point, hue, shape, width * 2)
    facts += _drawn(many, shape, dashes, rough)
    return [
        LINES,
        CHART,
        counted("lines", len(used), "line", "lines"),
        *facts,
        *_course("" if crossing else trend),
        *plot.facts,
    ]


def _drawn(many: bool, shape: str, dashes: bool, rough: float) -> list[Fact]:
    """What can be said of how lines are drawn: markers, dashes, smooth or jagged."""
    facts = []
    if shape:
        facts.append(
            said("markers", shape, f"with {shape} markers", f"with {shape}s on the {'lines' if many else 'line'}")
        )
    if dashes:
        facts.append(said("dashes", "yes", "with dashed lines", "in dashes" if many else "with a dashed line"))
    if rough > 0.05:
        facts.append(said("course", "jagged", "with jagged lines", "that goes up and down a lot"))
    elif rough == 0 and not shape:
        facts.append(said("course", "smooth", "with smooth lines", "with smooth curves"))
    return facts


def _course(trend: str) -> list[Fact]:
    if trend == "wavy":
        return [said("trend", "wavy", "in waves", "with a wavy course")]
    return trend_facts(trend)


def area_chart(random: Random, sheet: Sheet) -> list[Fact]:
    """One to three areas between lines and the x axis, one upon the other."""
    used = hues(random, sheet.colours, random.randint(1, 3))
    facts = coloured("areas" if len(used) > 1 else "area", used)
    if len(used) > 1:
        facts += legend(random, sheet, named(random, sheet.topic, len(used)), used)
    count, trend = random.randint(8, 30), random.choice(TRENDS[:4])
    rough = random.choice((0.0, 0.02))
    layers = np.array([course(random, count, trend, rough, 0.08, 0.9) for _ in used]) / len(used)
    tops = np.cumsum(layers, axis=0)
    plot = Plot(sheet, random, (0, count - 1), (0, 1), "xy")
    ground = [plot.at(count - 1, 0), plot.at(0, 0)]
    outlined = random.random() < 0.5
    # The highest first: each area covers what of it is below the next.
    for hue, top in zip(reversed(used), tops[::-1], strict=True):
        line = [plot.at(x, float(height)) for x, height in enumerate(top)]
        fill = blend(sheet.colours.background, hue[1], 0.6) if outlined else hue[1]
        sheet.canvas.polygon(line + ground, fill)
        if outlined:
            sheet.canvas.line(line, hue[1], 6)
    kind = said("kind", "area chart", "an area chart", "a chart with filled areas under its lines")
    return [kind, CHART, counted("areas", len(used), "area", "areas"), *facts, *trend_facts(trend), *plot.facts]


# Functions over -1..1 with values in -1..1, by what they are called.
CURVES: dict[str, tuple[tuple[str, ...], Callable[[float], float]]] = {
    "parabola": (("a parabola", "a curve shaped like a U"), lambda x: 1.7 * x * x - 0.75),
    "turned parabola": (
        ("a parabola that opens downwards", "a parabola turned upside down"),
        lambda x: 0.8 - 1.7 * x * x,
    ),
    "sine": (("a sine wave", "a wave around the axis", "a sine curve"), lambda x: 0.75 * math.sin(x * 7)),
    "exponential": (
        ("an exponential curve", "a curve that grows ever faster"),
        lambda x: 0.13 * math.exp(2 * x) - 0.05,
    ),
    "sigmoid": (("a sigmoid curve", "a curve shaped like an S"), lambda x: 1.5 / (1 + math.exp(-7 * x)) - 0.75),
    "line": (("a straight line through the origin", "a linear function"), lambda x: 0.8 * x),
    "cubic": (("a cubic curve", "a cubic function"), lambda x: 3.2 * x**3 - 1.9 * x),
    "bell": (("a bell curve", "a Gaussian curve"), lambda x: 0.85 * math.exp(-9 * x * x) + 0.02),
    "decay": (
        ("a decaying oscillation", "a wave that dies away"),
        lambda x: 0.8 * math.exp(-1.2 * (x + 1)) * math.cos(14 * x),
    ),
}


def function_plot(random: Random, sheet: Sheet) -> list[Fact]:
    """A function or two over axes with arrows that cross in the middle."""
    left, top, right, bottom = sheet.box
    if random.random() < 0.5:
        middle, half = (left + right) / 2, (bottom - top) * 0.6
        left, right = max(left, middle - half), min(right, middle + half)
    x0, y0 = (left + right) / 2, (top + bottom) / 2
    wide, high = (right - left) / 2, (bottom - top) / 2
    ink, canvas = sheet.colours.ink, sheet.canvas
    facts = []
    if random.random() < 0.35:
        faint = blend(sheet.colours.background, sheet.colours.quiet, 0.45)
        for i in range(-4, 5):
            canvas.line([(x0 + wide * i / 4.5, top), (x0 + wide * i / 4.5, bottom)], faint, 3)
            canvas.line([(left, y0 + high * i / 4.5), (right, y0 + high * i / 4.5)], faint, 3)
        facts.append(said("grid", "yes", "with grid lines", "with lines of a grid behind it"))
    canvas.arrow((left, y0), (right, y0), ink, 4)
    canvas.arrow((x0, bottom), (x0, top), ink, 4)
    sheet.label((right - 14, y0 + sheet.size), "x")
    sheet.label((x0 + sheet.size, top + 14), random.choice(("y", "f(x)")), 60, "lm")
    names = random.sample(sorted(CURVES), random.choice((1, 1, 2)))
    used = hues(random, sheet.colours, len(names))
    along = np.linspace(-0.93, 0.93, 160)
    for i, (name, hue) in enumerate(zip(names, used, strict=True)):
        if i or sheet.builds:
            sheet.step()
        points = [(x0 + float(x) * wide, y0 - CURVES[name][1](float(x)) * high) for x in along]
        canvas.line(points, hue[1], 7)
        facts.append(Fact("kind", name, CURVES[name][0]))
    kind = said(
        "kind", "function plot", "a plot of a function", "a curve over axes that cross", "the graph of a function"
    )
    through = said("axes", "crossing", "with axes through the origin", "with axes that cross in the middle")
    curves = counted("lines", len(names), "curve", "curves")
    return [*facts[::-1], kind, CHART, through, curves, *coloured("curves" if len(names) > 1 else "curve", used)]


def band_chart(random: Random, sheet: Sheet) -> list[Fact]:
    """A line with a shaded band of uncertainty around it."""
    hue = hues(random, sheet.colours, 1)[0]
    trend, count = random.choice(TRENDS[:5]), 40
    heights = np.array(course(random, count, trend, 0.004, 0.25, 0.75))
    wide = np.linspace(random.uniform(0.04, 0.1), random.uniform(0.06, 0.2), count)
    plot = Plot(sheet, random, (0, count - 1), (0, 1), "xy")
    upper = [plot.at(x, float(y)) for x, y in enumerate(heights + wide)]
    lower = [plot.at(x, float(y)) for x, y in enumerate(heights - wide)]
    sheet.canvas.polygon(upper + lower[::-1], blend(sheet.colours.background, hue[1], 0.35))
    sheet.canvas.line([plot.at(x, float(y)) for x, y in enumerate(heights)], hue[1], 6)
    band = said("band", "yes", "with a shaded band around the line", "with an uncertainty band")
    return [
        LINES,
        CHART,
        counted("lines", 1, "line", "lines"),
        band,
        *coloured("line", [hue]),
        *_course(trend),
        *plot.facts,
    ]


LAYOUTS = tuple(map(whole, (line_chart, area_chart, function_plot, band_chart)))
