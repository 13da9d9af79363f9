"""A film that plays in a box on a page: the box changes, the page does not."""

from __future__ import annotations

from random import Random

import numpy as np

from hallscribe_export.train.lecture.canvas import SEEN_HEIGHT, SEEN_WIDTH, Picture
from hallscribe_export.train.lecture.page import NOUN, Fact, Page, Style
from hallscribe_export.train.lecture.scenes import SCENES

FILM = Fact(NOUN, "film", ("a film playing on a slide", "a video on a slide", "a slide with a film"))
_WHOLE = Fact(NOUN, "whole film", ("a film that fills the screen", "a video in full screen"))
# How much larger than its box a scene is: the camera moves over it.
_SPARE = 1.4
# With less room beside it, pixels, a film is in the middle.
_CLEAR = 150


class Playing:
    """A page with a film in it.

    Attributes:
        page: its number in the lecture.
        blank: the page without the film, uint8 (360, 640, 3).
        lasting: what is true of it whatever the film shows.
    """

    def __init__(self, number: int, style: Style, title: str, rng: Random) -> None:
        self.page, self._rng = number, rng
        canvas, (left, top, right, bottom) = style.frame(title)
        self.blank = canvas.seen()
        whole = rng.random() < 0.2
        self.lasting: tuple[Fact, ...] = ()
        if whole:
            self._box = 0, 0, SEEN_WIDTH, SEEN_HEIGHT
            self._told: tuple[Fact, ...] = (_WHOLE,)
        else:
            high = round((bottom - top) / 2 * rng.uniform(0.75, 0.98))
            wide = min(round(high * rng.choice((1.33, 1.78))), round((right - left) / 2))
            x, where = _place(rng, left / 2, right / 2, wide)
            y = round((top + bottom) / 4 - high / 2)
            self._box = x, y, x + wide, y + high
            said = Fact("film", where, (f"with a film playing {where}", f"with a video {where}"))
            lasting = (fact for fact in style.facts if title or not fact.key.startswith("title"))
            self.lasting = tuple(lasting)
            self._told = (FILM, said, *self.lasting)
        self._cut()

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What is true of it now, the kinds first."""
        said = tuple(f"a film of {kind}" for kind in self._shown[:3])
        return (Fact(NOUN, f"film of {self._shown[0]}", said), *self._told)

    def next(self) -> Picture:
        """The page with the film as it is a second later; the camera moves on, now and then there is a cut."""
        if self._rng.random() < 0.15:
            self._cut()
        left, top, right, bottom = self._box
        wide, high = right - left, bottom - top
        self._at += self._drift + np.array([self._rng.gauss(0, 4), self._rng.gauss(0, 3)])
        room = np.array([self._scene.shape[1] - wide, self._scene.shape[0] - high]) - 1
        x, y = np.clip(self._at, 0, room).astype(int)
        picture = self.blank.copy()
        picture[top:bottom, left:right] = self._scene[y : y + high, x : x + wide]
        return picture

    def _cut(self) -> None:
        left, top, right, bottom = self._box
        wide, high = round((right - left) * _SPARE), round((bottom - top) * _SPARE)
        numbers = np.random.default_rng(self._rng.getrandbits(64))
        scene = self._rng.choice(SCENES)(numbers, wide, high)
        self._scene = np.asarray(np.clip(scene.picture * 255, 0, 255), np.uint8)
        self._shown = scene.kinds
        self._at = np.array([self._rng.uniform(0, wide * 0.4), self._rng.uniform(0, high * 0.4)])
        self._drift = np.array([self._rng.uniform(-14, 14), self._rng.uniform(-6, 6)])


def film_page(style: Style, pages: tuple[Page, ...], number: int, rng: Random) -> Playing:
    """A page of a deck with a film; its title is that of one of the other pages."""
    words = rng.choice(pages).words if pages else ()
    return Playing(number, style, words[0] if words and rng.random() < 0.8 else "", rng)


def _place(rng: Random, left: float, right: float, wide: int) -> tuple[int, str]:
    """Where in the width the film is, and how that is said."""
    where = rng.choice(("in the middle", "in the middle", "on the left", "on the right"))
    spare = right - left - wide
    if where == "in the middle" or spare < _CLEAR:
        return round(left + spare / 2), "in the middle"
    return round(left if where == "on the left" else right - wide), where
