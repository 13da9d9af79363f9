"""What the daemon tells, as small values; times are seconds of media time unless a name says otherwise."""

from __future__ import annotations

from hallscribe.values.enums import (
    EventKind,
    FrameOutcome,
    ImageFormat,
    LectureChange,
    LectureState,
    Route,
    SourceState,
    SummariserState,
    SummaryKind,
    TextState,
)
from hallscribe.values.feed import (
    EventAdded,
    EventChanged,
    EventWithdrawn,
    Happening,
    Heartbeat,
    LectureChanged,
    Record,
    SegmentChanged,
    SystemNotice,
)
from hallscribe.values.ingest import Acknowledgement, CaptionsKept, Frame, Progress, Source, StreamStart
from hallscribe.values.lecture import Event, FrameCounts, Lecture, Notes, NotesSection, Segment, Timeline
from hallscribe.values.search import Moment, RouteHit, RouteReport, SearchAnswer
from hallscribe.values.status import EncoderStatus, QueueStatus, StageStatus, Status, SummariserStatus, WorkerStatus

__all__ = [
    "Acknowledgement",
    "CaptionsKept",
    "EncoderStatus",
    "Event",
    "EventAdded",
    "EventChanged",
    "EventKind",
    "EventWithdrawn",
    "Frame",
    "FrameCounts",
    "FrameOutcome",
    "Happening",
    "Heartbeat",
    "ImageFormat",
    "Lecture",
    "LectureChange",
    "LectureChanged",
    "LectureState",
    "Moment",
    "Notes",
    "NotesSection",
    "Progress",
    "QueueStatus",
    "Record",
    "Route",
    "RouteHit",
    "RouteReport",
    "SearchAnswer",
    "Segment",
    "SegmentChanged",
    "Source",
    "SourceState",
    "StageStatus",
    "Status",
    "StreamStart",
    "SummariserState",
    "SummariserStatus",
    "SummaryKind",
    "SystemNotice",
    "TextState",
    "Timeline",
    "WorkerStatus",
]
