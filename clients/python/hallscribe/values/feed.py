"""Records of the feed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hallscribe.values.enums import LectureChange
from hallscribe.values.lecture import Event, Lecture, Segment


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
    """Nothing happened; every record before ``low_watermark`` has been sent. None in a subscription's first one."""

    low_watermark: datetime | None


Happening = EventAdded | EventChanged | EventWithdrawn | SegmentChanged | LectureChanged | SystemNotice | Heartbeat


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the feed; subscribing with ``token`` goes on after it."""

    token: bytes
    record_time: datetime
    lecture_id: str
    lecture_uid: str
    happening: Happening
