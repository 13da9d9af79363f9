"""What a segment's notes and its summary are made of."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hallscribed.domain.event import Segment, TextState
from hallscribed.domain.lecture import Cue
from hallscribed.pipeline.notes import material_of, speech_during


def segment(number: int, start: float, end: float, title: str = "", text: str = "") -> Segment:
    return Segment(number, start, end, title, text, TextState.DONE, "", TextState.PENDING, has_picture=True)


def test_a_long_cue_is_shared_among_the_slides_that_were_shown() -> None:
    cue = Cue(0.0, 60.0, " ".join(f"word{n}" for n in range(60)))
    said = [speech_during([cue], segment(n, 20.0 * n, 20.0 * n + 20)).split() for n in range(3)]
    assert [word for words in said for word in words] == cue.text.split()
    assert all(len(words) >= 10 for words in said)


def test_speech_without_blanks_is_shared_as_well() -> None:
    cue = Cue(0.0, 60.0, "".join(chr(0x4E00 + n) for n in range(600)))
    said = [speech_during([cue], segment(n, 20.0 * n, 20.0 * n + 20)) for n in range(3)]
    assert "".join(said).replace(" ", "") == cue.text
    assert all(said)


def test_what_is_said_before_the_first_slide_and_behind_the_last_counts_to_them() -> None:
    cues = [Cue(0.0, 5.0, "welcome"), Cue(12.0, 15.0, "first"), Cue(90.0, 95.0, "goodbye")]
    assert speech_during(cues, segment(1, 10.0, 20.0), first=True, last=True) == "welcome first goodbye"
    assert speech_during(cues, segment(1, 10.0, 20.0)) == "first"


def lecture(segments: list[Segment]) -> Any:
    """As much of a store as summaries ask."""

    def some(first: int = 0, limit: int = -1) -> list[Segment]:
        found = [each for each in segments if each.number >= first]
        return found if limit < 0 else found[:limit]

    def before(number: int) -> int | None:
        return max((each.number for each in segments if each.number < number), default=None)

    return SimpleNamespace(segments=some, segment_before=before, cues=list)


def test_what_stands_on_every_slide_is_nothing_to_sum_up() -> None:
    footer = "CS 161: Design and Analysis of Algorithms"
    slides = [
        segment(n, n, n + 1, f"Title {n}", f"Title {n}\nAbout matter {'abcdefgh'[n]}\n{footer}\nPage {n}")
        for n in range(1, 8)
    ]
    found = material_of(lecture(slides), 4)
    assert found is not None
    assert found[:2] == ("Title 4", "About matter e")


def test_a_slide_that_grows_keeps_its_lines() -> None:
    lines = ["Pick a pivot", "Partition", "Recurse", "Stop"]
    slides = [segment(n, n, n + 1, "Quicksort", "\n".join(lines[:n])) for n in range(1, 5)]
    assert material_of(lecture(slides), 3) == ("Quicksort", "Pick a pivot\nPartition\nRecurse", "")
    assert material_of(lecture(slides), 9) is None
