"""A frame of a lecture's footage, and the truth about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hallscribe_export.train.lecture.canvas import Picture
from hallscribe_export.train.lecture.page import Fact

# What is new since the frame before: another page, more of the same page, a person's writing, or nothing but noise,
# people, a pointer, a film that plays.
Change = Literal["page", "build", "ink", "none"]


@dataclass(frozen=True, slots=True)
class Frame:
    """What is seen in one second.

    Attributes:
        picture: uint8 (360, 640, 3), RGB.
        time_s: since the lecture's start.
        page: number of the page in the lecture, from 0; the same page shown again has its first number.
        step: of the page's build, from 0.
        change: against the frame before; "page" for the first.
        facts: true of this very picture, the kinds first: the page's as far as it is built and not hidden, and the
            scene's ("with the speaker at the left", "filmed from the back of the hall").
    """

    picture: Picture
    time_s: float
    page: int
    step: int
    change: Change
    facts: tuple[Fact, ...]
