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
    """Where a segment's text or summary stands.

    Summaries only: AWAITING_MODEL and the MODEL states have the extractive text. The first means that the language
    model is still to be asked, the others say why its answer is not there.
    """

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    AWAITING_MODEL = "awaiting_model"
    MODEL_TIMED_OUT = "model_timed_out"
    MODEL_CRASHED = "model_crashed"
    MODEL_OUT_OF_MEMORY = "model_out_of_memory"
    MODEL_FAILED = "model_failed"
    MODEL_EMPTY = "model_empty"


class SummaryKind(StrEnum):
    """How a summary was made: of sentences that were there, or by a language model."""

    EXTRACTIVE = "extractive"
    GENERATED = "generated"


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
        closing_position: position of the frame that shows best what the segment before had come to, by writing say,
            since it was first shown; 0 where it ended as it was.
    """

    position: int
    media_time: float
    kind: EventKind | None
    confidence: float
    key_position: int
    evidence: Mapping[str, float] = field(default_factory=dict)
    revisited: int = 0
    closing_position: int = 0


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

    ``end`` is the last recorded media time while the segment is open; ``summary_detail`` tells people why the summary
    is not the language model's.
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
    # Records of the feed that were written before these existed are read, too.
    summary_kind: SummaryKind = SummaryKind.EXTRACTIVE
    summary_detail: str = ""


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
