"""What the picture of a timeline shows, as values, and its colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hallscribe.values import EventKind

INK, QUIET, PAPER, GRID, CURVE = "#1b2540", "#8a90a0", "#fbfaf7", "#e6e6e2", "#2e75d8"
_BEGINNING = "#c3cad8"
COLOURS = {
    EventKind.SLIDE_CHANGE: "#2e75d8",
    EventKind.BUILD: "#4fa873",
    EventKind.SCENE_CHANGE: "#8d5cc4",
    EventKind.REVISIT: "#e2703a",
    EventKind.BLANK: "#4a4f5c",
}


@dataclass(frozen=True, slots=True)
class Stretch:
    """A segment in the picture; ``kind`` is None for the first, ``picture`` its key frame (H, W, 3) uint8 RGB."""

    start_s: float
    end_s: float
    title: str
    kind: EventKind | None
    picture: NDArray[np.uint8] | None = None

    @property
    def colour(self) -> str:
        """That of the event it begins with."""
        return _BEGINNING if self.kind is None else COLOURS.get(self.kind, QUIET)


@dataclass(frozen=True, slots=True)
class Answer:
    """A question that was asked, and where its best answer begins; None when none was found."""

    question: str
    start_s: float | None


@dataclass(frozen=True, slots=True)
class Chart:
    """All that the picture shows. ``time_s`` and ``novelty`` run side by side; times are media time in seconds."""

    title: str
    duration_s: float
    time_s: Sequence[float]
    novelty: Sequence[float]
    stretches: Sequence[Stretch]
    answers: Sequence[Answer] = ()


def finished_slides(stretches: Sequence[Stretch]) -> list[Stretch]:
    """The segments worth a thumbnail: those with a picture, no blank ones, a slide that is built up only complete."""
    found = []
    for index, stretch in enumerate(stretches):
        grows = index + 1 < len(stretches) and stretches[index + 1].kind is EventKind.BUILD
        if stretch.picture is not None and stretch.kind is not EventKind.BLANK and not grows:
            found.append(stretch)
    return found


def short(words: str, most: int) -> str:
    """Words on one line of at most ``most`` characters, cut with an ellipsis."""
    words = " ".join(words.split())
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"
