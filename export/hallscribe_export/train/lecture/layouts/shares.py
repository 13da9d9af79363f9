"""Round charts: pies, donuts, gauges, radar charts."""

from __future__ import annotations

import math
from random import Random

from hallscribe_export.train.lecture.canvas import Box, Colour, Point, blend
from hallscribe_export.train.lecture.layouts.axes import legend
from hallscribe_export.train.lecture.layouts.sheet import CHART, Hue, Sheet, coloured, hues, named, said, whole
from hallscribe_export.train.lecture.page import Fact, counted

# Of a disc's diameter, as a share of its sheet's height: on a small sheet the names around it have to overlap.
_LEAST = 0.1


def _disc(sheet: Sheet, random: Random, margin: float) -> Box:
    """A square as large as the sheet allows with a margin around it; in the middle or at one side."""
    left, top, right, bottom = sheet.box
    room = min(right - left - 2 * margin, bottom - top - margin)
    radius = max(room, _LEAST * (bottom - top)) / 2 * random.uniform(0.82, 0.98)
    spare = (right - left) / 2 - radius - margin
    x, y = (left + right) / 2 + random.choice((0, 0, -0.5, 0.5)) * max(spare, 0), (top + bottom) / 2
    return x - radius, y - radius, x + radius, y + radius


def _round(box: Box, degrees: float, share: float) -> Point:
    """A point of a disc, ``share`` of the way from its middle to its edge, clockwise from three o'clock."""
    x, y, radius = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, (box[2] - box[0]) / 2
    return x + radius * share * math.cos(math.radians(degrees)), y + radius * share * math.sin(math.radians(degrees))


def _arc(sheet: Sheet, box: Box, start: float, end: float, hole: float, colour: Colour) -> None:
    """Fill the part of a ring between two angles; ``hole`` is the inner radius as a share of the outer one."""
    angles = [start + (end - start) * i / 60 for i in range(61)]
    sheet.canvas.polygon([_round(box, a, 1) for a in angles] + [_round(box, a, hole) for a in angles[::-1]], colour)


def _shares(random: Random, count: int) -> list[float]:
    """Shares of 1, none too small to be seen; one of them may be most of it."""
    made = [random.uniform(0.25, 1.0) for _ in range(count)]
    if random.random() < 0.4:
        made[random.randrange(count)] = sum(made) * random.uniform(0.8, 1.3)
    return [share / sum(made) for share in made]


def _slices(random: Random, sheet: Sheet, ring: bool) -> list[Fact]:
    """Two to seven slices, around a hole (``ring``) or whole; how many there are and what else is seen."""
    used = hues(random, sheet.colours, random.randint(2, 7))
    names, shares = named(random, sheet.topic, len(used)), _shares(random, len(used))
    facts = legend(random, sheet, names, used, 0.55)
    written = not facts and random.random() < 0.8
    box = _disc(sheet, random, 130 if written else 30)
    start, apart = random.choice((-90.0, -90.0, random.uniform(0, 360))), not ring and random.random() < 0.2
    pulled, edge = random.randrange(len(used)), random.choice((sheet.colours.background, None))
    percent, hole = random.random() < 0.4, random.uniform(0.5, 0.64)
    for i, ((_, colour), share) in enumerate(zip(used, shares, strict=True)):
        middle = start + share * 180
        away = _round(box, middle, 0.12) if apart and i == pulled else _round(box, 0, 0)
        dx, dy = away[0] - (box[0] + box[2]) / 2, away[1] - (box[1] + box[3]) / 2
        moved = (box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy)
        if ring:
            _arc(sheet, moved, start, start + share * 360, hole, colour)
        else:
            sheet.canvas.slice(moved, start, start + share * 360, colour, edge)
        if written:
            right = math.cos(math.radians(middle)) > 0
            sheet.label(_round(moved, middle, 1.07), names[i], 150, "lm" if right else "rm")
        if percent:
            at = _round(moved, middle, 0.8 if ring else 0.62)
            sheet.label(at, f"{round(share * 100)}%", 80, colour=_over(colour))
        start += share * 360
    if written:
        facts.append(said("labels", "around", "with names around it", "with labels beside its slices"))
    if percent:
        facts.append(said("values", "on slices", "with percentages on its slices", "with numbers in the slices"))
    if apart:
        facts.append(said("apart", "yes", "with one slice pulled out", "with a slice moved away from the others"))
    slices = counted("slices", len(used), "slice", "slices")
    return [slices, *facts, *_largest(used, shares), *coloured("slices", used), *_placed(box)]


def _over(colour: Colour) -> Colour:
    """White or black, whichever can be read on a colour."""
    return (20, 20, 24) if sum(colour) > 390 else (250, 250, 250)


