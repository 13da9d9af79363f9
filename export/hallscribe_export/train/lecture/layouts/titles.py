"""Pages of few words: title page, section divider, statement, quotation, and the empty page."""

from __future__ import annotations

from random import Random

from hallscribe_export.train.lecture import prose
from hallscribe_export.train.lecture.building import Building, builds, coloured, ground_facts, height
from hallscribe_export.train.lecture.canvas import HEIGHT, WIDTH, Canvas
from hallscribe_export.train.lecture.page import Fact, Layout, Page, Style, Topic
from hallscribe_export.train.lecture.palette import readable_on

_FEW = Fact("kind", "few words", ("a slide with only a few words", "a few big words"))


def title_page(rng: Random, style: Style, topic: Topic) -> Page:
    """The deck's first page: a big title, who speaks, and where."""
    building = Building(style, "")
    left, top, right, bottom = building.box
    name, colour = style.colours.accents[0]
    words = prose.title(rng, topic)
    size = rng.choice((72, 84, 96))
    centred = rng.random() < 0.5
    high = height(words, style.fonts.title, size, right - left)
    start = max(top + 20, (top + bottom) / 2 - high / 2 - 70)
    chosen = rng.choice((colour, building.ink))
    facts = [
        Fact("kind", "title page", ("a title slide", "the opening slide of a talk", "a slide with a big title")),
        _FEW,
    ]
    if chosen == colour:
        facts.append(coloured("heading colour", name, "with the title in {} letters"))
    y = building.lines(
        (left, start, right, bottom), words, size, file=style.fonts.title, colour=chosen, centred=centred
    )
    if rng.random() < 0.6:
        middle, wide = (left + right) / 2, rng.choice((160, 400))
        start_x = middle - wide / 2 if centred else left
        building.canvas.box((start_x, y + 16, start_x + wide, y + 24), fill=colour)
        facts.append(Fact("rule", "under title", ("with a short line below the title",)))
    x, anchor = ((left + right) / 2, "ms") if centred else (left, "ls")
    who = f"{prose.surname(rng)}, {prose.surname(rng)}" if rng.random() < 0.5 else f"Dr. {prose.surname(rng)}"
    building.line((x, y + 84), who, 36, right - left, anchor=anchor)
    building.line((x, y + 132), prose.phrase(rng, topic), 28, right - left, anchor=anchor, colour=style.colours.quiet)
    where = "centred" if centred else "left"
    facts.append(Fact("arrangement", where, ("with centred text",) if centred else ("with text aligned to the left",)))
    return building.page("title_page", *facts)


