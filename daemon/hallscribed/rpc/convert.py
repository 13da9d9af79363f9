"""Values to messages and back. Each function knows one type."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp

from hallscribe.v1 import error_pb2, event_pb2, ingest_pb2, lecture_pb2, notes_pb2, search_pb2
from hallscribed.domain.errors import Reason
from hallscribed.domain.event import Event, EventKind, Segment, SummaryKind, TextState
from hallscribed.domain.frame import Acknowledgement, EncodedFrame, ImageFormat, Outcome
from hallscribed.domain.lecture import Lecture, LectureState
from hallscribed.domain.moment import Moment, Route
from hallscribed.domain.record import (
    EventAdded,
    EventChanged,
    EventWithdrawn,
    FeedRecord,
    LectureChange,
    LectureChanged,
    SegmentChanged,
)
from hallscribed.pipeline.notes import Section
from hallscribed.pipeline.sources import SourceReport, SourceState

_FORMATS = {
    ingest_pb2.IMAGE_FORMAT_UNSPECIFIED: ImageFormat.AUTO,
    ingest_pb2.IMAGE_FORMAT_JPEG: ImageFormat.JPEG,
    ingest_pb2.IMAGE_FORMAT_PNG: ImageFormat.PNG,
    ingest_pb2.IMAGE_FORMAT_RAW_RGB: ImageFormat.RAW_RGB,
}


# From the year 2000 to the last that a Timestamp holds.
_CLOCK_SAYS_S = (946_684_800, 253_402_300_799)


def timestamp(unix_s: float) -> Timestamp:
    """Unix seconds to a Timestamp."""
    stamp = Timestamp()
    stamp.FromNanoseconds(round(unix_s * 1e6) * 1000)
    return stamp


def unix_s(stamp: Timestamp) -> float:
    """A Timestamp to Unix seconds."""
    return stamp.seconds + stamp.nanos / 1e9


def capture_time(stamp: Timestamp) -> float | None:
    """When a frame was captured, in Unix seconds; None where the clock cannot have said so.

    A camera box that lost its battery is in 1970, or anywhere: that says nothing, but its picture is as good.
    """
    told = unix_s(stamp)
    return told if _CLOCK_SAYS_S[0] <= told < _CLOCK_SAYS_S[1] else None


def reason(value: Reason | None) -> error_pb2.ErrorReason.ValueType:
    """The wire's name of a reason."""
    return error_pb2.ErrorReason.Value("ERROR_REASON_" + (value.value if value else "UNSPECIFIED"))


def lecture(value: Lecture) -> lecture_pb2.Lecture:
    """A lecture as it stands."""
    counts = {outcome.value: count for outcome, count in value.counts.items()}
    return lecture_pb2.Lecture(
        lecture_id=value.lecture_id,
        uid=value.uid,
        title=value.title,
        state=lecture_state(value.state),
        frames=value.frames,
        durable_position=value.durable_position,
        duration_s=value.duration,
        create_time=timestamp(value.created),
        pending_jobs=value.pending_jobs,
        counts=lecture_pb2.FrameCounts(**counts),
    )


def lecture_state(value: LectureState) -> lecture_pb2.LectureState.ValueType:
    """Where a lecture is in its life."""
    return lecture_pb2.LectureState.Value("LECTURE_STATE_" + value.name)


def frame(message: ingest_pb2.Frame) -> EncodedFrame:
    """A frame as it came; an unknown format is left to the first bytes."""
    return EncodedFrame(
        position=message.position,
        media_time=message.media_time_s,
        data=message.image,
        format=_FORMATS.get(message.format, ImageFormat.AUTO),
        width=message.width,
        height=message.height,
        capture_time=capture_time(message.capture_time) if message.HasField("capture_time") else None,
    )


def acknowledgement(value: Acknowledgement) -> ingest_pb2.FrameAcknowledgement:
    """What became of frames."""
    return ingest_pb2.FrameAcknowledgement(
        position=value.position,
        count=value.count,
        outcome=outcome(value.outcome),
        reason=reason(value.reason),
        detail=value.detail,
        duplicate=value.duplicate,
    )


def outcome(value: Outcome) -> ingest_pb2.FrameOutcome.ValueType:
    """The wire's name of an outcome."""
    return ingest_pb2.FrameOutcome.Value("FRAME_OUTCOME_" + value.name)


def event(value: Event, lecture_id: str, uid: str) -> event_pb2.Event:
    """An event of a lecture."""
    return event_pb2.Event(
        event_id=value.event_id,
        lecture_id=lecture_id,
        lecture_uid=uid,
        kind=kind(value.kind),
        time_s=value.media_time,
        confidence=value.confidence,
        evidence=dict(value.evidence),
        title=value.title,
        segment_number=value.segment,
        revisited_segment=value.revisited,
        position=value.position,
    )


