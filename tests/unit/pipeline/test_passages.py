"""Cutting captions and slides into passages."""

from __future__ import annotations

import pytest

from hallscribed.domain.event import Segment, TextState
from hallscribed.domain.lecture import Cue
from hallscribed.domain.moment import MAX_MOMENT_S, Passage, Route
from hallscribed.pipeline.passages import neighbours, said_passages, written_passage


def segment(number: int, start: float, end: float) -> Segment:
    return Segment(number, start, end, "", "", TextState.DONE, "", TextState.DONE, True)


def spoken(start: float, end: float, text: str = "word") -> Passage:
    return Passage("u", Route.SAID, start, end, 0, text)


def test_passages_end_with_sentences_once_they_are_long_enough() -> None:
    cues = [Cue(0, 3, "Short."), Cue(3, 7, "Then this"), Cue(7, 9, "ends here."), Cue(9, 12, "Another one.")]
    passages = said_passages("u", cues, [])
    assert [(p.start, p.end, p.text) for p in passages] == [
        (0, 9, "Short. Then this ends here."),
        (9, 12, "Another one."),
    ]
    assert {(p.lecture_uid, p.route, p.segment) for p in passages} == {("u", Route.SAID, 0)}


def test_without_punctuation_twelve_seconds_are_the_limit() -> None:
    passages = said_passages("u", [Cue(2.0 * i, 2.0 * i + 2, f"w{i}") for i in range(60)], [])
    assert all(p.end - p.start <= 12 for p in passages)
    assert " ".join(p.text for p in passages).split() == [f"w{i}" for i in range(60)]


def test_a_pause_ends_a_passage() -> None:
    passages = said_passages("u", [Cue(0, 1, "before"), Cue(10, 11, "after")], [])
    assert [(p.start, p.text) for p in passages] == [(0, "before"), (10, "after")]


def test_a_long_cue_is_shared_out_by_time() -> None:
    passages = said_passages("u", [Cue(100, 220, " ".join(f"w{i}" for i in range(200)))], [])
    assert len(passages) >= 10
    assert (passages[0].start, passages[-1].end) == (100, 220)
    assert all(p.end - p.start <= 12.001 for p in passages)
    assert " ".join(p.text for p in passages).split() == [f"w{i}" for i in range(200)]


def test_what_is_said_during_a_long_cue_is_found_where_it_is_said() -> None:
    title = Cue(0, 60, "Linear Algebra Lecture Five")
    cues = [title, *(Cue(2.0 + 5 * i, 6.0 + 5 * i, f"Sentence {i}.") for i in range(11))]
    passages = said_passages("u", cues, [])
    starts = [passage.start for passage in passages]
    assert starts == sorted(starts)
    for number in range(11):
        (passage,) = [each for each in passages if f"Sentence {number}." in each.text]
        assert passage.start <= 2.0 + 5 * number <= passage.end


def test_no_passage_outlasts_a_moment() -> None:
    for cues in ([Cue(0, 604_000, "three words only")], [Cue(0, 1, "a"), Cue(0.5, 5000, "b"), Cue(1, 2, "c")]):
        passages = said_passages("u", cues, [])
        assert all(0 <= p.end - p.start <= MAX_MOMENT_S for p in passages)
        assert sorted(" ".join(p.text for p in passages).split()) == sorted(" ".join(c.text for c in cues).split())


def test_a_passage_knows_its_segment() -> None:
    cues = [Cue(0, 8, "One."), Cue(8, 16, "Two."), Cue(16, 24, "Three.")]
    passages = said_passages("u", cues, [segment(1, 5, 9), segment(2, 9, 99)])
    assert [p.segment for p in passages] == [0, 1, 2]


def test_nothing_said_is_no_passage() -> None:
    assert said_passages("u", [], []) == []


def test_a_slide_is_one_passage_with_its_title_once() -> None:
    assert written_passage("u", 3, 10, 400, "Memory  costs", "Memory costs\ncopying is slow") == [
        Passage("u", Route.WRITTEN, 10, 400, 3, "Memory costs copying is slow")
    ]
    assert written_passage("u", 3, 10, 20, "Title", "")[0].text == "Title"
    assert written_passage("u", 3, 10, 20, "", "text")[0].text == "text"
    assert written_passage("u", 3, 10, 20, " ", "\n") == []


def test_a_very_long_slide_is_split_and_keeps_its_title() -> None:
    words = [f"w{i}" for i in range(250)]
    passages = written_passage("u", 1, 0, 60, "Title", " ".join(words))
    assert len(passages) == 3
    assert all(p.text.startswith("Title ") and (p.start, p.end, p.segment) == (0, 60, 1) for p in passages)
    assert [word for p in passages for word in p.text.split()[1:]] == words


def test_neighbours_lie_within_twenty_seconds() -> None:
    passages = [spoken(10.0 * i, 10.0 * i + 8) for i in range(8)]
    assert neighbours(passages)[4] == range(2, 7)
    assert neighbours(passages)[0] == range(3)
    assert neighbours([]) == []


@pytest.mark.parametrize("count", [1, 2, 50])
def test_every_passage_is_its_own_neighbour(count: int) -> None:
    passages = [spoken(3.7 * i, 3.7 * i) for i in range(count)]
    assert all(place in near for place, near in enumerate(neighbours(passages)))


def test_captions_that_all_lie_at_one_time_have_few_neighbours() -> None:
    passages = [spoken(0.0, 7.0) for _ in range(2000)]
    near = neighbours(passages)
    assert max(map(len, near)) == 17
    assert all(place in each for place, each in enumerate(near))
