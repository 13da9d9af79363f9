"""What the pipeline and a lecture's store hand each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from hallscribed.domain.embedding import Vector
from hallscribed.domain.event import Boundary, Event
from hallscribed.domain.frame import FrameRecord, Grid


@dataclass(frozen=True, slots=True)
class OpenedSegment:
    """A segment that begins: the boundary that opens it (None for the lecture's first) and its key frame.

    ``grid`` is the detector's settled view of it; ``picture`` is None when no key frame is kept.
    """

    number: int
    position: int
    start: float
    boundary: Boundary | None
    grid: Grid | None
    picture: bytes | None


@dataclass(frozen=True, slots=True)
class UnseenSegment:
    """A segment whose key frame the encoder in use has not seen: number, start and end in seconds."""

    number: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class FrameBatch:
    """What one commit makes durable together."""

    frames: Sequence[FrameRecord]
    segments: Sequence[OpenedSegment]
    space: str


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """Where a lecture's frame path goes on after a restart.

    ``history`` holds (segment number, settled grid), the last one being the open segment's;
    ``last_capture_time`` is of the frame at ``last_media_time``, Unix seconds, where it came with one;
    ``picture_pending`` is True while the lecture's first segment is its only one and has not settled.
    """

    durable_position: int
    last_media_time: float | None
    last_capture_time: float | None
    last_encoded_time: float | None
    last_vector: Vector | None
    segments: int
    picture_pending: bool
    history: Sequence[tuple[int, Grid]]


class JobKind(StrEnum):
    """What is to be done to a segment: read its key frame, sum it up, ask the language model to sum it up."""

    READ = "read"
    SUMMARISE = "summarise"
    GENERATE = "generate"


# Smaller is sooner: what is shown is read before anything is summed up.
URGENCY = {JobKind.READ: 10, JobKind.SUMMARISE: 20, JobKind.GENERATE: 30}


@dataclass(frozen=True, slots=True)
class Job:
    """Durable work on one segment; ``attempts`` failed so far."""

    job_id: int
    kind: JobKind
    segment: int
    attempts: int

    @property
    def urgency(self) -> tuple[int, int]:
        """What is smaller is done sooner: by kind, then what failed less often."""
        return URGENCY[self.kind], self.attempts


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading a segment's key frame brought; ``event`` is the refined event, or None to leave it."""

    segment: int
    title: str
    text: str
    page: Mapping[str, Any] | None
    event: Event | None
    withdrawn: str


@dataclass(frozen=True, slots=True)
class DerivedFile:
    """A file of joint-space vectors as the database remembers it; ``rows`` is -1 once it proved damaged."""

    space: str
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class SummariserReport:
    """The summariser's process: ``model`` is its id and revision, ``pid`` 0 while none runs.

    ``memory_bytes`` is what it has to itself; ``loading`` and ``working`` say what it does.
    """

    model: str
    pid: int
    memory_bytes: int
    memory_limit_bytes: int
    loading: bool
    working: bool


@dataclass(frozen=True, slots=True)
class SealedLecture:
    """A lecture's rows that change no more: the file they are in, what tells them from others, how many they are."""

    uid: str
    path: Path
    sha256: str
    rows: int
