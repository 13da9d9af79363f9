"""Notes of a lecture: its segments with what was shown and said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hallscribed.domain.event import Event, Segment
from hallscribed.domain.lecture import Cue
from hallscribed.pipeline.passages import parts_of
from hallscribed.pipeline.sentences import figures_alike, plain
from hallscribed.ports import LectureStore

# Slides before and behind one that tell what is repeated; on so many of other titles, and such a share of them, a line
# is a header or footer.
_AROUND = 12
_REPEATED, _REPEATED_SHARE = 3, 0.4


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
        Section(
            segment,
            events.get(segment.number),
            speech_during(cues, segment, first=segment is segments[0], last=segment is segments[-1]),
        )
        for segment in segments
    ]


def speech_during(cues: Sequence[Cue], segment: Segment, *, first: bool = False, last: bool = False) -> str:
    """What was said in a segment: the cues, or parts of long ones, whose middle lies in it.

    Args:
        first, last: what comes before the first segment, and after the last one, counts to it.
    """
    said = []
    for cue in cues:
        if (first or cue.end > segment.start) and (last or cue.start < segment.end):
            for part in parts_of(cue):
                middle = (part.start + part.end) / 2
                if (first or middle >= segment.start) and (last or middle < segment.end):
                    said.append(part.text)
    return " ".join(" ".join(said).split())


def material_of(store: LectureStore, number: int) -> tuple[str, str, str] | None:
    """What there is to sum a segment up from: title, slide's text, speech; None when it stands no more.

    The text is without the lines that other slides have, too: running headers and footers.
    """
    first = max(1, number - _AROUND)
    around = store.segments(first, 2 * _AROUND + 1)
    place = next((place for place, segment in enumerate(around) if segment.number == number), None)
    if place is None:
        return None
    segment, last = around[place], place + 1 == len(around)
    is_first = store.segment_before(number) is None
    speech = speech_during(store.cues(), segment, first=is_first, last=last)
    return segment.title, _own_lines(segment, around), speech


def _own_lines(segment: Segment, around: Sequence[Segment]) -> str:
    """The lines that do not stand on several slides of other titles; those of one title may be one slide growing."""
    others: dict[str, set[str]] = {}
    for other in around:
        if other.title != segment.title:
            others.setdefault(other.title, set()).update(map(_told, other.text.splitlines()))
    often = max(_REPEATED, _REPEATED_SHARE * len(others))
    return "\n".join(
        line for line in segment.text.splitlines() if sum(_told(line) in lines for lines in others.values()) < often
    )


def _told(line: str) -> str:
    return figures_alike(plain(line)).strip("0")
