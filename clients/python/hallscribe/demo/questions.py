"""What the demonstration asks: the built-in lecture in other words than its own, any other by what was read there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hallscribe.demo.labels import pick_spaced
from hallscribe.notes import clock
from hallscribe.values import EventKind, Notes

MANY = 5
_LEAST_WORDS, _MOST_WORDS = 5, 9


@dataclass(frozen=True, slots=True)
class Question:
    """A question to the lecture.

    Attributes:
        words: what is searched for; for a frame, what is shown to people.
        origin: where the question comes from, for people.
        expected: where the answer lies, (from, to) in seconds, when that is known.
        frame_s: when set, the frame at this time is the query instead of the words.
    """

    words: str
    origin: str
    expected: tuple[float, float] | None = None
    frame_s: float | None = None


# Only the slide's text tells the third's answer, only the speaker the second's and the fifth's, only what the slides
# look like the last two's.
SAMPLE_QUESTIONS = (
    Question("Why does the sun turn red in the evening?", "slide and speech", (129.0, 150.0)),
    Question("An experiment in the kitchen with milk and a flashlight", "speech only", (108.0, 124.0)),
    Question("How big is a cloud droplet?", "slide only", (108.0, 124.0)),
    Question("Python function for the brightness of scattered light", "slide", (88.0, 108.0)),
    Question("Who discovered the colours of the rainbow in sunlight?", "speech only", (14.0, 24.0)),
    Question("Source code on a slide", "picture only", (88.0, 108.0)),
    Question("A slide with a diagram", "picture only", (129.0, 150.0)),
)


def answers_as_expected(question: Question, start_s: float) -> bool | None:
    """Whether a moment that starts then answers the question; None when nobody knows.

    As search is measured: the start lies between 5 s before the answer's span and its end.
    """
    if question.expected is None:
        return None
    return question.expected[0] - 5 <= start_s <= question.expected[1]


def questions_about(notes: Notes) -> list[Question]:
    """Up to five questions about any lecture: titles read from it, then words said in it, then frames of it."""
    found = _titles(notes, 3)
    found += _said(notes, MANY - len(found))
    if len(found) < MANY:
        found += [question for question in _titles(notes, MANY) if question not in found][: MANY - len(found)]
    if len(found) < MANY:
        found += _frames(notes, MANY - len(found))
    return found


def _titles(notes: Notes, most: int) -> list[Question]:
    lengths: dict[str, float] = {}
    starts: dict[str, float] = {}
    for section in notes.sections:
        title, segment = " ".join(section.segment.title.split()), section.segment
        if re.search(r"\w{3}", title):
            lengths[title] = lengths.get(title, 0.0) + segment.end_s - segment.start_s
            starts.setdefault(title, segment.start_s)
    picked = pick_spaced(list(lengths.values()), list(starts.values()), most) if most else []
    titles = list(lengths)
    return [Question(titles[index], "made from a slide's title") for index in picked]


def _said(notes: Notes, most: int) -> list[Question]:
    """From speech spread over the lecture, the few words in a row of one sentence with the most letters a word."""
    phrases: list[tuple[float, str, float]] = []
    for section in notes.sections:
        sentences = [sentence.split() for sentence in re.split(r"[.?!]+\s", section.speech)]
        runs = [
            words[at : at + _MOST_WORDS]
            for words in sentences
            if len(words) >= _LEAST_WORDS
            for at in range(max(1, len(words) - _MOST_WORDS + 1))
        ]
        if runs:
            best = max(runs, key=_weight)
            phrases.append((section.segment.start_s, " ".join(best).strip(".,;:?!- "), _weight(best)))
    picked = pick_spaced([weight for _, _, weight in phrases], [time for time, _, _ in phrases], most) if most else []
    return [Question(phrases[index][1], "made from the captions") for index in picked]


def _weight(words: Sequence[str]) -> float:
    return sum(len(word) for word in words) / len(words)


def _frames(notes: Notes, most: int) -> list[Question]:
    shown = [
        section.segment
        for section in notes.sections
        if section.event is None or section.event.kind is not EventKind.BLANK
    ]
    times = [(segment.start_s + segment.end_s) / 2 for segment in shown]
    picked = pick_spaced([segment.end_s - segment.start_s for segment in shown], times, most)
    return [
        Question(f"What looks like {clock(times[index])}?", "the frame itself", frame_s=times[index])
        for index in picked
    ]
