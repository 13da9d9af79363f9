"""What is on the screen second by second: pages, their builds, transitions, handwriting and films."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

import cv2
import numpy as np

from hallscribe_export.train.lecture.canvas import Picture
from hallscribe_export.train.lecture.footage.ink import Ink
from hallscribe_export.train.lecture.footage.playing import Playing, film_page
from hallscribe_export.train.lecture.footage.setting import Setting
from hallscribe_export.train.lecture.footage.transitions import Transition, transition
from hallscribe_export.train.lecture.frame import Change
from hallscribe_export.train.lecture.page import NOUN, Fact, Page, Style

_SHORTEST, _LONGEST = 4, 14
# A page can be told for what it is when so much of its content is there.
_TELLING = 0.5
# A pixel belongs to the content if it is so unlike the empty template.
_UNLIKE = 28
# Of a page with ink on it at most so many marks are seen at once, where it is seen once.
_MARKS = 3
_NOTHING: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Shot:
    """The screen in one second.

    Attributes:
        picture: uint8 (360, 640, 3), RGB.
        content: mask, uint8 (360, 640), of what is on the page beside its template; 255 where there is something.
        page, step, change: as a frame's.
        own: the page's facts that are true now.
        lasting: those among them that are true even while the content is hidden.
        added: facts about what is drawn on the page or plays on it.
    """

    picture: Picture
    content: Picture
    page: int
    step: int
    change: Change
    own: tuple[Fact, ...]
    lasting: tuple[Fact, ...]
    added: tuple[Fact, ...] = ()


class _Deck:
    """The pages of a lecture, with what has to be known of them again and again."""

    def __init__(self, pages: Sequence[Page], style: Style, rng: Random) -> None:
        self.pages, self.style, self._rng = tuple(pages), style, rng
        self.blank = style.frame("")[0].seen()
        self._inks: dict[int, Ink] = {}
        self._contents = [_content(page.steps[-1], self.blank) for page in pages]

    def content(self, page: int) -> Picture:
        """The mask of what is on a page when it is complete."""
        return self._contents[page]

    def lasting(self, page: int) -> tuple[Fact, ...]:
        """What is true of a page whatever is hidden of it."""
        return tuple(fact for fact in self.pages[page].facts if fact in self.style.facts)

    def facts(self, page: int, step: int) -> tuple[Fact, ...]:
        """What is true of a step of a page's build."""
        shown = self.pages[page]
        if step == len(shown.steps) - 1:
            return shown.facts
        there = cv2.countNonZero(_content(shown.steps[step], self.blank))
        telling = there >= _TELLING * cv2.countNonZero(self._contents[page])
        kinds = tuple(fact for fact in shown.facts if fact.key == NOUN) if telling else ()
        return kinds + self.lasting(page)

    def ink(self, page: int) -> Ink:
        """What is drawn on a page by hand."""
        if page not in self._inks:
            self._inks[page] = Ink(self.pages[page], self.style, self._contents[page], self._rng)
        return self._inks[page]


def shots(pages: Sequence[Page], style: Style, rng: Random, setting: Setting) -> Iterator[Shot]:
    """What is on the screen, a shot a second: every page in turn, some of them again later."""
    deck = _Deck(pages, style, rng)
    way = transition(rng)
    before: Shot | None = None
    films = len(deck.pages)
    for page, again in _order(len(deck.pages), rng):
        if setting.playing and rng.random() < 0.4:
            for shot in _with_transition(_film(film_page(style, deck.pages, films, rng), rng), before, way, rng):
                yield shot
                before = shot
            films += 1
        for shot in _with_transition(_page(deck, page, again, setting, rng), before, way, rng):
            yield shot
            before = shot


def complete(
    pages: Sequence[Page], style: Style, rng: Random, settings: Iterator[Setting]
) -> Iterator[tuple[Setting, Shot]]:
    """Every page once, with all that comes to be on it, each in the next setting; a film before it where one plays."""
    deck = _Deck(pages, style, rng)
    films = len(deck.pages)
    for number, (page, setting) in enumerate(zip(deck.pages, settings, strict=False)):
        if setting.playing:
            yield setting, _moment(film_page(style, deck.pages, films, rng), "page")
            films += 1
        last = len(page.steps) - 1
        picture, added = page.steps[last], _NOTHING
        if setting.inked:
            ink = deck.ink(number)
            for _ in range(rng.randint(1, _MARKS)):
                ink.add()
            picture, added = ink.on(picture), ink.facts
        content, lasting = deck.content(number), deck.lasting(number)
        yield setting, Shot(picture, content, number, last, "page", page.facts, lasting, added)


def _order(count: int, rng: Random) -> Iterator[tuple[int, bool]]:
    """Which page is shown, and whether it was before."""
    for page in range(count):
        yield page, False
        if page > 1 and rng.random() < 0.12:
            yield rng.randrange(page), True


def _page(deck: _Deck, page: int, again: bool, setting: Setting, rng: Random) -> Iterator[Shot]:
    """A page's seconds. Shown again it is complete, and shorter."""
    steps = deck.pages[page].steps
    schedule = _schedule(1 if again else len(steps), rng)
    change: Change = "page"
    for number, seconds in enumerate(schedule):
        step = len(steps) - 1 if again else number
        facts, content = deck.facts(page, step), deck.content(page)
        for _ in range(seconds):
            picture, added = steps[step], _NOTHING
            if setting.inked:
                ink = deck.ink(page)
                if change == "none" and not ink.full and rng.random() < 0.3:
                    ink.add()
                    change = "ink"
                picture, added = ink.on(picture), ink.facts
            yield Shot(picture, content, page, step, change, facts, deck.lasting(page), added)
            change = "none"
        change = "build"


def _schedule(steps: int, rng: Random) -> list[int]:
    """How many seconds each step is shown."""
    each = [rng.randint(2, 4) for _ in range(steps)]
    missing = rng.randint(_SHORTEST, _LONGEST) - sum(each)
    each[-1] += max(0, missing)
    return each


def _film(film: Playing, rng: Random) -> Iterator[Shot]:
    """The seconds of a page with a film."""
    for second in range(rng.randint(6, _LONGEST)):
        yield _moment(film, "none" if second else "page")


def _moment(film: Playing, change: Change) -> Shot:
    """The next second of a film."""
    picture = film.next()
    content = _content(picture, film.blank)
    return Shot(picture, content, film.page, 0, change, film.facts, film.lasting)


def _with_transition(new: Iterator[Shot], before: Shot | None, way: Transition | None, rng: Random) -> Iterator[Shot]:
    """A page's shots, now and then with one before or in place of the first that has something of the last page's."""
    for number, shot in enumerate(new):
        if number or before is None or way is None or rng.random() < 0.4:
            yield shot
            continue
        share = rng.uniform(0.12, 0.9)
        mixed = way(before.picture, shot.picture, share)
        more = shot if share >= 0.5 else before
        change: Change = "page" if share >= 0.5 else "none"
        own = more.own if share >= 0.85 else more.lasting
        yield Shot(mixed, more.content, more.page, more.step, change, own, more.lasting)
        if share < 0.5:
            yield shot


def _content(picture: Picture, blank: Picture) -> Picture:
    """Where a picture is unlike the empty template: uint8 (360, 640), 255 or 0."""
    red, green, blue = cv2.split(cv2.absdiff(picture, blank))
    unlike = cv2.max(cv2.max(red, green), blue)
    return np.asarray(cv2.threshold(unlike, _UNLIKE, 255, cv2.THRESH_BINARY)[1], np.uint8)