def _largest(used: list[Hue], shares: list[float]) -> list[Fact]:
    """The colour of the largest slice, if it is clearly the largest; and whether it is half of all."""
    largest = max(shares)
    name = used[shares.index(largest)][0]
    facts = []
    if largest > 1.25 * sorted(shares)[-2]:
        facts.append(said("largest", name, f"whose largest slice is {name}", f"with a large slice in {name}"))
    if largest > 0.52:
        facts.append(said("half", "more", "with one slice that is more than half", "with one very large slice"))
    return facts


def _placed(box: Box) -> list[Fact]:
    x = (box[0] + box[2]) / 2
    where = "on the left" if x < 520 else "on the right" if x > 760 else "in the middle"
    return [said("place", where, where, f"{where} of the page" if where == "in the middle" else f"{where} side")]


def pie(random: Random, sheet: Sheet) -> list[Fact]:
    """A pie of two to seven slices."""
    return [
        said("kind", "pie chart", "a pie chart", "a pie", "a circle cut into slices"),
        CHART,
        *_slices(random, sheet, False),
    ]


def donut(random: Random, sheet: Sheet) -> list[Fact]:
    """A ring of two to seven slices."""
    ring = said("kind", "donut chart", "a donut chart", "a ring chart", "a ring cut into slices")
    pie_too = said("kind", "pie with a hole", "a pie chart with a hole")
    return [ring, pie_too, CHART, *_slices(random, sheet, True)]


def gauge(random: Random, sheet: Sheet) -> list[Fact]:
    """A half ring with a needle, in one to three zones."""
    left, top, right, bottom = sheet.box
    radius = min((right - left) / 2, (bottom - top) * 0.86) * random.uniform(0.85, 0.98)
    x, y = (left + right) / 2, (top + bottom) / 2 + radius * 0.46
    box = (x - radius, y - radius, x + radius, y + radius)
    used, level = hues(random, sheet.colours, random.choice((1, 2, 3))), random.uniform(0.06, 0.94)
    rest = blend(sheet.colours.background, sheet.colours.quiet, 0.4)
    if len(used) == 1:
        _arc(sheet, box, 180, 360, 0.66, rest)
        _arc(sheet, box, 180, 180 + 180 * level, 0.66, used[0][1])
    for i, (_, colour) in enumerate(used if len(used) > 1 else ()):
        _arc(sheet, box, 180 + 180 * i / len(used), 180 + 180 * (i + 1) / len(used), 0.66, colour)
    sheet.canvas.arrow((x, y), _round(box, 180 + 180 * level, 0.88), sheet.colours.ink, 9)
    sheet.canvas.ellipse((x - 20, y - 20, x + 20, y + 20), sheet.colours.ink)
    sheet.canvas.text((x, y + 62), f"{round(level * 100)}%", sheet.style.fonts.title, 48, sheet.colours.ink, "mm")
    kind = said("kind", "gauge", "a gauge", "a dial with a needle", "a half circle with a pointer")
    facts = [kind, CHART, *coloured("zones" if len(used) > 1 else "arc", used)]
    if not 0.35 < level < 0.65:
        side = "left" if level < 0.5 else "right"
        facts.append(said("needle", side, f"with its needle to the {side}", f"pointing to the {side}"))
    return facts


def radar(random: Random, sheet: Sheet) -> list[Fact]:
    """One to three shapes over spokes."""
    spokes, used = random.randint(4, 8), hues(random, sheet.colours, random.randint(1, 3))
    facts = coloured("outlines" if len(used) > 1 else "outline", used)
    if len(used) > 1:
        facts += legend(random, sheet, named(random, sheet.topic, len(used)), used)
    box = _disc(sheet, random, 70)
    faint = blend(sheet.colours.background, sheet.colours.quiet, 0.7)
    angles = [-90 + 360 * i / spokes for i in range(spokes)]
    for share in (0.25, 0.5, 0.75, 1.0):
        ring = [_round(box, angle, share) for angle in angles]
        sheet.canvas.line([*ring, ring[0]], faint, 3)
    for angle, name in zip(angles, named(random, sheet.topic, spokes), strict=True):
        sheet.canvas.line([_round(box, 0, 0), _round(box, angle, 1)], faint, 3)
        aside = math.cos(math.radians(angle))
        anchor = "mm" if abs(aside) < 0.2 else "lm" if aside > 0 else "rm"
        sheet.label(_round(box, angle, 1.08), name, 160, anchor)
    filled = random.random() < 0.5
    for i, (_, colour) in enumerate(used):
        if i:
            sheet.step()
        shape = [_round(box, angle, random.uniform(0.3, 0.95)) for angle in angles]
        if filled and len(used) == 1:
            sheet.canvas.polygon(shape, blend(sheet.colours.background, colour, 0.6))
        sheet.canvas.line([*shape, shape[0]], colour, 7)
    kind = said("kind", "radar chart", "a radar chart", "a spider chart", "a chart like a spider's web")
    return [kind, CHART, counted("spokes", spokes, "spoke", "spokes"), *facts, *_placed(box)]


LAYOUTS = tuple(map(whole, (pie, donut, gauge, radar)))
