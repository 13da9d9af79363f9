"""A page while it is written: its canvas, the steps of its build, and its facts beside the style's."""

from __future__ import annotations

from random import Random

from hallscribe_export.train.lecture.canvas import Box, Canvas, Colour, Picture, font
from hallscribe_export.train.lecture.page import Fact, Page, Style
from hallscribe_export.train.lecture.palette import luminance
from hallscribe_export.train.lecture.style import fitted, shortened

TEXT = Fact("kind", "text", ("a slide of text", "a slide with only text", "written text"))


class Building:
    """A page being written.

    Attributes:
        box: what the template leaves for the content.
    """

    def __init__(self, style: Style, title: str, builds: bool = False) -> None:
        self.style = style
        self.canvas, self.box = style.frame(title)
        self._steps: list[Picture] = []
        self._builds = builds
        self._words = [title] if title else []
        # What the style says that is not to be seen on this page.
        self._unseen = set() if title else {"title", "title place"}

    @property
    def ink(self) -> Colour:
        """The colour that text is written in."""
        return self.style.colours.ink

    def instead(self, canvas: Canvas) -> None:
        """Go on with another page than the template's."""
        self.canvas = canvas
        self._unseen |= {"template", "template colour", "ground", "ground colour", "title", "title place"}

    def step(self) -> None:
        """Keep the page as it is now as a step of its build, if it is built at all."""
        if self._builds:
            self._steps.append(self.canvas.seen())

    def line(
        self, at: tuple[float, float], words: str, size: int, width: float, *,
        colour: Colour | None = None, file: str | None = None, anchor: str = "ls", smallest: int = 20,
    ) -> int:  # fmt: skip
        """Write one line, smaller and at last shorter where it is wider than ``width``. The size it got."""
        file = file or self.style.fonts.body
        size = fitted(words, file, size, width, smallest)
        words = shortened(words, file, size, width)
        self.canvas.text(at, words, file, size, self.ink if colour is None else colour, anchor)
        self._words.append(words)
        return size

    def lines(
        self, box: Box, words: str, size: int, *,
        colour: Colour | None = None, file: str | None = None, centred: bool = False, spacing: float = 1.3,
    ) -> float:  # fmt: skip
        """Write wrapped lines into a box as far as there is room. The y below the last one."""
        left, y, right, bottom = box
        file = file or self.style.fonts.body
        for each in _wrapped(words, file, size, right - left):
            if y + size > bottom:
                break
            x, anchor = ((left + right) / 2, "ms") if centred else (left, "ls")
            self.canvas.text((x, y + size), each, file, size, self.ink if colour is None else colour, anchor)
            y += size * spacing
        self._words.append(words)
        return y

    def page(self, layout: str, *facts: Fact) -> Page:
        """The page, with its own facts and those of the style that it does not set aside by one of the same key."""
        last = self.canvas.seen()
        if not self._steps or (self._steps[-1] != last).any():
            self._steps.append(last)
        hidden = self._unseen | {fact.key for fact in facts}
        every = facts + tuple(fact for fact in self.style.facts if fact.key not in hidden)
        return Page(layout, tuple(self._steps), every, tuple(self._words))


def height(words: str, file: str, size: int, width: float, spacing: float = 1.3) -> float:
    """How high the words are in lines no wider than ``width``."""
    return len(_wrapped(words, file, size, width)) * size * spacing


def ground_facts(name: str, colour: Colour) -> tuple[Fact, Fact]:
    """What is true of a page that is filled with a colour: the facts that replace those of the style's ground."""
    plain = Fact("ground colour", f"full {name}", (f"on a solid {name} background", f"on a slide filled with {name}"))
    if luminance(colour) > 0.62:
        return plain, Fact("ground", "light", ("on a light background", "on a bright slide"))
    return plain, Fact("ground", "dark", ("on a dark background", "on a dark slide"))


def coloured(key: str, colour: str, what: str) -> Fact:
    """The fact that something has a colour: ``with a blue box``, where ``what`` is ``with a {} box``."""
    return Fact(key, colour, (what.format(colour),))


def builds(rng: Random, share: float = 0.5) -> bool:
    """Whether a page is shown step by step."""
    return rng.random() < share


def _wrapped(words: str, file: str, size: int, width: float) -> list[str]:
    # As canvas.wrapped, but measured word by word: long texts are asked for often.
    letters = font(file, size)
    space = letters.getlength(" ")
    lines: list[list[str]] = []
    room = 0.0
    for word in words.split():
        long = letters.getlength(word)
        if not lines or room < long + space:
            lines.append([word])
            room = width - long
        else:
            lines[-1].append(word)
            room -= long + space
    return [" ".join(line) for line in lines]
