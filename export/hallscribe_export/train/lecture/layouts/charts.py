"""Charts beside something else: two of them on a page, or one beside a list or a remark."""

from __future__ import annotations

from random import Random

from hallscribe_export.train.lecture.canvas import Box, wrapped
from hallscribe_export.train.lecture.layouts import bars, fields, lines, points, shares
from hallscribe_export.train.lecture.layouts.sheet import CHART, Painter, Sheet, articled, said, whole
from hallscribe_export.train.lecture.page import Fact, counted

# What can be seen when it has half of a page, with what it is called in the plural.
SMALL: tuple[tuple[Painter, str, str], ...] = (
    (bars.vertical_bars, "a bar chart", "bar charts"),
    (bars.horizontal_bars, "a horizontal bar chart", "horizontal bar charts"),
    (bars.stacked_bars, "a stacked bar chart", "stacked bar charts"),
    (bars.histogram, "a histogram", "histograms"),
    (lines.line_chart, "a line chart", "line charts"),
    (lines.area_chart, "an area chart", "area charts"),
    (lines.function_plot, "a function plot", "function plots"),
    (points.scatter, "a scatter plot", "scatter plots"),
    (points.regression, "a scatter plot", "scatter plots"),
    (points.box_plot, "a box plot", "box plots"),
    (shares.pie, "a pie chart", "pie charts"),
    (shares.donut, "a donut chart", "donut charts"),
    (fields.heat_map, "a heat map", "heat maps"),
)


def _halves(sheet: Sheet) -> tuple[Box, Box]:
    left, top, right, bottom = sheet.box
    middle = (left + right) / 2
    return (left, top, middle - 24, bottom), (middle + 24, top, right, bottom)


def two_charts(random: Random, sheet: Sheet) -> list[Fact]:
    """Two charts side by side, of one kind or of two."""
    first = random.choice(SMALL)
    second = first if random.random() < 0.35 else random.choice(SMALL)
    facts: list[Fact] = []
    for i, ((painter, _, _), box) in enumerate(zip((first, second), _halves(sheet), strict=True)):
        if i:
            sheet.step()
        half = sheet.part(box)
        facts += [fact for fact in painter(random, half) if fact.key == "kind" and fact != CHART]
        sheet.words += half.words
    if random.random() < 0.4:
        middle = (sheet.box[0] + sheet.box[2]) / 2
        sheet.canvas.line([(middle, sheet.box[1]), (middle, sheet.box[3])], sheet.colours.quiet, 3)
    if first[2] == second[2]:
        pair = said("kind", f"two {first[2]}", f"two {first[2]}", f"two {first[2]} side by side")
    else:
        one, other = sorted((first[1], second[1]))
        pair = said("kind", f"{one} and {other}", f"{one} and {other} side by side", f"{one} beside {other}")
    two = said("kind", "two charts", "two charts", "two charts side by side", "two plots next to each other")
    sides = [
        said(f"{side} chart", name, f"with {name} on the {side}", f"and {name} on the {side}")
        for side, name in (("left", first[1]), ("right", second[1]))
    ]
    return [pair, two, *facts, *sides]


def chart_beside_list(random: Random, sheet: Sheet) -> list[Fact]:
    """A chart on one side and bullet points on the other."""
    left, top, right, bottom = sheet.box
    share, first = random.uniform(0.52, 0.62), random.random() < 0.5
    cut = left + (right - left) * (share if first else 1 - share)
    chart, list_ = (left, top, cut - 20, bottom), (cut + 24, top, right, bottom)
    if not first:
        chart, list_ = (cut + 20, top, right, bottom), (left, top, cut - 24, bottom)
    painter = random.choice(SMALL)[0]
    half = sheet.part(chart)
    facts = painter(random, half)
    sheet.words += half.words
    count = random.randint(2, 5)
    _bullets(random, sheet, list_, count)
    side, other = ("left", "right") if first else ("right", "left")
    beside = said(
        "beside", f"list {other}", f"beside a list on the {other}", f"on the {side} with bullet points on the {other}"
    )
    text = said("text", "yes", "beside bullet points", "next to text", "together with a list")
    return [*facts, beside, text, counted("bullets", count, "bullet point", "bullet points")]


def _bullets(random: Random, sheet: Sheet, box: Box, count: int) -> None:
    left, top, right, bottom = box
    colour = random.choice([sheet.colours.ink, *(colour for _, colour in sheet.colours.accents)])
    points = [_point(random, sheet) for _ in range(count)]
    size, file, room = random.choice((32, 36, 40)), sheet.style.fonts.body, right - left - 42
    while (
        size > 22 and sum(len(wrapped(words, file, size, room)) * 1.35 + 0.6 for words in points) * size > bottom - top
    ):
        size -= 2
    high = [len(wrapped(words, file, size, room)) * 1.35 * size for words in points]
    gap = min(max((bottom - top - sum(high)) / count, 0.0), 2.0 * size)
    y = top + size * 1.1
    for words, used in zip(points, high, strict=True):
        sheet.step()
        sheet.canvas.ellipse((left + 4, y - size * 0.55, left + 18, y - size * 0.55 + 14), colour)
        sheet.canvas.paragraph((left + 38, y), words, file, size, sheet.colours.ink, room)
        y += used + gap
    sheet.words += points


def _point(random: Random, sheet: Sheet) -> str:
    """A bullet point's words."""
    first, second = random.sample(sheet.topic.terms, 2)
    quantity = random.choice(sheet.topic.quantities)
    words = random.choice((f"{first} and {second}", f"{quantity} of {first}", f"{first}: {quantity}", first))
    return words[:1].upper() + words[1:]


def chart_with_remark(random: Random, sheet: Sheet) -> list[Fact]:
    """A chart with a boxed remark under it or over it."""
    left, top, right, bottom = sheet.box
    above, high = random.random() < 0.4, 84
    strip = (
        (left + 40, top + 4, right - 40, top + high) if above else (left + 40, bottom - high, right - 40, bottom - 4)
    )
    sheet.box = (left, top + high + 16, right, bottom) if above else (left, top, right, bottom - high - 16)
    facts = random.choice(SMALL)[0](random, sheet)
    sheet.step()
    name, colour = random.choice(sheet.colours.accents)
    filled = random.random() < 0.5
    sheet.canvas.box(strip, colour if filled else None, colour, 5, random.choice((0, 16)))
    words = f"{random.choice(sheet.topic.quantities)}: {random.choice(sheet.topic.terms)}"
    words = words[:1].upper() + words[1:]
    ink = sheet.colours.ink if not filled else (20, 20, 24) if sum(colour) > 390 else (250, 250, 250)
    sheet.size = 32
    sheet.label(((left + right) / 2, (strip[1] + strip[3]) / 2), words, strip[2] - strip[0] - 40, "mm", ink)
    sheet.words.append(words)
    where = "above" if above else "below"
    boxed = said("remark", where, f"with a box of text {where} it", f"with a remark in a box {where} it")
    return [
        *facts,
        boxed,
        said("box colour", name, f"with {articled(name)} box {where} it", f"with {articled(name)} box"),
    ]


LAYOUTS = tuple(map(whole, (two_charts, chart_beside_list, chart_beside_list, chart_with_remark)))