def section(rng: Random, style: Style, topic: Topic) -> Page:
    """A divider: one heading on a page that is filled with colour, wholly or in half."""
    building = Building(style, "")
    name, colour = rng.choice(style.colours.accents[:3])
    heading = prose.term(rng, topic) if rng.random() < 0.5 else prose.title(rng, topic)
    kind = Fact("kind", "section divider", ("a section divider", "a slide with only a section heading"))
    if rng.random() < 0.6:
        building.instead(Canvas(colour))
        box, ink = (110.0, 240.0, WIDTH - 110.0, HEIGHT - 60.0), readable_on(colour)
        facts: tuple[Fact, ...] = ground_facts(name, colour)
    else:
        side = rng.choice(("left", "right"))
        half = (0, 0, WIDTH // 3, HEIGHT) if side == "left" else (WIDTH * 2 // 3, 0, WIDTH, HEIGHT)
        building.instead(Canvas(style.colours.background))
        building.canvas.box(half, fill=colour)
        box = (WIDTH // 3 + 60.0, 240.0, WIDTH - 60.0, HEIGHT - 60.0)
        if side == "right":
            box = (70.0, 240.0, WIDTH * 2 // 3 - 50.0, HEIGHT - 60.0)
        ink = building.ink
        phrases = (f"with a broad {name} area at the {side}", f"with a third of the slide in {name} at the {side}")
        shade = tuple(fact for fact in style.facts if fact.key in ("ground", "ground colour"))
        facts = (Fact("area", f"{name} {side}", phrases), *shade)
    numbered = rng.random() < 0.5
    if numbered:
        x = box[0]
        building.line((x, box[1] - 20), str(rng.randint(1, 9)), 150, 300, file=style.fonts.title, colour=ink)
        facts += (Fact("number", "big", ("with a big number above the heading", "with a section number")),)
    building.lines((box[0], box[1] + 20, *box[2:]), heading, rng.choice((70, 84)), file=style.fonts.title, colour=ink)
    return building.page("section", kind, _FEW, *facts)


def statement(rng: Random, style: Style, topic: Topic) -> Page:
    """One sentence in big letters."""
    building = Building(style, "")
    left, top, right, bottom = building.box
    words, size = prose.sentence(rng, topic), rng.choice((60, 70, 80))
    name, colour = style.colours.accents[0]
    boxed, centred = rng.random() < 0.4, rng.random() < 0.7
    facts = [
        Fact("kind", "statement", ("a single big sentence", "a big statement", "one sentence in large letters")),
        _FEW,
        Fact(
            "arrangement",
            "centred" if centred else "left",
            ("with centred text",) if centred else ("aligned to the left",),
        ),
    ]
    high = height(words, style.fonts.title, size, right - left - 100)
    y = max((top + bottom - high) / 2, top + 10)
    ink = building.ink
    if boxed:
        building.canvas.box((left, y - 40, right, min(y + high + 50, bottom)), fill=colour, radius=rng.choice((0, 24)))
        ink = readable_on(colour)
        facts += [
            Fact("box", "around", ("inside a coloured box", "in a filled box")),
            coloured("box colour", name, "inside a {} box"),
        ]
    elif rng.random() < 0.4:
        ink = colour
        facts.append(coloured("letters", name, "in {} letters"))
    box = (left + 50, y, right - 50, bottom)
    building.lines(box, words, size, file=style.fonts.title, colour=ink, centred=centred)
    return building.page("statement", *facts)


def quotation(rng: Random, style: Style, topic: Topic) -> Page:
    """Somebody's words with big quotation marks or a line beside them, and a name."""
    building = Building(style, "")
    left, top, right, bottom = building.box
    name, colour = style.colours.accents[0]
    words, size = prose.sentences(rng, topic, 2), rng.choice((42, 48))
    marks = rng.random() < 0.6
    facts = [Fact("kind", "quotation", ("a quotation", "a quote with its author", "somebody's words quoted"))]
    indent = left + 110
    high = height(words, style.fonts.body, size, right - indent - 60)
    y = max((top + bottom - high) / 2 - 40, top + 10)
    if marks:
        for start in (left, left + 48):
            building.canvas.ellipse((start, y, start + 40, y + 40), fill=colour)
            building.canvas.polygon([(start, y + 20), (start + 18, y + 20), (start + 26, y - 20)], fill=colour)
        facts.append(Fact("quotation marks", "big", ("with big quotation marks", "with large quote marks at the left")))
        facts.append(coloured("marks colour", name, "with {} quotation marks"))
    else:
        building.canvas.box((left + 60, y, left + 72, y + high + 90), fill=colour)
        facts.append(Fact("rule", "left", ("with a thick vertical line at the left", "beside a vertical line")))
        facts.append(coloured("rule colour", name, "with a thick {} line at the left"))
    y = building.lines((indent, y, right - 60, bottom - 70), words, size)
    building.line((indent, y + 50), f"- {prose.surname(rng)}", 34, 600, colour=style.colours.quiet)
    return building.page("quotation", *facts)


def blank(rng: Random, style: Style, topic: Topic) -> Page:
    """An empty page: the template alone, or nothing but one colour."""
    building = Building(style, "")
    kind = Fact("kind", "blank", ("an empty slide", "a blank slide", "a slide with nothing on it"))
    if builds(rng, 0.6):
        return building.page("blank", kind)
    name, ground = rng.choice((("black", (0, 0, 0)), ("white", (255, 255, 255))))
    building.instead(Canvas(ground))
    return building.page("blank", kind, *ground_facts(name, ground))


LAYOUTS: tuple[Layout, ...] = (title_page, section, statement, quotation, blank)
