"""Timelines from left to right or from top to bottom."""

from __future__ import annotations

from random import Random

from hallscribe_export.train.lecture import prose
from hallscribe_export.train.lecture.building import Building, builds, coloured
from hallscribe_export.train.lecture.canvas import Colour
from hallscribe_export.train.lecture.page import Fact, Layout, Page, Style, Topic, counted
from hallscribe_export.train.lecture.palette import readable_on

_KIND = Fact("kind", "timeline", ("a timeline", "a time line with milestones", "events along a line of time"))


def _years(rng: Random, count: int) -> list[int]:
    year, years = rng.randint(1700, 1960), []
    for _ in range(count):
        years.append(year)
        year += rng.randint(2, 14)
    return years


def _mark(building: Building, shape: str, x: float, y: float, half: float, colour: Colour) -> None:
    box = (x - half, y - half, x + half, y + half)
    if shape == "disc":
        building.canvas.ellipse(box, fill=colour)
    elif shape == "ring":
        building.canvas.ellipse(box, fill=building.style.colours.background, outline=colour, width=6)
    else:
        building.canvas.polygon([(x - half, y), (x, y - half), (x + half, y), (x, y + half)], fill=colour)


def _facts(rng: Random, style: Style, count: int) -> tuple[list[Fact], list[Colour]]:
    name, colour = style.colours.accents[0]
    facts = [_KIND, counted("milestones", count, "milestone", "milestones")]
    if rng.random() < 0.35:
        return [*facts, Fact("mark colour", "many", ("in different colours",))], [c for _, c in style.colours.accents]
    return [*facts, coloured("mark colour", name, "with {} points on the line")], [colour] * 9


def timeline_across(rng: Random, style: Style, topic: Topic) -> Page:
    """Milestones along a horizontal line, words below it or above and below in turn."""
    building = Building(style, prose.title(rng, topic), builds(rng))
    left, top, right, bottom = building.box
    count = rng.randint(3, 7)
    facts, hues = _facts(rng, style, count)
    turns, shape, arrow = rng.random() < 0.5, rng.choice(("disc", "ring", "diamond")), rng.random() < 0.5
    y, wide, half = (top + bottom) / 2 - (0 if turns else 60), (right - left) / count, rng.choice((18, 28))
    draw = (
        building.canvas.arrow
        if arrow
        else lambda start, end, ink, width: building.canvas.line([start, end], ink, width)
    )
    draw((left, y), (right, y), style.colours.quiet, 7)
    phrases = (
        ("with text above and below the line in turn", "alternating above and below")
        if turns
        else ("with text below the line",)
    )
    facts += [
        Fact("arrangement", "horizontal", ("from left to right", "along a horizontal line")),
        Fact("text place", "turns" if turns else "below", phrases),
    ]
    for i, year in enumerate(_years(rng, count)):
        if i:
            building.step()
        x, above = left + (i + 0.5) * wide, turns and i % 2 == 1
        reach = wide * (0.85 if turns else 0.47)
        _mark(building, shape, x, y, half, hues[i])
        start = y - 175 if above else y + half + 16
        ends = (max(x - reach, left - 40), min(x + reach, right + 40))
        building.canvas.text((x, start + 30), str(year), style.fonts.title, 32, hues[i], "ms")
        building.lines((ends[0], start + 38, ends[1], start + 150), prose.phrase(rng, topic), 24, centred=True)
    return building.page("timeline_across", *facts)


def timeline_down(rng: Random, style: Style, topic: Topic) -> Page:
    """Milestones down a vertical line, at the left or in the middle."""
    building = Building(style, prose.title(rng, topic), builds(rng))
    left, top, right, bottom = building.box
    count, central = rng.randint(3, 6), rng.random() < 0.4
    facts, hues = _facts(rng, style, count)
    x, high = ((left + right) / 2 if central else left + 170), (bottom - top) / count
    shape, boxed = rng.choice(("disc", "ring", "diamond")), rng.random() < 0.4
    building.canvas.line([(x, top), (x, bottom)], style.colours.quiet, 7)
    facts += [
        Fact("arrangement", "vertical", ("from top to bottom", "along a vertical line")),
        Fact("line place", "middle", ("with the line in the middle",)) if central
        else Fact("line place", "left", ("with the line at the left",)),
    ]  # fmt: skip
    for i, year in enumerate(_years(rng, count)):
        if i:
            building.step()
        y, after = top + (i + 0.5) * high, not central or i % 2 == 0
        _mark(building, shape, x, y, 15, hues[i])
        way, anchor = (1, "lm") if after else (-1, "rm")
        where = x - 34 if not central else x - way * 34
        ink = hues[i]
        if boxed:
            edge = where - 118 if not central or way == 1 else where
            building.canvas.box((edge, y - 22, edge + 118, y + 22), fill=ink, radius=6)
            building.canvas.text((edge + 59, y), str(year), style.fonts.title, 30, readable_on(ink), "mm")
        else:
            building.canvas.text((where, y), str(year), style.fonts.title, 34, ink, "rm" if way == 1 else "lm")
        room = (right - x if after else x - left) - 50
        building.line((x + way * 40, y), prose.phrase(rng, topic), 30, room, anchor=anchor)
    return building.page("timeline_down", *facts)


LAYOUTS: tuple[Layout, ...] = (timeline_across, timeline_down)
