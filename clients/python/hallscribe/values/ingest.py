"""What goes in, and what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hallscribe.values.enums import FrameOutcome, ImageFormat, SourceState
from hallscribe.values.lecture import FrameCounts


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
        last_capture_time: of the same frame, by the clock on the wall; None where it came without.
        wanted_frames_per_second: of media time; more are sampled out.
        max_image_bytes: the largest picture taken.
        lecture_uid: the lecture's uid.
    """

    next_position: int
    last_media_time_s: float | None
    wanted_frames_per_second: float
    max_image_bytes: int
    lecture_uid: str
    last_capture_time: datetime | None = None


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
