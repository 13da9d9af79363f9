"""Lists: bullet points, agendas, steps in a row, cards, references."""

from __future__ import annotations

from random import Random

from hallscribe_export.train.lecture import prose
from hallscribe_export.train.lecture.building import TEXT, Building, builds, coloured
from hallscribe_export.train.lecture.canvas import Canvas, Colour, blend
from hallscribe_export.train.lecture.page import Fact, Layout, Page, Style, Topic, counted
from hallscribe_export.train.lecture.palette import readable_on

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_LIST = Fact("kind", "list", ("a list", "a slide with a list"))


def _marker(canvas: Canvas, shape: str, x: float, y: float, half: float, colour: Colour) -> None:
    box = (x - half, y - half, x + half, y + half)
    if shape == "disc":
        canvas.ellipse(box, fill=colour)
    elif shape == "square":
        canvas.box(box, fill=colour)
    elif shape == "dash":
        canvas.box((x - half, y - 3, x + half, y + 3), fill=colour)
    else:
        canvas.polygon([(x - half, y - half), (x + half, y), (x - half, y + half)], fill=colour)


def bullets(rng: Random, style: Style, topic: Topic) -> Page:
    """Two to six points, some with a sub-point, that may come one after the other."""
    building = Building(style, prose.title(rng, topic), builds(rng))
    left, top, right, bottom = building.box
    count, shape, half = (
        rng.randint(2, 6),
        rng.choice(("disc", "disc", "square", "dash", "arrow")),
        rng.choice((7, 10, 14)),
    )
    name, colour = rng.choice((("", building.ink), style.colours.accents[0], style.colours.accents[0]))
    nested = count < 5 and rng.random() < 0.35
    long = rng.random() < 0.4 and not nested
    row = min((bottom - top) / count, rng.choice((96, 130)))
    size = min(rng.choice((32, 36, 42)), int(row * (0.36 if long or nested else 0.6)))
    facts = [
        Fact("kind", "bullet list", ("a bullet list", "bullet points", "a slide with bullet points")), _LIST, TEXT,
        counted("points", count, "bullet point", "bullet points"),
    ]  # fmt: skip
    if nested:
        facts.append(Fact("nested", "yes", ("with indented sub-points", "with points below other points")))
    if name and half > 7:
        facts.append(coloured("bullet colour", name, "with {} bullets"))
    if long:
        facts.append(Fact("lines", "long", ("with long lines of text", "with whole sentences as points")))
    for i in range(count):
        if i:
            building.step()
        y = top + 10 + i * row
        _marker(building.canvas, shape, left + half, y + size * 0.62, half, colour)
        words = prose.sentence(rng, topic) if long else prose.phrase(rng, topic)
        building.lines((left + 44, y, right, y + row), words, size)
        if nested:
            y += size * 1.35
            _marker(building.canvas, "dash", left + 66, y + size * 0.5, 7, style.colours.quiet)
            building.line((left + 90, y + size * 0.75), prose.phrase(rng, topic), int(size * 0.8), right - left - 90)
    return building.page("bullets", *facts)


def agenda(rng: Random, style: Style, topic: Topic) -> Page:
    """A numbered list of what is to come, one item of which may be marked."""
    heading = rng.choice(("Outline", "Agenda", "Today", "Contents", "Plan of this lecture", "Overview"))
    building = Building(style, heading)
    left, top, right, bottom = building.box
    count = min(rng.randint(3, 7), len(topic.terms))
    name, colour = style.colours.accents[0]
    row = min((bottom - top) / count, 92)
    size, discs = int(min(38, row * 0.55)), rng.random() < 0.5
    marked = rng.randrange(count) if rng.random() < 0.6 else None
    facts = [
        Fact("kind", "numbered list", ("a numbered list", "an agenda", "an outline with numbered items")), _LIST, TEXT,
        counted("items", count, "numbered item", "numbered items"),
    ]  # fmt: skip
    if discs:
        facts.append(Fact("numbers", f"{name} discs", (f"with numbers in {name} circles", "with numbers in circles")))
    if marked is not None:
        facts.append(
            Fact("marked", str(marked), (f"with the {_ORDINALS[marked]} item highlighted", "with one item marked"))
        )
    for i, words in enumerate(prose.terms(rng, topic, count)):
        y = top + i * row + row / 2
        ink = building.ink if marked in (None, i) else style.colours.quiet
        if i == marked:
            building.canvas.box((left - 12, y - row * 0.45, right, y + row * 0.45), fill=colour, radius=8)
            ink = readable_on(colour)
        if discs:
            half = row * 0.36
            fill = ink if i == marked else colour
            building.canvas.ellipse((left, y - half, left + 2 * half, y + half), fill=fill)
            number_ink = readable_on(fill)
            building.canvas.text((left + half, y), str(i + 1), style.fonts.body, int(half), number_ink, "mm")
        else:
            building.canvas.text((left + 12, y), f"{i + 1}.", style.fonts.body, size, ink, "lm")
        building.line((left + 90, y), words, size, right - left - 110, colour=ink, anchor="lm")
    return building.page("agenda", *facts)


