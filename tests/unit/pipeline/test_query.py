"""The query path over small fakes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from hallscribed.domain.embedding import Matrix, Neighbour, Vector
from hallscribed.domain.errors import DataDamaged, DeadlinePassed, InvalidRequest, NotFound, Reason
from hallscribed.domain.moment import Hit, Route
from hallscribed.pipeline.query import MAX_QUERY_CHARACTERS, Query, Sources, search

SAID, WRITTEN, SEEN = Route.SAID, Route.WRITTEN, Route.SEEN


class Box:
    """One lecture "a" with two segments; counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.segments_read = 0
        self.sources = Sources(self, self, self, self, self)  # type: ignore[arg-type]

    def full_text(self, query: str, route: Route, lecture_uids: Collection[str] | None, k: int) -> list[Hit]:
        self.asked.append(f"full_text {route}")
        return [Hit("a", route, "full_text", 1, 2.0, 100.0, 110.0, f"{route} words")] if "find" in query else []

    def dense(self, query: Vector, route: Route, lecture_uids: Collection[str] | None, k: int) -> list[Hit]:
        self.asked.append(f"dense {route}")
        return [Hit("a", route, "dense", 1, 0.5, 100.0, 110.0, f"{route} words")]

    def encode(self, texts: Sequence[str]) -> Matrix:
        self.asked.append("encode")
        return np.ones((len(texts), 4), np.float32)

    def is_cut(self, text: str) -> bool:
        return len(text) > 1000

    def project(self, vectors: Matrix) -> Matrix:
        return np.asarray(vectors[:, :2], np.float32)

    def search(self, query: Vector, uids: Collection[str] | None, k: int) -> list[tuple[str, Neighbour]]:
        self.asked.append("visual")
        assert query.shape == (2,)
        return [
            ("a", Neighbour(7, 0.9)),
            ("gone", Neighbour(1, 0.8)),
            ("a", Neighbour(8, 0.7)),
            ("a", Neighbour(9, 0.1)),
        ]

    def by_uid(self, uid: str) -> Any:
        if uid != "a":
            return None
        spans = {7: (20.0, 25.0), 8: (200.0, 201.0)}
        return SimpleNamespace(shown_at=self._shown_at, span_of=lambda ids: {i: spans[i] for i in ids if i in spans})

    def _shown_at(self, times: Sequence[float]) -> list[tuple[int, str]]:
        self.segments_read += 1
        return [(1, "First") if time < 90 else (2, "Second") for time in times]


@pytest.fixture
def box() -> Box:
    return Box()


def after(stages: int) -> Callable[[], bool]:
    """Expires once that many stages have run."""
    asked = iter(range(1000))
    return lambda: next(asked) >= stages


def test_a_text_query_walks_every_text_stage(box: Box) -> None:
    answer = search(Query(text="find it"), box.sources)
    assert box.asked == ["full_text said", "full_text written", "encode", "dense said", "dense written"]
    assert not answer.partial
    assert [(f.moment.lecture_uid, f.moment.start, f.segment, f.title) for f in answer.moments] == [
        ("a", 100.0, 2, "Second")
    ]
    assert {(hit.route, hit.method) for hit in answer.moments[0].moment.hits} == {
        (SAID, "full_text"),
        (SAID, "dense"),
        (WRITTEN, "full_text"),
        (WRITTEN, "dense"),
    }
    assert answer.moments[0].moment.snippet.endswith("words")
    assert box.segments_read == 1


def test_the_visual_route_says_why_text_cannot_ask_it(box: Box) -> None:
    answer = search(Query(text="find it"), box.sources)
    assert {report.route: report.available for report in answer.routes} == {SAID: True, WRITTEN: True, SEEN: False}
    alone = search(Query(text="find it", routes=[SEEN]), box.sources)
    assert (alone.moments, alone.partial) == ([], False)
    assert [(r.route, r.available) for r in alone.routes] == [(SEEN, False)]
    assert "not available with this bundle" in alone.routes[0].detail


def test_only_the_chosen_routes_are_asked(box: Box) -> None:
    answer = search(Query(text="find it", routes={WRITTEN}), box.sources)
    assert box.asked == ["full_text written", "encode", "dense written"]
    assert [report.route for report in answer.routes] == [WRITTEN]


def test_a_picture_finds_what_looks_like_it(box: Box) -> None:
    answer = search(Query(vector=np.ones(5, np.float32)), box.sources)
    assert box.asked == ["visual"]
    assert [(f.moment.start, f.segment, f.moment.snippet) for f in answer.moments] == [(20.0, 1, ""), (200.0, 2, "")]
    assert [(hit.method, hit.rank, hit.score) for hit in answer.moments[0].moment.hits] == [("visual", 1, 0.9)]
    assert {report.route: report.available for report in answer.routes} == {SAID: False, WRITTEN: False, SEEN: True}


def test_a_picture_has_no_words_to_look_up(box: Box) -> None:
    answer = search(Query(vector=np.ones(5, np.float32), routes=[SAID]), box.sources)
    assert (answer.moments, box.asked) == ([], [])
    assert "picture" in answer.routes[0].detail


