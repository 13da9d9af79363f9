"""Source code on light or dark ground, and terminal sessions."""

from __future__ import annotations

from random import Random

from hallscribe_export.train.lecture import prose
from hallscribe_export.train.lecture.building import Building, builds, coloured
from hallscribe_export.train.lecture.canvas import HEIGHT, WIDTH, Box, Canvas, Colour, font
from hallscribe_export.train.lecture.page import Fact, Layout, Page, Style, Topic
from hallscribe_export.train.lecture.source import LANGUAGES, Language, Token, code

# Ground, plain, keyword, name, text, number, comment.
_LIGHT_SCHEMES: tuple[dict[str, Colour], ...] = (
    {"ground": (248, 248, 248), "plain": (40, 42, 48), "keyword": (0, 60, 200), "name": (120, 60, 150),
     "text": (170, 40, 30), "number": (20, 120, 80), "comment": (110, 135, 110)},
    {"ground": (253, 246, 227), "plain": (88, 104, 112), "keyword": (130, 150, 0), "name": (38, 120, 200),
     "text": (42, 150, 140), "number": (205, 55, 125), "comment": (150, 158, 155)},
    {"ground": (240, 243, 248), "plain": (30, 30, 30), "keyword": (165, 20, 90), "name": (20, 90, 130),
     "text": (30, 110, 50), "number": (150, 80, 0), "comment": (125, 125, 130)},
)  # fmt: skip
_DARK_SCHEMES: tuple[dict[str, Colour], ...] = (
    {"ground": (30, 30, 34), "plain": (214, 216, 220), "keyword": (90, 160, 230), "name": (225, 220, 160),
     "text": (210, 145, 115), "number": (175, 210, 160), "comment": (110, 155, 90)},
    {"ground": (40, 42, 54), "plain": (245, 245, 240), "keyword": (255, 120, 195), "name": (90, 240, 130),
     "text": (240, 248, 140), "number": (190, 150, 250), "comment": (105, 120, 165)},
    {"ground": (12, 40, 50), "plain": (150, 165, 168), "keyword": (150, 165, 20), "name": (50, 145, 220),
     "text": (55, 170, 160), "number": (220, 70, 140), "comment": (95, 118, 125)},
    {"ground": (0, 0, 0), "plain": (235, 235, 235), "keyword": (255, 160, 60), "name": (255, 215, 100),
     "text": (120, 200, 110), "number": (110, 170, 250), "comment": (130, 130, 130)},
)  # fmt: skip
_KIND = Fact("kind", "source code", ("source code", "a code listing", "a program's code"))
_MONOSPACED = Fact("kind", "monospaced text", ("text in a typewriter font", "lines of a program or a terminal"))
_DARK = Fact("ground", "dark", ("on a dark background", "with light text on a dark background", "on a dark slide"))
_LIGHT = Fact("ground", "light", ("on a light background", "with dark text on a light background", "on a bright slide"))


def listing(rng: Random, style: Style, topic: Topic) -> Page:
    """A program on the slide itself or on a panel, alone or with its output or explanations."""
    title = prose.title(rng, topic) if rng.random() < 0.8 else ""
    building = Building(style, title)
    dark = style.colours.dark if rng.random() < 0.75 else not style.colours.dark
    scheme = rng.choice(_DARK_SCHEMES if dark else _LIGHT_SCHEMES)
    facts = [_KIND, _MONOSPACED]
    beside = rng.choice(("nothing", "nothing", "nothing", "output", "explanation"))
    if not title and rng.random() < 0.6:
        building.instead(Canvas(scheme["ground"]))
        building.box, beside = (24, 24, WIDTH - 24, HEIGHT - 24), "nothing"
        facts.append(Fact("extent", "whole page", ("filling the whole slide", "like in an editor")))
    panel, rest = _split(building.box, beside)
    language, numbered = rng.choice(LANGUAGES), rng.random() < 0.4
    count = rng.choice((6, 9, 12, 16, 22))
    building.canvas.box(panel, fill=scheme["ground"], radius=rng.choice((0, 10)))
    _write(building, panel, code(rng, topic, language, count), language, scheme, numbered)
    facts += _ground(dark, style)
    if numbered:
        facts.append(Fact("line numbers", "yes", ("with line numbers", "with numbered lines")))
    facts.append(_amount(count))
    if rest is not None:
        facts.append(_beside(rng, building, rest, topic, beside))
    return building.page("listing", *facts)


def _ground(dark: bool, style: Style) -> list[Fact]:
    where = Fact(
        "code ground", "dark" if dark else "light", ("on a dark background" if dark else "on a light background",)
    )
    if dark == style.colours.dark:
        return [where, _DARK if dark else _LIGHT]
    # A panel that is not of the slide's ground: of the whole page neither dark nor light can be said.
    shade, other = ("dark", "light") if dark else ("light", "dark")
    panel = (f"in a {shade} box on a {other} slide", f"in a {shade} panel")
    return [where, Fact("panel", shade, panel), Fact("ground", "mixed", (f"partly on a {shade} background",))]


def _amount(count: int) -> Fact:
    if count <= 6:
        return Fact("amount", "few lines", ("with only a few lines", "in large letters"))
    if count < 16:
        return Fact("amount", "some lines", ("with a dozen lines or so",))
    return Fact("amount", "many lines", ("with many lines", "in small letters"))


