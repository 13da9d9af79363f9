"""Passages: the stretches of text that search finds, cut from captions and from slides.

A spoken passage is short, so that its start is where the words are; what was said around it is taken into account
by its neighbours (see ``neighbours``), since a few seconds of speech alone seldom say what they are about.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from hallscribed.domain.event import Segment
from hallscribed.domain.lecture import Cue
from hallscribed.domain.moment import MAX_MOMENT_S, Passage, Route
from hallscribed.pipeline.sentences import unbroken

SPOKEN_S = 6.0
LONGEST_SPOKEN_S = 12.0
PAUSE_S = 5.0
NEIGHBOURHOOD_S = 20.0
_NEIGHBOURS = 8
WRITTEN_WORDS = 120
# Letters; in scripts that part their words hardly one is longer.
_LONGEST_WORD = 40
_SENTENCE_END = re.compile(r"[.?!\u2026\u3002][\"')\]\u201d\u2019]*$")


def said_passages(uid: str, cues: Sequence[Cue], segments: Sequence[Segment]) -> list[Passage]:
    """Cut captions into passages of 6 to 12 s, at the end of a sentence where there is one, and at pauses.

    Args:
        uid: the lecture's.
        cues: in order of their start; they may overlap.
        segments: what was shown, by time, to tell each passage's; may be empty.
    """
    starts = [segment.start for segment in segments]
    passages = []
    # A long cue's later parts begin after what is said during it.
    for group in _grouped(sorted((part for cue in cues for part in parts_of(cue)), key=lambda part: part.start)):
        start, end = group[0].start, max(cue.end for cue in group)
        place = bisect_right(starts, start) - 1
        number = segments[place].number if place >= 0 else 0
        text = " ".join(cue.text for cue in group)
        passages.append(Passage(uid, Route.SAID, start, min(end, start + MAX_MOMENT_S), number, text))
    return passages


def parts_of(cue: Cue) -> Iterator[Cue]:
    """A long cue in equal shares of its time and words; of its letters where it has no words, as in Chinese."""
    words, between = cue.text.split(), " "
    shares = math.ceil((cue.end - cue.start) / LONGEST_SPOKEN_S)
    if len(words) < shares and len(cue.text) > _LONGEST_WORD * max(1, len(words)):
        words, between = list(cue.text), ""
    count = min(len(words), shares)
    if count <= 1:
        yield cue
        return
    share = (cue.end - cue.start) / count
    for part in range(count):
        first, last = part * len(words) // count, (part + 1) * len(words) // count
        yield Cue(cue.start + part * share, cue.start + (part + 1) * share, between.join(words[first:last]).strip())


def _grouped(cues: Sequence[Cue]) -> Iterator[list[Cue]]:
    group: list[Cue] = []
    for cue in cues:
        if group and (cue.start - group[-1].end > PAUSE_S or cue.end - group[0].start > LONGEST_SPOKEN_S):
            yield group
            group = []
        group.append(cue)
        if cue.end - group[0].start >= SPOKEN_S and _SENTENCE_END.search(cue.text):
            yield group
            group = []
    if group:
        yield group


def written_passage(uid: str, segment_number: int, start: float, end: float, title: str, text: str) -> list[Passage]:
    """What was read from one segment: one passage, or several with the title repeated when it is very long.

    Empty when nothing was read.
    """
    title, words = " ".join(title.split()), unbroken(" ".join(text.split())).split()
    if words[: len(title.split())] == title.split():
        words = words[len(title.split()) :]
    if not title and not words:
        return []
    count = max(1, math.ceil(len(words) / WRITTEN_WORDS))
    chunks = [words[part * len(words) // count : (part + 1) * len(words) // count] for part in range(count)]
    return [
        Passage(uid, Route.WRITTEN, start, max(start, end), segment_number, " ".join([title, *chunk]).strip())
        for chunk in chunks
    ]


def neighbours(passages: Sequence[Passage]) -> list[range]:
    """For each passage, by time, the places of those within 20 s before and after it, itself included.

    At most eight on either side: in speech there are fewer, and captions that all lie at one time are not worth more.
    """
    starts = [passage.start for passage in passages]
    return [
        range(
            max(place - _NEIGHBOURS, bisect_right(starts, passage.start - NEIGHBOURHOOD_S - 1e-9)),
            min(place + _NEIGHBOURS + 1, max(place + 1, bisect_right(starts, passage.end + NEIGHBOURHOOD_S))),
        )
        for place, passage in enumerate(passages)
    ]
