"""Records to JSON and back, by the name of their kind."""

from __future__ import annotations

from pydantic import TypeAdapter

from hallscribed.domain.lecture import Lecture
from hallscribed.domain.record import (
    EventAdded,
    EventChanged,
    EventWithdrawn,
    LectureChanged,
    Record,
    SegmentChanged,
    SystemNotice,
)

_ADAPTERS: dict[str, TypeAdapter[Record]] = {
    kind.__name__: TypeAdapter(kind)
    for kind in (EventAdded, EventChanged, EventWithdrawn, SegmentChanged, LectureChanged, SystemNotice)
}
_LECTURE = TypeAdapter(Lecture)


def to_row(record: Record) -> tuple[str, str]:
    """Kind and JSON body."""
    kind = type(record).__name__
    return kind, _ADAPTERS[kind].dump_json(record).decode()


def from_row(kind: str, body: str) -> Record:
    """The inverse of ``to_row``; KeyError or ValueError for what no ``to_row`` wrote."""
    return _ADAPTERS[kind].validate_json(body)


def lecture_to_json(lecture: Lecture) -> str:
    """A lecture as JSON."""
    return _LECTURE.dump_json(lecture).decode()


def lecture_from_json(body: str) -> Lecture:
    """The inverse of ``lecture_to_json``."""
    return _LECTURE.validate_json(body)