def _split(box: Box, beside: str) -> tuple[Box, Box | None]:
    left, top, right, bottom = box
    if beside == "output":
        at = bottom - (bottom - top) * 0.3
        return (left, top, right, at - 16), (left, at, right, bottom)
    if beside == "explanation":
        at = right - (right - left) * 0.34
        return (left, top, at - 24, bottom), (at, top, right, bottom)
    return box, None


def _write(
    building: Building, panel: Box, lines: list[str], language: Language, scheme: dict[str, Colour], numbered: bool
) -> None:
    left, top, right, bottom = panel
    file = building.style.fonts.mono
    longest = max(len(line) for line in lines) + (4 if numbered else 0)
    size = min((bottom - top - 36) / len(lines) / 1.32, (right - left - 50) / longest / 0.61, 34)
    size = max(int(size), 12)
    step = font(file, size).getlength("m")
    for i, line in enumerate(lines):
        x, y = left + 24, top + 20 + size * (1 + 1.32 * i)
        if y > bottom - 6:
            break
        if numbered:
            building.canvas.text((x + 2.5 * step, y), str(i + 1), file, size, scheme["comment"], "rs")
            x += 4 * step
        token: Token
        for token, piece in language.tokens(line):
            if not piece.isspace() and x < right - step * len(piece):
                building.canvas.text((x, y), piece, file, size, scheme[token])
            x += step * len(piece)


def _beside(rng: Random, building: Building, box: Box, topic: Topic, what: str) -> Fact:
    left, top, right, bottom = box
    if what == "explanation":
        y = top
        for _ in range(3):
            building.canvas.ellipse((left, y + 12, left + 14, y + 26), fill=building.style.colours.accents[0][1])
            y = building.lines((left + 30, y, right, bottom), prose.phrase(rng, topic), 28) + 24
        phrases = ("with bullet points beside the code", "with an explanation at the right")
        return Fact("beside", "explanation", phrases)
    dark = rng.random() < 0.5
    ground, ink = ((20, 20, 20), (220, 230, 220)) if dark else ((226, 228, 232), (40, 40, 44))
    building.canvas.box(box, fill=ground, outline=building.style.colours.quiet)
    for i in range(3):
        words = f"{prose.identifier(rng, topic)}: {rng.uniform(0, 100):.2f}"
        building.line(
            (left + 24, top + 40 + i * 36), words, 25, right - left - 40, colour=ink, file=building.style.fonts.mono
        )
    return Fact("beside", "output", ("with an output panel below the code", "with the program's output underneath"))


_SHELLS: tuple[tuple[str, Colour, Colour], ...] = (
    ("green", (6, 10, 6), (70, 225, 90)),
    ("white", (18, 18, 20), (230, 230, 230)),
    ("white", (48, 10, 38), (238, 238, 236)),
    ("orange", (16, 12, 6), (250, 170, 50)),
)


def terminal(rng: Random, style: Style, topic: Topic) -> Page:
    """A window with a command line and what the commands print."""
    building = Building(style, prose.title(rng, topic) if rng.random() < 0.7 else "", builds(rng, 0.4))
    left, top, right, bottom = building.box
    name, ground, ink = rng.choice(_SHELLS)
    file, commands = style.fonts.mono, rng.randint(2, 4)
    bar = rng.random() < 0.7
    building.canvas.box(building.box, fill=ground, outline=style.colours.quiet, width=3, radius=12)
    facts = [
        Fact("kind", "terminal", ("a terminal window", "a command line session", "a console")),
        _MONOSPACED,
        coloured("letters", name, "with {} letters on a dark ground"),
    ]
    y = top + 44
    if bar:
        building.canvas.box((left, top, right, top + 40), fill=(205, 207, 210), radius=12)
        for i, colour in enumerate(((255, 95, 87), (254, 188, 46), (40, 200, 64))):
            building.canvas.ellipse((left + 18 + 30 * i, top + 11, left + 36 + 30 * i, top + 29), fill=colour)
        facts.append(Fact("window", "title bar", ("with a window's title bar and three buttons", "in a window")))
        y += 36
    size = rng.choice((23, 27))
    for _ in range(commands):
        words = f"$ {prose.identifier(rng, topic)} --{prose.identifier(rng, topic)} {prose.identifier(rng, topic)}.txt"
        shown = [words, *(_printed(rng, topic) for _ in range(rng.randint(1, 4)))]
        for i, line in enumerate(shown):
            if y > bottom - 14:
                break
            colour = ink if i else (style.colours.accents[0][1] if name == "white" and style.colours.dark else ink)
            building.canvas.text((left + 26, y), line[:64], file, size, colour)
            y += size * 1.35
        building.step()
    if not style.colours.dark:
        facts.append(Fact("panel", "dark", ("in a dark box on a light slide", "in a dark panel")))
        facts.append(Fact("ground", "mixed", ("partly on a dark background",)))
    return building.page("terminal", *facts)


def _printed(rng: Random, topic: Topic) -> str:
    name, number = prose.identifier(rng, topic), rng.randint(1, 9999)
    return rng.choice(
        (f"{name}    {number}    ok", f"reading {name} ... done", f"{number} lines of {name}", f"{name}.txt")
    )


LAYOUTS: tuple[Layout, ...] = (listing, listing, terminal)
