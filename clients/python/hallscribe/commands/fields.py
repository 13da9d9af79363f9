"""The JSON objects that the command prints, in one place: their names are a promise to programs."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from hallscribe.camera import CameraState
from hallscribe.values import Event, FrameCounts, Lecture, Moment, NotesSection, Progress, Source, SourceState, Status


def lecture_fields(lecture: Lecture) -> dict[str, Any]:
    """A lecture of `lectures`."""
    return {
        "lecture": lecture.lecture_id,
        "uid": lecture.uid,
        "state": lecture.state.value,
        "frames": lecture.frames,
        "durable_position": lecture.durable_position,
        "duration_s": lecture.duration_s,
        "title": lecture.title,
        "pending_jobs": lecture.pending_jobs,
        **asdict(lecture.counts),
    }


def event_fields(event: Event) -> dict[str, Any]:
    """An event of `events`."""
    return {
        "id": event.event_id,
        "time_s": event.time_s,
        "kind": event.kind.value,
        "confidence": event.confidence,
        "evidence": dict(sorted(event.evidence.items())),
        "title": event.title,
        "segment": event.segment_number,
        "revisited_segment": event.revisited_segment,
        "position": event.position,
    }


def moment_fields(moment: Moment) -> dict[str, Any]:
    """A moment of `search`."""
    return {
        "lecture": moment.lecture_id,
        "start_s": moment.start_s,
        "end_s": moment.end_s,
        "score": moment.score,
        "routes": list(dict.fromkeys(hit.route.value for hit in moment.hits)),
        "title": moment.title,
        "snippet": moment.snippet,
        "segment": moment.segment_number,
        "hits": [asdict(hit) for hit in moment.hits],
    }


def progress_fields(progress: Progress) -> dict[str, Any]:
    """A step of `ingest`."""
    return {
        "received_position": progress.received_position,
        "durable_position": progress.durable_position,
        **asdict(progress.counts),
        **({"trouble": progress.trouble} if progress.trouble else {}),
    }


def camera_fields(state: CameraState) -> dict[str, Any]:
    """What `watch` says when pictures begin to come, or come no more."""
    return {"camera": "live" if state.live else "away", "detail": state.detail, "again_in_s": state.again_in_s}


def progress_of_lecture(lecture: Lecture) -> Progress:
    """A lecture as the last step of its ingest."""
    return Progress(lecture.durable_position, lecture.durable_position, lecture.counts)


def progress_of_source(source: Source, before: FrameCounts) -> Progress:
    """A source as a step of the ingest of its lecture, which had these frames before."""
    counts = total(before, counts_of(source))
    return Progress(source.durable_position, source.durable_position, counts, trouble=trouble_of(source))


def trouble_of(source: Source) -> str:
    """What a source that runs waits for; empty when all is well, and once it has ended."""
    return source.detail if source.state is SourceState.RUNNING else ""


def counts_of(source: Source) -> FrameCounts:
    """The frames that a source has brought."""
    return FrameCounts(source.kept, source.reused, source.skipped, source.rejected)


def total(one: FrameCounts, other: FrameCounts) -> FrameCounts:
    """Both together."""
    return replace(one, **{name: count + getattr(other, name) for name, count in asdict(one).items()})


def less(one: FrameCounts, other: FrameCounts) -> FrameCounts:
    """One without the other, which may have grown since."""
    return replace(one, **{name: max(0, count - getattr(other, name)) for name, count in asdict(one).items()})


def section_fields(section: NotesSection) -> dict[str, Any]:
    """A section of `notes`."""
    segment = asdict(section.segment)
    segment["segment"] = segment.pop("segment_number")
    event = event_fields(section.event) if section.event is not None else None
    return {**segment, "event": event, "speech": section.speech}


def status_fields(status: Status) -> dict[str, Any]:
    """The answer of `status`."""
    return {**asdict(status), "start_time": status.start_time.isoformat()}
