"""Notes of a lecture: its segments with what was shown and said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hallscribed.domain.event import Event, Segment
from hallscribed.domain.lecture import Cue
from hallscribed.ports import LectureStore


@dataclass(frozen=True, slots=True)
class Section:
    """One segment's notes; ``event`` is None for the first, ``speech`` empty without captions."""

    segment: Segment
    event: Event | None
    speech: str


def sections(store: LectureStore) -> list[Section]:
    """A section for each segment, by time."""
    events = {event.segment: event for event in store.events()}
    cues = store.cues()
    segments = store.segments()
    return [
        Section(segment, events.get(segment.number), speech_during(cues, segment, last=segment is segments[-1]))
        for segment in segments
    ]


def speech_during(cues: Sequence[Cue], segment: Segment, *, last: bool = False) -> str:
    """What was said in a segment: the cues whose middle lies in it; the last one takes what comes after, too."""
    said = []
    for cue in cues:
        middle = (cue.start + cue.end) / 2
        if middle >= segment.start and (last or middle < segment.end):
            said.append(cue.text)
    return " ".join(" ".join(said).split())


def material_of(store: LectureStore, number: int) -> tuple[str, str, str] | None:
    """What there is to sum a segment up from: title, slide's text, speech; None when it stands no more."""
    found = store.segments(number, 2)
    if not found or found[0].number != number:
        return None
    segment = found[0]
    return segment.title, segment.text, speech_during(store.cues(), segment, last=len(found) == 1)