def steps(rng: Random, style: Style, topic: Topic) -> Page:
    """Numbered circles or arrows in a row, words below each."""
    building = Building(style, prose.title(rng, topic), builds(rng))
    left, top, right, bottom = building.box
    count = min(rng.randint(3, 6), len(topic.terms))
    wide, middle = (right - left) / count, (top + bottom) / 2 - 50
    shape = rng.choice(("circle", "circle", "chevron"))
    many = rng.random() < 0.4
    name, colour = style.colours.accents[0]
    kind = Fact(
        "kind", "steps", ("steps of a process in a row", "a row of numbered steps", "numbered steps side by side")
    )
    noun = ("numbered circle", "numbered circles") if shape == "circle" else ("numbered arrow", "numbered arrows")
    facts = [kind, counted("steps", count, *noun), Fact("arrangement", "row", ("in a row", "from left to right"))]
    if many:
        facts.append(Fact("step colour", "many", ("in different colours",)))
    else:
        facts.append(coloured("step colour", name, f"with {{}} {noun[1].split()[1]}"))
    half = min(wide * 0.27, 70)
    for i, words in enumerate(prose.terms(rng, topic, count)):
        if i:
            building.step()
        x, fill = left + (i + 0.5) * wide, style.colours.accents[i][1] if many else colour
        if shape == "circle":
            building.canvas.ellipse((x - half, middle - half, x + half, middle + half), fill=fill)
            if i:
                building.canvas.arrow((x - wide + half + 8, middle), (x - half - 8, middle), style.colours.quiet, 4)
        else:
            a, b, tip = x - wide * 0.47, x + wide * 0.37, wide * 0.11
            corners = [(a, -half), (b, -half), (b + tip, 0), (b, half), (a, half), (a + tip, 0)]
            building.canvas.polygon([(px, middle + py) for px, py in corners], fill=fill)
        building.canvas.text((x, middle), str(i + 1), style.fonts.title, int(half * 0.9), readable_on(fill), "mm")
        below = (x - wide * 0.45, middle + half + 24, x + wide * 0.45, bottom)
        building.lines(below, words, 30, centred=True)
    return building.page("steps", *facts)


_ICONS = ("disc", "ring", "square", "triangle", "star", "bars")


def _icon(canvas: Canvas, shape: str, x: float, y: float, half: float, colour: Colour) -> None:
    box = (x - half, y - half, x + half, y + half)
    if shape == "disc":
        canvas.ellipse(box, fill=colour)
    elif shape == "ring":
        canvas.ellipse(box, outline=colour, width=int(half / 3))
    elif shape == "square":
        canvas.box(box, fill=colour, radius=half / 4)
    elif shape == "triangle":
        canvas.polygon([(x, y - half), (x + half, y + half), (x - half, y + half)], fill=colour)
    elif shape == "star":
        canvas.polygon([(x, y - half), (x + half * 0.3, y), (x, y + half), (x - half * 0.3, y)], fill=colour)
        canvas.polygon([(x - half, y), (x, y - half * 0.3), (x + half, y), (x, y + half * 0.3)], fill=colour)
    else:
        for i, share in enumerate((0.5, 1.0, 0.75)):
            start = x - half + i * half * 0.7
            canvas.box((start, y + half - 2 * half * share, start + half * 0.5, y + half), fill=colour)


