"""What the demonstration asks, and how it judges events and answers."""

from __future__ import annotations

from datetime import UTC, datetime

from hallscribe.demo.lecture import SHOTS, TruthRow
from hallscribe.demo.questions import (
    SAMPLE_QUESTIONS,
    Question,
    answers_as_expected,
    questions_about,
)
from hallscribe.demo.truth import matched
from hallscribe.values import (
    Event,
    EventKind,
    FrameCounts,
    Lecture,
    LectureState,
    Notes,
    NotesSection,
    Segment,
    SummaryKind,
    TextState,
)


def notes(titles: list[str], speech: str = "") -> Notes:
    lecture = Lecture(
        "l", "u", "", LectureState.FINISHED, 1, 1, 10.0, datetime(2026, 1, 1, tzinfo=UTC), 0, FrameCounts()
    )
    done = TextState.DONE
    sections = [
        NotesSection(
            Segment(i + 1, 10.0 * i, 10.0 * i + 10, title, "", done, "", SummaryKind.UNSPECIFIED, done, True),
            None,
            speech and f"{speech} {i}",
        )
        for i, title in enumerate(titles)
    ]
    return Notes(lecture, sections)


def event(time: float) -> Event:
    return Event(str(time), "l", "u", EventKind.SLIDE_CHANGE, time, 1.0, {}, "", 1, 0, 1)


def test_the_sample_is_asked_in_words_of_its_own_about_spans_of_its_script() -> None:
    starts = {shot.start_s for shot in SHOTS}
    said = {shot.speech for shot in SHOTS}
    assert len(SAMPLE_QUESTIONS) == 7
    assert sum(question.origin == "picture only" for question in SAMPLE_QUESTIONS) == 2
    for question in SAMPLE_QUESTIONS:
        assert question.expected is not None and question.expected[0] in starts
        assert not any(question.words.strip("?") in speech for speech in said)


def test_five_questions_from_titles_and_captions() -> None:
    found = questions_about(
        notes([f"Title number {i}" for i in range(9)], "wonderful gradients descending slowly here")
    )
    assert [question.origin for question in found] == ["made from a slide's title"] * 3 + ["made from the captions"] * 2
    assert len({question.words for question in found}) == 5


def test_without_captions_titles_fill_up() -> None:
    found = questions_about(notes([f"Title number {i}" for i in range(9)]))
    assert [question.origin for question in found] == ["made from a slide's title"] * 5


def test_words_from_the_captions_stay_within_a_sentence() -> None:
    found = questions_about(notes([""], "Extraordinarily short. These five words come next. No"))
    assert found[0].words == "These five words come next"


def test_with_nothing_read_frames_are_asked_for() -> None:
    found = questions_about(notes(["", "--", ""]))
    assert [question.frame_s for question in found] == [5.0, 15.0, 25.0]
    assert found[1].words == "What looks like 0:15?"


def test_an_empty_lecture_is_asked_nothing() -> None:
    assert questions_about(notes([])) == []


def test_a_title_shown_twice_is_asked_for_once() -> None:
    words = [question.words for question in questions_about(notes(["Same title", "Same  title", "Other title"]))]
    assert words.count("Same title") == 1


def test_answers_as_expected() -> None:
    question = Question("q", "o", (20.0, 30.0))
    assert answers_as_expected(question, 15.0) is True
    assert answers_as_expected(question, 30.0) is True
    assert answers_as_expected(question, 14.9) is False
    assert answers_as_expected(Question("q", "o"), 1.0) is None


def test_matching_is_one_to_one_and_leaves_ink_out() -> None:
    truth = [TruthRow(10, "slide", 10), TruthRow(20, "ink", 30), TruthRow(40, "build", 40), TruthRow(50, "blank", 50)]
    events = [event(9.0), event(11.5), event(25.0), event(41.0), event(60.0)]
    assert matched(truth, events) == (2, [TruthRow(50, "blank", 50)], 2)
    assert matched([], []) == (0, [], 0)
