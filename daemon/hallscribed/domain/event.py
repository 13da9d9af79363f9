"""Boundaries, the events they become, and the segments between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class EventKind(StrEnum):
    """What happened at a boundary; exactly one each."""

    SLIDE_CHANGE = "slide_change"
    BUILD = "build"
    SCENE_CHANGE = "scene_change"
    REVISIT = "revisit"
    BLANK = "blank"


class TextState(StrEnum):
    """Where a segment's text or summary stands."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Boundary:
    """Where the detector says that something else is shown.

    Attributes:
        position: of the first frame that shows it.
        media_time: of that frame, seconds.
        kind: None for content that comes back unchanged after a blank: a new segment, but no event.
        confidence: 0..1.
        evidence: named measures that spoke for it.
        key_position: position of the frame that shows the new segment best.
        revisited: number of the earlier segment shown again, or 0.
    """

    position: int
    media_time: float
    kind: EventKind | None
    confidence: float
    key_position: int
    evidence: Mapping[str, float] = field(default_factory=dict)
    revisited: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """A boundary as it is told to the world; ``event_id`` is stable."""

    event_id: str
    kind: EventKind
    media_time: float
    position: int
    confidence: float
    evidence: Mapping[str, float]
    title: str
    segment: int
    revisited: int


@dataclass(frozen=True, slots=True)
class Segment:
    """What lies between two boundaries; numbers count from 1 in order of time.

    ``end`` is the last recorded media time while the segment is open.
    """

    number: int
    start: float
    end: float
    title: str
    text: str
    text_state: TextState
    summary: str
    summary_state: TextState
    has_picture: bool


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line read from a picture.

    Attributes:
        text: what it says.
        confidence: 0..1.
        left, top, right, bottom: its box, as shares of the picture's width and height, 0..1.
    """

    text: str
    confidence: float
    left: float
    top: float
    right: float
    bottom: float
