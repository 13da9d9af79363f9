"""Messages of hallscribe.v1 to values and back.

A message whose fields a value mirrors is read by the value's own field names, so that nothing has to be listed twice;
what has another name or type on the wire is written out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ParamSpec, TypeVar

from google.protobuf.descriptor import EnumDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from hallscribe import values
from hallscribe.errors import InvalidRequest
from hallscribe.v1 import error_pb2, event_pb2, ingest_pb2, lecture_pb2, notes_pb2, search_pb2, system_pb2

V = TypeVar("V")
M = TypeVar("M", bound=Message)
P = ParamSpec("P")
E = TypeVar("E", bound=StrEnum)

_PREFIX = "ERROR_REASON_"


def name_of(kind: type[E], descriptor: EnumDescriptor, number: int) -> E:
    """A proto enum's number as our enum; one we do not know yet is UNSPECIFIED."""
    known = descriptor.values_by_number.get(number)
    name = known.name.removeprefix(descriptor.values_by_number[0].name.removesuffix("UNSPECIFIED")) if known else ""
    return kind[name] if name in kind.__members__ else kind["UNSPECIFIED"]


def number_of(descriptor: EnumDescriptor, name: StrEnum) -> int:
    """The inverse of ``name_of``."""
    prefix = descriptor.values_by_number[0].name.removesuffix("UNSPECIFIED")
    number: int = descriptor.values_by_name[prefix + name.name].number
    return number


def reason_of(number: int) -> str:
    """An ErrorReason's name without its prefix; empty for none, its number for one we do not know."""
    if not number:
        return ""
    known = error_pb2.ErrorReason.DESCRIPTOR.values_by_number.get(number)
    return known.name.removeprefix(_PREFIX) if known else str(number)


def moment_in_time(timestamp: Timestamp) -> datetime:
    """An aware datetime in UTC."""
    return timestamp.ToDatetime(tzinfo=UTC)


def timestamp_of(time: datetime) -> Timestamp:
    """A naive datetime is taken as local time, as everywhere in Python."""
    timestamp = Timestamp()
    timestamp.FromDatetime(time.astimezone(UTC))
    return timestamp


def _same(kind: Callable[..., V], message: Message, /, **special: Any) -> V:
    names = (field.name for field in fields(kind))  # type: ignore[arg-type]
    plain = {name: getattr(message, name) for name in names if name not in special}
    return kind(**plain, **special)


def lecture(message: lecture_pb2.Lecture) -> values.Lecture:
    """A lecture."""
    return _same(
        values.Lecture,
        message,
        state=name_of(values.LectureState, lecture_pb2.LectureState.DESCRIPTOR, message.state),
        create_time=moment_in_time(message.create_time),
        counts=_same(values.FrameCounts, message.counts),
    )


def event(message: event_pb2.Event) -> values.Event:
    """An event."""
    return _same(
        values.Event,
        message,
        kind=name_of(values.EventKind, event_pb2.EventKind.DESCRIPTOR, message.kind),
        evidence=dict(message.evidence),
    )


def segment(message: event_pb2.Segment) -> values.Segment:
    """A segment."""
    state = event_pb2.TextState.DESCRIPTOR
    return _same(
        values.Segment,
        message,
        text_state=name_of(values.TextState, state, message.text_state),
        summary_state=name_of(values.TextState, state, message.summary_state),
        summary_kind=name_of(values.SummaryKind, event_pb2.SummaryKind.DESCRIPTOR, message.summary_kind),
    )


def notes(message: notes_pb2.GetNotesResponse) -> values.Notes:
    """A lecture's notes."""
    sections = [
        values.NotesSection(
            segment(section.segment), event(section.event) if section.HasField("event") else None, section.speech
        )
        for section in message.sections
    ]
    return values.Notes(lecture(message.lecture), sections)


def timeline(message: notes_pb2.GetTimelineResponse) -> values.Timeline:
    """A novelty curve."""
    return values.Timeline(tuple(message.time_s), tuple(message.novelty))


def answer(message: search_pb2.SearchResponse) -> values.SearchAnswer:
    """What a search found."""
    return values.SearchAnswer(
        [_moment(moment) for moment in message.moments],
        message.partial,
        [_same(values.RouteReport, report, route=_route(report.route)) for report in message.routes],
        tuple(message.warnings),
    )