def cards(rng: Random, style: Style, topic: Topic) -> Page:
    """Two to six boxes, side by side or in two rows, each with a heading and an icon or a few words."""
    building = Building(style, prose.title(rng, topic), builds(rng, 0.3))
    left, top, right, bottom = building.box
    count = rng.choice((2, 3, 3, 4, 4, 6))
    rows = 2 if count == 6 or (count == 4 and rng.random() < 0.6) else 1
    across = count // rows
    wide, high, gap = (right - left) / across, (bottom - top) / rows, 24
    filled, many, icons = rng.random() < 0.5, rng.random() < 0.5, rng.random() < 0.6
    name, _ = style.colours.accents[0]
    facts = [
        Fact("kind", "cards", ("text in boxes", "boxes with text", "cards with headings")),
        counted("boxes", count, "box", "boxes"),
        Fact(
            "arrangement", f"{rows} rows", ("in two rows", "in a grid") if rows == 2 else ("side by side", "in one row")
        ),
        Fact(
            "box style", "filled" if filled else "outlined", ("in filled boxes",) if filled else ("in outlined boxes",)
        ),
        Fact("box colour", "many", ("in different colours",)) if many else coloured("box colour", name, "in {} boxes"),
    ]
    if icons:
        facts.append(Fact("icons", "yes", ("with icons", "with a small symbol in each box")))
    for i, heading in enumerate(prose.terms(rng, topic, count)):
        if i:
            building.step()
        x, y = left + i % across * wide + gap / 2, top + i // across * high + gap / 2
        box = (x, y, x + wide - gap, y + high - gap)
        colour = style.colours.accents[i % 6 if many else 0][1]
        ground = colour if filled else blend(style.colours.background, colour, 0.08)
        ink = readable_on(colour) if filled else building.ink
        building.canvas.box(box, fill=ground, outline=colour, width=5, radius=12)
        middle, head = (box[0] + box[2]) / 2, y + 24
        if icons:
            half = 44 if rows == 1 else 30
            _icon(building.canvas, rng.choice(_ICONS), middle, y + 24 + half, half, ink if filled else colour)
            head += 2 * half + 14
        inner = (box[0] + 18, head, box[2] - 18, box[3] - 14)
        below = building.lines(inner, heading, 30, file=style.fonts.title, colour=ink, centred=True)
        building.lines((inner[0], below + 8, *inner[2:]), prose.sentence(rng, topic), 23, colour=ink, centred=True)
    return building.page("cards", *facts)


def references(rng: Random, style: Style, topic: Topic) -> Page:
    """A list of what has been read, in small letters."""
    building = Building(style, rng.choice(("References", "Further reading", "Literature", "Sources")))
    left, top, right, bottom = building.box
    size, numbered = rng.choice((20, 22, 24)), rng.random() < 0.5
    facts = [
        Fact("kind", "references", ("a list of references", "a bibliography", "a list of literature")),
        _LIST,
        TEXT,
        Fact("letters", "small", ("in small print", "with a lot of small text", "with dense small letters")),
    ]
    if numbered:
        facts.append(Fact("numbers", "brackets", ("with numbers in brackets",)))
    y, count = top, rng.randint(6, 14)
    for i in range(count):
        if y + 2.4 * size > bottom:
            break
        who = ", ".join(prose.surname(rng) for _ in range(rng.randint(1, 3)))
        words = f"{who} ({rng.randint(1962, 2024)}). {prose.phrase(rng, topic)}. {prose.sentence(rng, topic)}"
        indent = left
        if numbered:
            indent += 56
            building.canvas.text((left, y + size), f"[{i + 1}]", style.fonts.body, size, style.colours.quiet)
        y = building.lines((indent, y, right, bottom), words, size) + size * 0.5
    return building.page("references", *facts)


LAYOUTS: tuple[Layout, ...] = (bullets, bullets, agenda, steps, cards, references)
