"""A rendered lecture: a topic, a deck in one style, and the footage of its pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from hallscribe_export.train.lecture.footage.film import film, glances
from hallscribe_export.train.lecture.footage.setting import Setting, setting
from hallscribe_export.train.lecture.frame import Frame
from hallscribe_export.train.lecture.layouts import FAMILIES
from hallscribe_export.train.lecture.page import Page, Split, Style, Topic
from hallscribe_export.train.lecture.style import style
from hallscribe_export.train.lecture.topics import topics

_FEWEST, _MOST = 8, 14
# In one of so many places a deck goes on in the layout of the page before: pages that differ in what they say only.
_AGAIN = 5


@dataclass(frozen=True, slots=True)
class Lecture:
    """One lecture; the same seed and split give the same one.

    Attributes:
        name: of the split and the seed.
        setting: how it is filmed.
        pages: what its slides show; a lecture at a board shows none of them.
    """

    name: str
    seed: int
    split: Split
    topic: Topic
    style: Style
    setting: Setting
    pages: tuple[Page, ...]

    def frames(self) -> Iterator[Frame]:
        """Its footage at one frame a second."""
        return film(self.pages, self.style, Random(f"{self.name} footage"), setting=self.setting)

    def glances(self) -> Iterator[Frame]:
        """One look at each of its pages, none of them in its own setting; at a board, looks at that."""
        return glances(self.pages, self.style, Random(f"{self.name} glances"), self.setting)


def lecture(seed: int, split: Split) -> Lecture:
    """Draw the pages of a lecture."""
    name = f"{split}-{seed:06d}"
    rng = Random(name)
    topic, look, seen = rng.choice(topics(split)), style(rng, split), setting(rng, split)
    pages: list[Page] = []
    layout = FAMILIES[0][0]
    for _ in range(rng.randint(_FEWEST, _MOST)):
        if not pages or rng.randrange(_AGAIN):
            layout = rng.choice(rng.choice(FAMILIES))
        pages.append(layout(rng, look, topic))
    return Lecture(name, seed, split, topic, look, seen, tuple(pages))
