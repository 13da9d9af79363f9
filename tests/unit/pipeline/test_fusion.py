"""Fusing routes and methods."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hallscribed.domain.moment import Hit, Route
from hallscribed.pipeline.fusion import fuse

SAID, WRITTEN, SEEN = Route.SAID, Route.WRITTEN, Route.SEEN


def hits(route: Route, method: str, *found: tuple[str, float, float, float]) -> list[Hit]:
    """(lecture, start, end, score), best first."""
    return [
        Hit(uid, route, method, rank, score, start, end, f"{uid} {start}")
        for rank, (uid, start, end, score) in enumerate(found, 1)
    ]


def places(*lists: list[Hit]) -> list[tuple[str, float]]:
    return [(place.hit.lecture_uid, place.hit.start) for place in fuse(lists)]


def test_nothing_found_is_no_place() -> None:
    assert fuse([]) == fuse([[], []]) == []


def test_one_list_keeps_its_order() -> None:
    found = hits(SAID, "dense", ("a", 50, 58, 0.9), ("b", 10, 18, 0.5), ("a", 0, 8, -0.2))
    assert places(found) == [("a", 50), ("b", 10), ("a", 0)]
    assert fuse([found])[0].score == pytest.approx(1 / 61)


def test_methods_are_fused_by_rank_whatever_their_scores() -> None:
    words = hits(SAID, "full_text", ("a", 0, 8, 30.0), ("b", 0, 8, 29.0))
    meaning = hits(SAID, "dense", ("b", 0, 8, 0.9), ("c", 0, 8, 0.1), ("a", 0, 8, 0.05))
    assert places(words, meaning) == [("b", 0), ("a", 0), ("c", 0)]
    assert fuse([words, meaning])[0].score == pytest.approx(1 / 62 + 1 / 61)


def test_a_place_not_found_by_words_gets_nothing_from_them() -> None:
    words = hits(SAID, "full_text", ("a", 0, 8, 3.0))
    meaning = hits(SAID, "dense", ("b", 0, 8, 0.9), ("a", 0, 8, 0.1))
    scores = {place.hit.lecture_uid: place.score for place in fuse([words, meaning])}
    assert scores["b"] == pytest.approx(1 / 61)
    assert scores["a"] == pytest.approx(1 / 61 + 1 / 62)


def test_a_place_that_no_picture_was_held_to_match_gets_nothing_from_pictures() -> None:
    meaning = hits(SAID, "dense", ("a", 0, 8, 0.9), ("b", 0, 8, 0.8), ("c", 0, 8, 0.7))
    seen = hits(SEEN, "visual", ("c", 0, 30, 0.6), ("d", 0, 30, 0.5))
    scores = {place.hit.lecture_uid: place.score for place in fuse([meaning, seen])}
    assert scores["a"] == pytest.approx(1 / 61)
    assert scores["b"] == pytest.approx(1 / 62)
    assert scores["c"] == pytest.approx(1 / 63 + 1 / 61)
    assert scores["d"] == pytest.approx(1 / 62), "a picture has no meaning in words"


def test_a_slide_that_is_shown_speaks_for_what_is_said_meanwhile() -> None:
    said = hits(SAID, "dense", ("a", 40, 48, 0.50), ("b", 40, 48, 0.49))
    slide = hits(WRITTEN, "dense", ("b", 30, 300, 0.6), ("c", 0, 90, 0.1))
    best = fuse([said, slide])[0]
    assert (best.hit.lecture_uid, best.hit.start) == ("b", 40)
    assert {hit.route for hit in best.evidence} == {SAID, WRITTEN}


def test_evidence_counts_only_while_it_holds_and_in_its_own_lecture() -> None:
    said = hits(SAID, "dense", ("a", 40, 48, 0.50), ("b", 40, 48, 0.49))
    over = hits(WRITTEN, "dense", ("b", 30, 40, 0.9), ("c", 40, 48, 0.1))
    found = {(place.hit.lecture_uid, place.hit.start): place for place in fuse([said, over])}
    assert [hit.route for hit in found["b", 40].evidence] == [SAID]
    assert [hit.route for hit in found["a", 40].evidence] == [SAID]


def test_the_same_interval_found_twice_is_one_place() -> None:
    said = hits(SAID, "full_text", ("a", 0, 8, 2.0)), hits(SAID, "dense", ("a", 0, 8, 0.5))
    assert len(fuse(said)) == 1
    assert len(fuse(said)[0].evidence) == 2


def test_of_several_texts_of_one_slide_the_best_is_told() -> None:
    chunks = hits(WRITTEN, "full_text", ("a", 0, 90, 9.0), ("a", 0, 90, 3.0))
    worse_first = hits(WRITTEN, "dense", ("a", 0, 90, 0.2))
    chunks[0], chunks[1] = replace(chunks[0], text="with the words"), replace(chunks[1], text="without them")
    assert [place.hit.text for place in fuse([chunks, [replace(worse_first[0], text="neither")]])] == ["with the words"]


def test_equal_scores_put_the_shorter_interval_first() -> None:
    said = hits(SAID, "dense", ("a", 0, 8, 0.5))
    slide = hits(WRITTEN, "dense", ("a", 0, 200, 0.5))
    assert [place.hit.route for place in fuse([slide, said])] == [SAID, WRITTEN]


def test_finds_without_duration_still_hold_at_their_start() -> None:
    seen = hits(SEEN, "visual", ("a", 5, 5, -0.1), ("a", 9, 9, -0.4))
    found = fuse([seen])
    assert [place.hit.start for place in found] == [5, 9]
    assert all(place.evidence for place in found)


def test_the_answer_does_not_depend_on_the_order_of_the_lists() -> None:
    lists = [
        hits(SAID, "full_text", ("a", 0, 8, 3.0), ("b", 0, 8, 2.0), ("b", 9, 20, 2.0)),
        hits(WRITTEN, "full_text", ("b", 0, 90, 4.0)),
        hits(SAID, "dense", ("b", 9, 20, 0.7), ("a", 0, 8, 0.6)),
    ]
    assert places(*lists) == places(*reversed(lists))


def test_equal_places_of_several_lectures_come_in_order_of_their_uids() -> None:
    uids = [f"u{number:02}" for number in range(30)]
    tied = hits(SAID, "dense", *((uid, 0, 8, 0.5) for uid in reversed(uids)))
    assert [uid for uid, _ in places(tied)] == uids
