"""The footage of a lecture: its pages as they are filmed, one frame a second."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from random import Random

import numpy as np

from hallscribe_export.train.lecture.canvas import Picture
from hallscribe_export.train.lecture.footage import setting as settings
from hallscribe_export.train.lecture.footage.board import at_the_board
from hallscribe_export.train.lecture.footage.camera import Camera, Screen
from hallscribe_export.train.lecture.footage.hall import Hall
from hallscribe_export.train.lecture.footage.setting import Setting
from hallscribe_export.train.lecture.footage.shots import Shot, complete, shots
from hallscribe_export.train.lecture.frame import Frame
from hallscribe_export.train.lecture.page import NOUN, Fact, Page, Split, Style

# A page of which more than so much is hidden is not told by what is on it.
_HIDDEN = 0.2
# Of a lecture at a board every so many seconds are enough: what was written meanwhile is there to be told from before.
_APART = 8


def film(pages: Sequence[Page], style: Style, rng: Random, *, setting: Setting | None = None) -> Iterator[Frame]:
    """Film a lecture at one frame a second.

    Args:
        pages: of its deck; at a board their words are what is written.
        setting: how it is filmed; drawn, as for the train split, if it is not given.
    """
    chosen = setting or settings.setting(rng, "train")
    if chosen.view == "board":
        yield from at_the_board(pages, style, rng, chosen)
        return
    camera = _camera(chosen, rng)
    for second, shot in enumerate(shots(pages, style, rng, chosen)):
        yield _frame(camera, shot, second)


def glances(pages: Sequence[Page], style: Style, rng: Random, setting: Setting) -> Iterator[Frame]:
    """Look at every page once, when it is complete, each in another recording or hall; before some a film is seen.

    Args:
        setting: the lecture's own; of a lecture at a board moments are seen, and no pages.
    """
    if setting.view == "board":
        yield from islice(at_the_board(pages, style, rng, setting), rng.randrange(_APART), None, _APART)
        return
    for second, (chosen, shot) in enumerate(complete(pages, style, rng, _without_board(rng, setting.split))):
        yield _frame(_camera(chosen, rng), shot, second)


def disturbed(picture: Picture, rng: Random, setting: Setting) -> Picture:
    """Another look at a page, uint8 (360, 640, 3): the setting's room and camera, other people, light and noise.

    At a board there are no pages: such a setting looks as in a hall.
    """
    camera = _camera(setting, rng)
    return camera.look(picture, np.zeros(picture.shape[:2], np.uint8)).picture


def _without_board(rng: Random, split: Split) -> Iterator[Setting]:
    while True:
        drawn = settings.setting(rng, split)
        if drawn.view != "board":
            yield drawn


def _camera(setting: Setting, rng: Random) -> Camera:
    return Screen(setting, rng) if setting.view == "screen" else Hall(setting, rng)


def _frame(camera: Camera, shot: Shot, second: int) -> Frame:
    seen = camera.look(shot.picture, shot.content)
    told = _told(shot, seen.facts, seen.hidden)
    return Frame(seen.picture, float(second), shot.page, shot.step, shot.change, told)


def _told(shot: Shot, scene: tuple[Fact, ...], hidden: float) -> tuple[Fact, ...]:
    """The facts of a frame, those that say what is shown first."""
    own = shot.own if hidden <= _HIDDEN else shot.lasting
    return tuple(sorted(dict.fromkeys(own + shot.added + scene), key=lambda fact: fact.key != NOUN))