def _moment(message: search_pb2.Moment) -> values.Moment:
    hits = [_same(values.RouteHit, hit, route=_route(hit.route)) for hit in message.hits]
    return _same(values.Moment, message, hits=hits)


def _route(number: int) -> values.Route:
    return name_of(values.Route, search_pb2.SearchRoute.DESCRIPTOR, number)


def source(message: ingest_pb2.Source) -> values.Source:
    """A source."""
    state = name_of(values.SourceState, ingest_pb2.SourceState.DESCRIPTOR, message.state)
    return _same(values.Source, message, state=state)


def acknowledgement(message: ingest_pb2.FrameAcknowledgement) -> values.Acknowledgement:
    """The outcome of a run of frames."""
    outcome = name_of(values.FrameOutcome, ingest_pb2.FrameOutcome.DESCRIPTOR, message.outcome)
    return _same(values.Acknowledgement, message, outcome=outcome, reason=reason_of(message.reason))


def stream_start(message: ingest_pb2.FrameStreamOpened) -> values.StreamStart:
    """Where a frame stream goes on."""
    last = message.last_media_time_s if message.next_position > 1 else None
    captured = moment_in_time(message.last_capture_time) if message.HasField("last_capture_time") else None
    return _same(values.StreamStart, message, last_media_time_s=last, last_capture_time=captured)


def request(kind: Callable[P, M], *args: P.args, **kwargs: P.kwargs) -> M:
    """Build a message of what a caller gave; InvalidRequest for what it cannot hold."""
    try:
        return kind(*args, **kwargs)
    except (TypeError, ValueError) as error:
        raise InvalidRequest("INVALID_FIELD", f"this cannot be sent: {error}; nothing was changed") from error


def frame(value: values.Frame) -> ingest_pb2.Frame:
    """A frame for the wire, without its position."""
    return request(
        ingest_pb2.Frame,
        media_time_s=value.media_time_s,
        image=value.image,
        format=ingest_pb2.ImageFormat.ValueType(number_of(ingest_pb2.ImageFormat.DESCRIPTOR, value.format)),
        width=value.width,
        height=value.height,
        capture_time=timestamp_of(value.capture_time) if value.capture_time else None,
    )


def record(message: event_pb2.SubscribeResponse) -> values.Record | None:
    """A record of the feed; None for one that says nothing to a reader, such as a kind we do not know yet."""
    happening = _happening(message)
    if happening is None:
        return None
    return _same(values.Record, message, record_time=moment_in_time(message.record_time), happening=happening)


def _happening(message: event_pb2.SubscribeResponse) -> values.Happening | None:
    match message.WhichOneof("record"):
        case "event_added":
            return values.EventAdded(event(message.event_added.event))
        case "event_changed":
            return values.EventChanged(event(message.event_changed.event))
        case "event_withdrawn":
            return _same(values.EventWithdrawn, message.event_withdrawn)
        case "segment_changed":
            return values.SegmentChanged(segment(message.segment_changed.segment))
        case "lecture_changed":
            change = message.lecture_changed.change
            change_name = name_of(values.LectureChange, event_pb2.LectureChange.DESCRIPTOR, change)
            return values.LectureChanged(change_name, lecture(message.lecture_changed.lecture))
        case "system":
            return values.SystemNotice(reason_of(message.system.reason), message.system.detail)
        case "heartbeat":
            told = message.heartbeat
            return values.Heartbeat(moment_in_time(told.low_watermark) if told.HasField("low_watermark") else None)
        case _:
            return None


def status(message: system_pb2.GetStatusResponse) -> values.Status:
    """The daemon about itself."""
    return _same(
        values.Status,
        message,
        start_time=moment_in_time(message.start_time),
        encoder=_same(values.EncoderStatus, message.encoder),
        queues=[_same(values.QueueStatus, queue) for queue in message.queues],
        workers=[_same(values.WorkerStatus, worker) for worker in message.workers],
        recovery=tuple(message.recovery),
        stages=[_same(values.StageStatus, stage) for stage in message.stages],
        frames=_same(values.FrameCounts, message.frames),
        load=_same(values.LoadStatus, message.load),
        summariser=_same(
            values.SummariserStatus,
            message.summariser,
            state=name_of(values.SummariserState, system_pb2.SummariserState.DESCRIPTOR, message.summariser.state),
        ),
    )
