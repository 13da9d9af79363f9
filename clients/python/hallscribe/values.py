"""What the daemon tells, as small values; times are seconds of media time unless a name says otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class LectureState(StrEnum):
    """Where a lecture is in its life."""

    UNSPECIFIED = "unspecified"
    OPEN = "open"
    FINISHED = "finished"
    DAMAGED = "damaged"


class EventKind(StrEnum):
    """What happened at a boundary."""

    UNSPECIFIED = "unspecified"
    SLIDE_CHANGE = "slide_change"
    BUILD = "build"
    SCENE_CHANGE = "scene_change"
    REVISIT = "revisit"
    BLANK = "blank"


class TextState(StrEnum):
    """Where a text stands."""

    UNSPECIFIED = "unspecified"
    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


class SummaryKind(StrEnum):
    """How a summary was made; UNSPECIFIED when there is none."""

    UNSPECIFIED = "unspecified"
    EXTRACTIVE = "extractive"
    GENERATED = "generated"


class Route(StrEnum):
    """A way to a moment."""

    UNSPECIFIED = "unspecified"
    WRITTEN = "written"
    SAID = "said"
    SEEN = "seen"


class ImageFormat(StrEnum):
    """How a frame's bytes are to be read; UNSPECIFIED tells by the first bytes."""

    UNSPECIFIED = "unspecified"
    JPEG = "jpeg"
    PNG = "png"
    RAW_RGB = "raw_rgb"


class FrameOutcome(StrEnum):
    """What became of a frame."""

    UNSPECIFIED = "unspecified"
    KEPT = "kept"
    REUSED = "reused"
    SKIPPED = "skipped"
    REJECTED = "rejected"
    FAILED = "failed"
    DROPPED = "dropped"


class SourceState(StrEnum):
    """Where a source is in its life."""

    UNSPECIFIED = "unspecified"
    RUNNING = "running"
    ENDED = "ended"
    FAILED = "failed"
    DETACHED = "detached"


class LectureChange(StrEnum):
    """What happened to a lecture."""

    UNSPECIFIED = "unspecified"
    CREATED = "created"
    FINISHED = "finished"
    DELETED = "deleted"
    CAPTIONS = "captions"


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
    """What lies between two boundaries; numbers count from 1 in order of time."""

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


@dataclass(frozen=True, slots=True)
class RouteHit:
    """Why a route found a moment; ``method`` is "full_text", "dense" or "visual", ``rank`` 1 the route's best."""

    route: Route
    method: str
    rank: int
    score: float


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of at most 90 s that answers a query; scores compare within one answer only."""

    lecture_id: str
    lecture_uid: str
    start_s: float
    end_s: float
    score: float
    hits: Sequence[RouteHit]
    title: str
    snippet: str
    segment_number: int


@dataclass(frozen=True, slots=True)
class RouteReport:
    """Whether a route could answer, and if not, why."""

    route: Route
    available: bool
    detail: str


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """Moments, best first; ``partial`` when the deadline cut the search short."""

    moments: Sequence[Moment]
    partial: bool
    routes: Sequence[RouteReport]
    warnings: Sequence[str]


@dataclass(frozen=True, slots=True)
class CaptionsKept:
    """What a captions file became."""

    cues: int
    passages: int


@dataclass(frozen=True, slots=True)
class Source:
    """A file being read by the daemon; ``duration_s`` is 0 when unknown."""

    source_id: str
    lecture_id: str
    path: str
    state: SourceState
    detail: str
    durable_position: int
    position_s: float
    duration_s: float
    kept: int
    reused: int
    skipped: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame to push.

    Attributes:
        media_time_s: seconds since the lecture's start, never smaller than that of the frame before.
        image: JPEG or PNG, or raw RGB rows.
        format: how to read it.
        width, height: pixels; raw frames only.
        capture_time: wall-clock evidence, never used for order.
    """

    media_time_s: float
    image: bytes
    format: ImageFormat = ImageFormat.UNSPECIFIED
    width: int = 0
    height: int = 0
    capture_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class StreamStart:
    """Where a frame stream goes on, as the daemon said when it was opened.

    Attributes:
        next_position: 1 for an untouched lecture.
        last_media_time_s: of the last frame taken; None when there is none.
        wanted_frames_per_second: of media time; more are sampled out.
        max_image_bytes: the largest picture taken.
        lecture_uid: the lecture's uid.
    """

    next_position: int
    last_media_time_s: float | None
    wanted_frames_per_second: float
    max_image_bytes: int
    lecture_uid: str


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The durable outcome of ``count`` frames from ``position`` on."""

    position: int
    count: int
    outcome: FrameOutcome
    reason: str
    detail: str
    duplicate: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a push has come.

    Attributes:
        received_position: the last frame the daemon took in.
        durable_position: every frame at or below it survives a power cut.
        counts: outcomes of this push's frames so far.
        acknowledgements: what became durable with this step.
        reconnects: how often the stream had to be opened again.
        trouble: what the push is waiting out at the moment; empty when all is well.
    """

    received_position: int
    durable_position: int
    counts: FrameCounts
    acknowledgements: Sequence[Acknowledgement] = ()
    reconnects: int = 0
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class EventAdded:
    """A new event."""

    event: Event


@dataclass(frozen=True, slots=True)
class EventChanged:
    """An event was refined; replaces what was known under its id."""

    event: Event


@dataclass(frozen=True, slots=True)
class EventWithdrawn:
    """An event turned out to be none."""

    event_id: str
    detail: str


@dataclass(frozen=True, slots=True)
class SegmentChanged:
    """A segment's texts changed."""

    segment: Segment


@dataclass(frozen=True, slots=True)
class LectureChanged:
    """A lecture was created, finished or deleted, or its captions changed."""

    change: LectureChange
    lecture: Lecture


@dataclass(frozen=True, slots=True)
class SystemNotice:
    """The daemon's own trouble."""

    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Nothing happened; every record before ``low_watermark`` has been sent."""

    low_watermark: datetime


Happening = EventAdded | EventChanged | EventWithdrawn | SegmentChanged | LectureChanged | SystemNotice | Heartbeat


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the feed; subscribing with ``token`` goes on after it."""

    token: bytes
    record_time: datetime
    lecture_id: str
    lecture_uid: str
    happening: Happening


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """A queue; ``capacity`` is 0 when it has no limit."""

    name: str
    depth: int
    capacity: int


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """A child process; ``pid`` is 0 while none runs."""

    name: str
    pid: int
    restarts: int


@dataclass(frozen=True, slots=True)
class EncoderStatus:
    """The encoder bundle in use; text can query pictures only when ``aligned``."""

    model: str
    space: str
    runtime: str
    trained: bool
    aligned: bool


@dataclass(frozen=True, slots=True)
class StageStatus:
    """A stage of the frame path and its times over the last 1000 runs."""

    name: str
    count: int
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Status:
    """The daemon about itself; ``read_only_detail`` is empty when all is well."""

    version: str
    start_time: datetime
    open_lectures: int
    lectures: int
    error_count: int
    skip_rate: float
    free_bytes: int
    read_only_detail: str
    encoder: EncoderStatus
    queues: Sequence[QueueStatus] = field(default_factory=tuple)
    workers: Sequence[WorkerStatus] = field(default_factory=tuple)
    recovery: Sequence[str] = field(default_factory=tuple)
    stages: Sequence[StageStatus] = field(default_factory=tuple)