def kind(value: EventKind) -> event_pb2.EventKind.ValueType:
    """The wire's name of a kind."""
    return event_pb2.EventKind.Value("EVENT_KIND_" + value.name)


def segment(value: Segment) -> event_pb2.Segment:
    """A segment with its texts."""
    summarised = value.summary_state not in (TextState.PENDING, TextState.FAILED)
    return event_pb2.Segment(
        segment_number=value.number,
        start_s=value.start,
        end_s=value.end,
        title=value.title,
        text=value.text,
        text_state=text_state(value.text_state),
        summary=value.summary,
        summary_kind=summary_kind(value.summary_kind) if summarised else event_pb2.SUMMARY_KIND_UNSPECIFIED,
        summary_state=text_state(value.summary_state),
        has_picture=value.has_picture,
        summary_detail=value.summary_detail,
    )


def summary_kind(value: SummaryKind) -> event_pb2.SummaryKind.ValueType:
    """The wire's name of how a summary was made."""
    return event_pb2.SummaryKind.Value("SUMMARY_KIND_" + value.name)


def text_state(value: TextState) -> event_pb2.TextState.ValueType:
    """Where a text stands."""
    return event_pb2.TextState.Value("TEXT_STATE_" + value.name)


def section(value: Section, lecture_id: str, uid: str) -> notes_pb2.NotesSection:
    """One segment's notes."""
    message = notes_pb2.NotesSection(segment=segment(value.segment), speech=value.speech)
    if value.event is not None:
        message.event.CopyFrom(event(value.event, lecture_id, uid))
    return message


def feed_record(value: FeedRecord, token: bytes) -> event_pb2.SubscribeResponse:
    """A record of the feed, with its token."""
    message = event_pb2.SubscribeResponse(
        token=token,
        record_time=timestamp(value.time),
        lecture_id=value.lecture_id,
        lecture_uid=value.uid,
    )
    record = value.record
    if isinstance(record, EventAdded):
        message.event_added.event.CopyFrom(event(record.event, value.lecture_id, value.uid))
    elif isinstance(record, EventChanged):
        message.event_changed.event.CopyFrom(event(record.event, value.lecture_id, value.uid))
    elif isinstance(record, EventWithdrawn):
        message.event_withdrawn.event_id = record.event_id
        message.event_withdrawn.detail = record.detail
    elif isinstance(record, SegmentChanged):
        message.segment_changed.segment.CopyFrom(segment(record.segment))
    elif isinstance(record, LectureChanged):
        message.lecture_changed.change = lecture_change(record.change)
        message.lecture_changed.lecture.CopyFrom(lecture(record.lecture))
    else:
        message.system.reason = reason(record.reason)
        message.system.detail = record.detail
    return message


def lecture_change(value: LectureChange) -> event_pb2.LectureChange.ValueType:
    """The wire's name of a change."""
    return event_pb2.LectureChange.Value("LECTURE_CHANGE_" + value.name)


def route(value: Route) -> search_pb2.SearchRoute.ValueType:
    """The wire's name of a route."""
    return search_pb2.SearchRoute.Value("SEARCH_ROUTE_" + value.name)


def moment(value: Moment, lecture_id: str, number: int, title: str) -> search_pb2.Moment:
    """A moment, with the lecture's id and what was shown."""
    hits = [
        search_pb2.RouteHit(route=route(hit.route), method=hit.method, rank=hit.rank, score=hit.score)
        for hit in value.hits
    ]
    return search_pb2.Moment(
        lecture_id=lecture_id,
        lecture_uid=value.lecture_uid,
        start_s=value.start,
        end_s=value.end,
        score=value.score,
        hits=hits,
        title=title,
        snippet=value.snippet,
        segment_number=number,
    )


def source(value: SourceReport) -> ingest_pb2.Source:
    """An attached source as it stands."""
    counts = value.counts
    return ingest_pb2.Source(
        source_id=value.source_id,
        lecture_id=value.lecture_id,
        path=value.path,
        state=source_state(value.state),
        detail=value.detail,
        durable_position=value.durable_position,
        position_s=value.position_s,
        duration_s=value.duration_s,
        kept=counts[Outcome.KEPT],
        reused=counts[Outcome.REUSED],
        skipped=counts[Outcome.SKIPPED],
        rejected=counts[Outcome.REJECTED] + counts[Outcome.FAILED],
    )


def source_state(value: SourceState) -> ingest_pb2.SourceState.ValueType:
    """Where a source is in its life."""
    return ingest_pb2.SourceState.Value("SOURCE_STATE_" + value.name)
