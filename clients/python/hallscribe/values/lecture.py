"""Lectures, what happened in them, and notes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hallscribe.values.enums import EventKind, LectureState, SummaryKind, TextState


@dataclass(frozen=True, slots=True)
class FrameCounts:
    """How many frames ended in each outcome."""

    kept: int = 0
    reused: int = 0
    skipped: int = 0
    rejected: int = 0
    failed: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Lecture:
    """A lecture as it stood when asked; ``pending_jobs`` is 0 when all that was shown has been read."""

    lecture_id: str
    uid: str
    title: str
    state: LectureState
    frames: int
    durable_position: int
    duration_s: float
    create_time: datetime
    pending_jobs: int
    counts: FrameCounts


@dataclass(frozen=True, slots=True)
class Event:
    """A boundary between two segments; ``revisited_segment`` is 0 unless an earlier slide is shown again."""

    event_id: str
    lecture_id: str
    lecture_uid: str
    kind: EventKind
    time_s: float
    confidence: float
    evidence: Mapping[str, float]
    title: str
    segment_number: int
    revisited_segment: int
    position: int


@dataclass(frozen=True, slots=True)
class Segment:
    """What lies between two boundaries; numbers count from 1 in order of time.

    ``summary_detail`` says why the summary is not the language model's, where that went wrong.
    """

    segment_number: int
    start_s: float
    end_s: float
    title: str
    text: str
    text_state: TextState
    summary: str
    summary_kind: SummaryKind
    summary_state: TextState
    has_picture: bool
    summary_detail: str = ""


@dataclass(frozen=True, slots=True)
class NotesSection:
    """One segment's notes; ``event`` is None for the first."""

    segment: Segment
    event: Event | None
    speech: str


@dataclass(frozen=True, slots=True)
class Notes:
    """A lecture's notes, a section for each segment in order of time."""

    lecture: Lecture
    sections: Sequence[NotesSection]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Novelty of each frame that was looked at: 0 nothing new, 1 all new; the two run side by side."""

    time_s: Sequence[float]
    novelty: Sequence[float]