def test_with_an_aligned_head_text_asks_the_visual_route_too(box: Box) -> None:
    sources = Sources(box, box, box, box, box, project_text=lambda vector: vector[:2])  # type: ignore[arg-type]
    answer = search(Query(text="find it"), sources)
    assert box.asked[-1] == "visual"
    assert all(report.available for report in answer.routes)
    assert SEEN in {hit.route for found in answer.moments for hit in found.moment.hits}


def aligned(box: Box, match_cosine: float) -> Sources:
    """With a head whose pictures are at 0.9, 0.7 and 0.1 from whatever is asked."""
    return Sources(box, box, box, box, box, lambda vector: vector[:2], match_cosine)  # type: ignore[arg-type]


def test_a_question_is_encoded_once_for_all_routes(box: Box) -> None:
    search(Query(text="find it"), aligned(box, 0.5))
    assert box.asked.count("encode") == 1


def test_pictures_that_are_not_held_to_match_change_nothing(box: Box) -> None:
    without = search(Query(text="find it"), box.sources)
    unmoved = search(Query(text="find it"), aligned(box, 0.95))
    assert unmoved.moments == without.moments
    assert all(report.available for report in unmoved.routes)


def test_only_pictures_that_match_join_what_words_found(box: Box) -> None:
    answer = search(Query(text="find it"), aligned(box, 0.8))
    seen = [hit for found in answer.moments for hit in found.moment.hits if hit.route is SEEN]
    assert [(hit.start, hit.score, hit.rank) for hit in seen] == [(20.0, 0.9, 1)]
    assert answer.moments[0].moment.start == 100.0, "two methods of words weigh more than one picture"


def test_asked_alone_the_nearest_pictures_are_the_answer(box: Box) -> None:
    answer = search(Query(text="find it", routes=[SEEN]), aligned(box, 0.95))
    assert [found.moment.start for found in answer.moments] == [20.0, 200.0]


def test_a_picture_as_question_needs_no_match(box: Box) -> None:
    answer = search(Query(vector=np.ones(5, np.float32)), aligned(box, 0.95))
    assert [found.moment.start for found in answer.moments] == [20.0, 200.0]


def test_what_was_found_before_the_deadline_is_answered(box: Box) -> None:
    answer = search(Query(text="find it"), box.sources, after(1))
    assert answer.partial
    assert box.asked == ["full_text said"]
    assert [found.moment.start for found in answer.moments] == [100.0]


def test_work_stops_between_stages(box: Box) -> None:
    search(Query(text="find it"), box.sources, after(2))
    assert box.asked == ["full_text said", "full_text written"]


def test_nothing_found_before_the_deadline_is_an_error(box: Box) -> None:
    with pytest.raises(DeadlinePassed) as caught:
        search(Query(text="nothing"), box.sources, after(2))
    assert caught.value.reason is Reason.DEADLINE
    with pytest.raises(DeadlinePassed):
        search(Query(text="find it"), box.sources, after(0))
    assert box.asked.count("full_text said") == 1


def test_a_deadline_that_is_kept_leaves_no_trace(box: Box) -> None:
    assert not search(Query(text="find it"), box.sources, lambda: False).partial


def test_a_query_that_was_cut_is_warned_about(box: Box) -> None:
    assert search(Query(text="find it"), box.sources).warnings == []
    assert "256 tokens" in search(Query(text="find " * 1000), box.sources).warnings[0]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        (Query(), "query"),
        (Query(text="x", vector=np.ones(5, np.float32)), "query"),
        (Query(text=""), "text"),
        (Query(text=" \n\t"), "text"),
        (Query(text="x" * (MAX_QUERY_CHARACTERS + 1)), "text"),
        (Query(text="x", k=0), "k"),
        (Query(text="x", k=-1), "k"),
        (Query(text="x", k=1001), "k"),
        (Query(text="x", k=10**9), "k"),
    ],
)
def test_bad_queries_are_refused_with_the_field_at_fault(box: Box, query: Query, field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        search(query, box.sources)
    assert (caught.value.reason, caught.value.field) == (Reason.INVALID_FIELD, field)
    assert box.asked == []


def test_the_longest_query_and_the_largest_k_are_answered(box: Box) -> None:
    assert search(Query(text="find" + "x" * (MAX_QUERY_CHARACTERS - 4), k=1000), box.sources).moments


@pytest.mark.parametrize("trouble", [NotFound(Reason.UNKNOWN_LECTURE, "gone"), DataDamaged(Reason.DATA_DAMAGED, "?")])
def test_a_lecture_that_goes_while_it_is_searched_spoils_nothing(box: Box, trouble: Exception) -> None:
    def gone(*_: object) -> Any:
        raise trouble

    box.by_uid = lambda uid: SimpleNamespace(shown_at=gone, span_of=gone)  # type: ignore[method-assign]
    (found,) = search(Query(text="find it"), box.sources).moments
    assert (found.segment, found.title) == (0, "")
    assert search(Query(vector=np.ones(4, np.float32)), box.sources).moments == []
