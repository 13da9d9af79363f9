"""Charts of bars that begin anywhere: waterfalls and project plans."""

from __future__ import annotations

from itertools import pairwise
from random import Random

from hallscribe_export.train.lecture.canvas import Box
from hallscribe_export.train.lecture.layouts.axes import Plot
from hallscribe_export.train.lecture.layouts.bars import BARS
from hallscribe_export.train.lecture.layouts.sheet import CHART, Sheet, coloured, hues, labels, named, said, whole
from hallscribe_export.train.lecture.page import Fact, counted


def waterfall(random: Random, sheet: Sheet) -> list[Fact]:
    """Bars that each begin where the one before ended."""
    count = random.randint(4, 8)
    used = hues(random, sheet.colours, 3)
    levels = [random.uniform(0.35, 0.7)]
    for _ in range(count - 2):
        move = random.choice((-1, 1)) * random.uniform(0.08, 0.25)
        levels.append(levels[-1] + (move if 0.12 < levels[-1] + move < 0.97 else -move))
    plot = Plot(sheet, random, (0, count), (0, 1.1), "y", below=sheet.size * 1.6)
    plot.below(labels(random, sheet.topic, count), [plot.x(i + 0.5) for i in range(count)])
    spans = [(0.0, levels[0]), *pairwise(levels), (0.0, levels[-1])]
    for i, (start, end) in enumerate(spans):
        total = i in (0, count - 1)
        _, colour = used[0] if total else used[1] if end > start else used[2]
        low, high = min(start, end), max(start, end)
        sheet.canvas.box(_between(plot, i, low, high), colour)
        if i + 1 < count:
            joint = [(plot.x(i + 0.84), plot.y(end)), (plot.x(i + 1.16), plot.y(end))]
            sheet.canvas.line(joint, sheet.colours.ink, 3)
    kind = said(
        "kind", "waterfall chart", "a waterfall chart", "a chart of floating bars, each starting where the last ended"
    )
    return [kind, BARS, CHART, counted("bars", count, "bar", "bars"), *coloured("bars", used), *plot.facts]


def _between(plot: Plot, slot: int, low: float, high: float) -> Box:
    return plot.x(slot + 0.16), plot.y(high), plot.x(slot + 0.84), plot.y(low)


def gantt(random: Random, sheet: Sheet) -> list[Fact]:
    """Tasks as lying bars over time."""
    count = random.randint(3, 8)
    used = hues(random, sheet.colours, random.choice((1, 2, min(count, 5))))
    room = (sheet.box[2] - sheet.box[0]) * 0.22
    plot = Plot(sheet, random, (0, 12), (0, count), "x", left=room, grid=random.random() < 0.8)
    plot.beside(named(random, sheet.topic, count), [plot.y(count - i - 0.5) for i in range(count)], room)
    start, dyed = 0.2, []
    for i in range(count):
        length = random.uniform(1.5, 4.0)
        start = min(start, 11.8 - length)
        dyed.append(used[i % len(used)])
        middle = count - i - 0.5
        box = (plot.x(start), plot.y(middle + 0.3), plot.x(start + length), plot.y(middle - 0.3))
        sheet.canvas.box(box, dyed[-1][1], radius=6)
        start += length * random.uniform(0.45, 1.0)
        if i + 1 < count and i % 3 == 2:
            sheet.step()
    kind = said("kind", "Gantt chart", "a Gantt chart", "a project plan with bars over time", "a schedule of tasks")
    return [kind, CHART, counted("tasks", count, "task", "tasks"), *coloured("bars", dyed), *plot.facts]


LAYOUTS = tuple(map(whole, (waterfall, gantt)))
