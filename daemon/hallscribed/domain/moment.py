"""Passages, what a query finds, and the moments it becomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

MAX_MOMENT_S = 90.0


class Route(StrEnum):
    """A way to a moment."""

    WRITTEN = "written"
    SAID = "said"
    SEEN = "seen"


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of text that search can find.

    Attributes:
        lecture_uid: its lecture.
        route: WRITTEN for text read from a slide, SAID for speech.
        start, end: media time, seconds.
        segment: number of the segment it belongs to; 0 when unknown.
        text: the words.
    """

    lecture_uid: str
    route: Route
    start: float
    end: float
    segment: int
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """One find of one method, before fusion.

    ``method`` is "full_text", "dense" or "visual"; ``rank`` counts from 1 within route and method.
    """

    lecture_uid: str
    route: Route
    method: str
    rank: int
    score: float
    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of at most 90 s that answers a query, with the hits that led there."""

    lecture_uid: str
    start: float
    end: float
    score: float
    hits: Sequence[Hit]
    snippet: str
