"""A page of a deck: its pictures, step by step, and what is true of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Literal

from hallscribe_export.train.lecture.canvas import Box, Canvas, Colour, Picture

Split = Literal["train", "validation", "test"]
NOUN = "kind"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is true of a picture, and how people say it.

    Attributes:
        key: what it is about; ``kind`` says what is shown, and a page has one fact or several of that key (from the
            special to the general: "a stacked bar chart", "a bar chart").
        value: the same for two pictures of which the same can be said.
        phrases: different wordings, the most usual first. Of ``kind`` nouns with their article ("a bar chart"); of
            others what can follow a noun ("with three groups", "on a dark background").
    """

    key: str
    value: str
    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Colours:
    """A theme's colours; ``accents`` are (name, colour), the name as people say it ("blue")."""

    background: Colour
    ink: Colour
    quiet: Colour
    accents: tuple[tuple[str, Colour], ...]
    dark: bool


@dataclass(frozen=True, slots=True)
class Fonts:
    """Font files by what they are for."""

    title: str
    body: str
    mono: str
    hand: str


@dataclass(frozen=True, slots=True)
class Style:
    """What all pages of a deck have in common: colours, fonts, and the template around the content.

    Attributes:
        frame: draws the template and the title on an empty page (``title`` may be empty) and gives the box that is
            left for the content.
        facts: true of every page ("on a dark background", "with a coloured bar at the top").
    """

    name: str
    colours: Colours
    fonts: Fonts
    frame: Callable[[str], tuple[Canvas, Box]]
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """What a lecture is about.

    Attributes:
        terms: nouns and noun phrases of the field, at least a dozen.
        quantities: what can be measured or counted in it ("rainfall", "reaction time").
        names: what can be compared ("north, south, coast", names of methods, groups, years).
    """

    name: str
    terms: tuple[str, ...]
    quantities: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    Attributes:
        layout: the name of the function that drew it.
        steps: pictures uint8 (360, 640, 3), RGB, one for each step of its build; most pages have one.
        facts: true of the last step, the kinds first.
        words: what is written on it, for captions to speak of.
    """

    layout: str
    steps: tuple[Picture, ...]
    facts: tuple[Fact, ...]
    words: tuple[str, ...]


# Draws one page. The random numbers are its only source of chance, so that a seed gives the same page.
Layout = Callable[[Random, Style, Topic], Page]

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def counted(key: str, count: int, one: str, many: str) -> Fact:
    """The fact that there are so many (0..10) of something: "with three bars"."""
    noun = one if count == 1 else many
    return Fact(key, str(count), (f"with {NUMBERS[count]} {noun}", f"that has {NUMBERS[count]} {noun}"))
