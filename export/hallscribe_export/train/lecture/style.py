"""The looks of decks: a template, a palette and fonts, drawn from themes that no other split has."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cache
from random import Random

from hallscribe_export.train.lecture import template
from hallscribe_export.train.lecture.canvas import HEIGHT, WIDTH, Box, Canvas, Colour, font
from hallscribe_export.train.lecture.fonts import fonts
from hallscribe_export.train.lecture.page import Colours, Fact, Fonts, Split, Style
from hallscribe_export.train.lecture.palette import DARK_GROUNDS, GROUNDS, colours, readable_on
from hallscribe_export.train.lecture.template import Part

_LIGHT = tuple(name for name in GROUNDS if name not in DARK_GROUNDS)
_SIDE, _ABOVE, _BELOW = 64, 34, 40
_SMALLEST = 26


@dataclass(frozen=True, slots=True)
class Theme:
    """What a template looks like before it has its colours.

    Attributes:
        grounds: names of the grounds it goes with.
        parts: what is drawn on them; the first one's colour is the deck's first accent, the others' the second.
        centred: the title stands in the middle.
        size: of the title's letters, pixels.
        underlined: a coloured line under the title.
        numbered: a page number in a lower corner.
        plain_title: the title is written in the ink's colour, else in the first accent's.
    """

    name: str
    grounds: tuple[str, ...]
    parts: tuple[Part, ...] = ()
    centred: bool = False
    size: int = 50
    underlined: bool = False
    numbered: bool = False
    plain_title: bool = True


@cache
def themes(split: Split) -> tuple[Theme, ...]:
    """The themes of a split; no other split has any of them."""
    bar, stripe, side, foot = template.bar_at_top, template.stripe_at_top, template.band_at_side, template.band_at_foot
    every = _LIGHT + DARK_GROUNDS
    of_split: dict[Split, tuple[Theme, ...]] = {
        "train": (
            Theme("plain", ("white", "white", *_LIGHT), numbered=True),
            Theme("plain centred", _LIGHT, centred=True, size=56, plain_title=False),
            Theme("plain dark", DARK_GROUNDS, size=52),
            Theme("dark centred", DARK_GROUNDS, centred=True, plain_title=False, numbered=True),
            Theme("bar", _LIGHT, (bar(112),)),
            Theme("bar dark", DARK_GROUNDS, (bar(104),), numbered=True),
            Theme("bar centred", ("white", "cream", "light grey"), (bar(128),), centred=True, size=56),
            Theme("beamer", ("white", "light grey", "light blue"), (bar(92), foot(34)), size=44),
            Theme("stripe", every, (stripe(18),), size=48, numbered=True),
            Theme("side", _LIGHT, (side(70, "left"),)),
            Theme("side narrow", DARK_GROUNDS, (side(26, "left"),), size=46),
            Theme("side right", every, (side(54, "right"),), plain_title=False),
            Theme("foot", _LIGHT, (foot(64), template.logo(70, "disc", "upper")), numbered=True),
            Theme("foot dark", DARK_GROUNDS, (foot(48),), centred=True),
            Theme("gradient", every, (template.gradient("bottom"),)),
            Theme("gradient right", DARK_GROUNDS, (template.gradient("right"),), underlined=True),
            Theme("frame", ("white", "cream", "light green"), (template.framed(14, 8),), centred=True),
            Theme("frame dark", DARK_GROUNDS, (template.framed(20, 5),), size=46),
            Theme("underlined", _LIGHT, underlined=True, plain_title=False),
            Theme("underlined dark", DARK_GROUNDS, underlined=True, numbered=True),
            Theme("corner", every, (template.corner(190, "upper"),)),
            Theme("lower corner", every, (template.corner(170, "lower"),), plain_title=False),
            Theme("logo", every, (template.logo(62, "square", "lower"),), underlined=True),
            Theme("rings", every, (template.circles(140),), size=54),
        ),
        "validation": (
            Theme("bar and logo", _LIGHT, (bar(108), template.logo(60, "disc", "lower")), size=52),
            Theme("side and number", every, (side(44, "left"),), underlined=True, numbered=True, size=46),
        ),
        "test": (
            Theme("low bar", _LIGHT, (bar(98), template.logo(64, "square", "lower")), size=46, numbered=True),
            Theme("high bar", DARK_GROUNDS, (bar(122),), size=54, centred=True),
            Theme("broad side", every, (side(96, "left"),), size=44, plain_title=False),
            Theme("double frame", every, (template.framed(12, 6, double=True),), size=48),
            Theme("gradient foot", every, (template.gradient("lower right"), foot(40)), size=52),
            Theme("clear", every, size=58, underlined=True),
            Theme("right side and stripe", every, (side(38, "right"), stripe(12)), size=48, centred=True),
        ),
    }
    return of_split[split]


def style(rng: Random, split: Split) -> Style:
    """Draw the look of a deck.

    Raises:
        MissingFontsError: a font package is not installed.
    """
    theme = rng.choice(themes(split))
    ground = rng.choice(theme.grounds)
    chosen, letters = colours(rng, ground), fonts(rng, split)
    first, second = chosen.accents[0], chosen.accents[rng.choice((0, 1))]
    facts = list(_ground_facts(ground))
    for part, (name, _) in zip(theme.parts, (first, second), strict=False):
        facts += part.facts(name)
    if not theme.parts:
        facts.append(Fact("template", "plain", ("on a plain slide without decoration", "on a plain background")))
    if theme.underlined:
        facts.append(Fact("title", "underlined", ("with a line under the title", "with an underlined title")))
    if theme.centred:
        facts.append(Fact("title place", "centred", ("with the title in the middle", "with a centred title")))
    empty = _empty(theme, chosen, (first[1], second[1]))
    frame = _Frame(theme, chosen, letters, empty)
    return Style(f"{theme.name}, {ground}, {first[0]}", chosen, letters, frame, tuple(facts))


def fitted(words: str, file: str, size: int, width: float, smallest: int = _SMALLEST) -> int:
    """The size, ``size`` at most, at which the words are no wider than ``width``; never below ``smallest``."""
    wide = font(file, size).getlength(words)
    return size if wide <= width else max(int(size * width / wide), smallest)


def shortened(words: str, file: str, size: int, width: float) -> str:
    """As many of the first words as ``width`` holds, one at least."""
    kept = words.split()
    while len(kept) > 1 and font(file, size).getlength(" ".join(kept)) > width:
        kept.pop()
    return " ".join(kept)


def _ground_facts(ground: str) -> tuple[Fact, ...]:
    if ground in DARK_GROUNDS:
        shade = ("on a dark background", "with light text on a dark background", "on a dark slide")
        facts = [Fact("ground", "dark", shade)]
    else:
        shade = ("on a light background", "with dark text on a light background", "on a bright slide")
        facts = [Fact("ground", "light", shade)]
    facts.append(Fact("ground colour", ground, (f"on a {ground} background", f"on a {ground} slide")))
    return tuple(facts)


def _empty(theme: Theme, chosen: Colours, accents: tuple[Colour, Colour]) -> Canvas:
    canvas = Canvas(chosen.background)
    for part, colour in zip(theme.parts, accents, strict=False):
        part.draw(canvas, colour)
    return canvas


class _Frame:
    """A deck's template: gives a page with its title, and the box that is left."""

    def __init__(self, theme: Theme, chosen: Colours, letters: Fonts, empty: Canvas) -> None:
        self._theme, self._colours, self._fonts, self._empty = theme, chosen, letters, empty
        # What all parts together take of the page, and what those take that the title keeps clear of.
        margins = [part.margins for part in theme.parts]
        self._left, self._top, self._right, self._bottom = (
            max((each[side] for each in margins), default=0) for side in range(4)
        )
        drawn = {part.fact.value for part in theme.parts}
        self._barred, self._footed = "bar at the top" in drawn, "band at the foot" in drawn

    def __call__(self, title: str) -> tuple[Canvas, Box]:
        canvas = self._empty.copy()
        left, right = self._left + _SIDE, WIDTH - self._right - _SIDE
        bottom = HEIGHT - self._bottom - _BELOW
        top = float(self._top + _ABOVE)
        if title:
            top = self._title(canvas, title, left, right)
        if self._theme.numbered:
            self._number(canvas, title)
        return canvas, (left, top, right, bottom)

    def _title(self, canvas: Canvas, title: str, left: float, right: float) -> float:
        theme, file = self._theme, self._fonts.title
        size = fitted(title, file, theme.size, right - left)
        words = shortened(title, file, size, right - left)
        y: float
        if self._barred:
            y, colour, top = self._top / 2, readable_on(self._colours.accents[0][1]), self._top + 32.0
        else:
            colour = self._colours.ink if theme.plain_title else self._colours.accents[0][1]
            y, top = self._top + 32 + size / 2, self._top + 32 + size * 1.35 + 14
        x = (left + right) / 2 if theme.centred else left
        canvas.text((x, y), words, file, size, colour, "mm" if theme.centred else "lm")
        if theme.underlined:
            canvas.line([(left, top - 10), (right, top - 10)], self._colours.accents[0][1], 5)
            top += 14
        return top

    def _number(self, canvas: Canvas, title: str) -> None:
        number = zlib.crc32(title.encode()) % 60 + 1
        if self._footed:
            x, y, colour = WIDTH - 40.0, HEIGHT - self._bottom / 2, readable_on(self._colours.accents[0][1])
        else:
            x, y, colour = WIDTH - self._right - 40.0, HEIGHT - self._bottom - 24.0, self._colours.quiet
        canvas.text((x, y), str(number), self._fonts.body, 22, colour, "rm")
