"""What the pipeline and a lecture's store hand each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
class FrameBatch:
    """What one commit makes durable together."""

    frames: Sequence[FrameRecord]
    segments: Sequence[OpenedSegment]
    space: str


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """Where a lecture's frame path goes on after a restart.

    ``history`` holds (segment number, settled grid), the last one being the open segment's;
    ``picture_pending`` is True while the lecture's first segment is its only one and has not settled.
    """

    durable_position: int
    last_media_time: float | None
    last_encoded_time: float | None
    last_vector: Vector | None
    segments: int
    picture_pending: bool
    history: Sequence[tuple[int, Grid]]


@dataclass(frozen=True, slots=True)
class Job:
    """Durable work on one segment; ``kind`` is "read" or "summarise"."""

    job_id: int
    kind: str
    segment: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading a segment's key frame brought; ``event`` is the refined event, or None to leave it."""

    segment: int
    title: str
    text: str
    page: Mapping[str, Any] | None
    event: Event | None
    withdrawn: str
