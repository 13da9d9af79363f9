"""How a lecture is filmed: what is drawn once and holds for all of its frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Literal

from hallscribe_export.train.lecture.page import Split

View = Literal["screen", "hall", "board"]


@dataclass(frozen=True, slots=True)
class Setting:
    """How a lecture is filmed.

    Attributes:
        view: a recording of the screen, a camera in the hall, or a camera at a board (no pages are shown then).
        split: what people, rooms and boards look like is drawn from that of the split.
        seed: of all else that is the same in every frame: the room, the people, where the inset is.
        inset: the speaker is in a corner, in a small picture.
        inked: there is drawing and writing by hand on the pages.
        playing: some of the pages have a film in them.
        noise: standard deviation of the sensor's noise, of 255.
        quality: of JPEG compression, 0..100.
        compressed: share of the frames that are seen through it.
        scale: of the picture that was recorded, 1 for all pixels.
    """

    view: View
    split: Split
    seed: int
    inset: bool = False
    inked: bool = False
    playing: bool = False
    noise: float = 0.0
    quality: int = 90
    compressed: float = 0.3
    scale: float = 1.0


def setting(rng: Random, split: Split) -> Setting:
    """Draw how a lecture is filmed: mostly off the screen, often in a hall, sometimes at a board."""
    name = rng.choices(tuple(SETTINGS), _WEIGHTS)[0]
    return SETTINGS[name](rng, split)


def _screen(rng: Random, split: Split) -> Setting:
    quality = rng.choice((25, 40, 60, 80, 92))
    scale = rng.choice((1.0, 1.0, 1.0, 0.7, 0.5))
    noise = rng.choice((0.0, 0.0, 1.5))
    return Setting("screen", split, rng.getrandbits(32), noise=noise, quality=quality, scale=scale)


def _hall(rng: Random, split: Split) -> Setting:
    noise, quality = rng.uniform(1.5, 9), rng.randint(25, 85)
    return Setting("hall", split, rng.getrandbits(32), noise=noise, quality=quality, inked=rng.random() < 0.06)


def _board(rng: Random, split: Split) -> Setting:
    return Setting("board", split, rng.getrandbits(32), noise=rng.uniform(1, 7), quality=rng.randint(30, 90))


def _inset(rng: Random, split: Split) -> Setting:
    return replace(_screen(rng, split), inset=True)


def _inked(rng: Random, split: Split) -> Setting:
    return replace(_screen(rng, split), inked=True, inset=rng.random() < 0.2)


def _playing(rng: Random, split: Split) -> Setting:
    filmed = _hall(rng, split) if rng.random() < 0.3 else _screen(rng, split)
    return replace(filmed, playing=True)


# By name, for whoever wants a certain one.
SETTINGS: dict[str, Callable[[Random, Split], Setting]] = {
    "screen": _screen,
    "inset": _inset,
    "inked": _inked,
    "playing": _playing,
    "hall": _hall,
    "board": _board,
}
_WEIGHTS = (31, 13, 8, 6, 30, 12)
