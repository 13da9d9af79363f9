"""Places into moments, and the words they show."""

from __future__ import annotations

import pytest

from hallscribed.domain.moment import MAX_MOMENT_S, Hit, Route
from hallscribed.pipeline.fusion import Place, fuse
from hallscribed.pipeline.moments import MAX_SNIPPET, merge, snippet


def place(uid: str, start: float, end: float, score: float, text: str = "words", route: Route = Route.SAID) -> Place:
    hit = Hit(uid, route, "dense", 1, score, start, end, text)
    return Place(hit, score, (hit,))


def test_neighbours_become_one_moment_that_starts_at_the_best() -> None:
    found = merge([place("a", 50, 58, 0.9), place("a", 40, 48, 0.8), place("a", 70, 79, 0.7)], 10)
    assert [(m.start, m.end, m.score) for m in found] == [(50, 79, 0.9)]


def test_far_places_and_other_lectures_stay_apart() -> None:
    found = merge([place("a", 50, 58, 0.9), place("b", 51, 58, 0.8), place("a", 80, 88, 0.7)], 10)
    assert [(m.lecture_uid, m.start) for m in found] == [("a", 50), ("b", 51), ("a", 80)]


def test_no_moment_is_longer_than_ninety_seconds() -> None:
    found = merge([place("a", 0, 5000, 0.9, route=Route.WRITTEN), place("a", 20, 200, 0.5)], 10)
    assert [(m.start, m.end) for m in found] == [(0, MAX_MOMENT_S)]


def test_only_k_moments_but_all_their_hits() -> None:
    found = merge([place("a", 100.0 * i, 100.0 * i + 5, 1 - i / 100) for i in range(20)], 3)
    assert [m.start for m in found] == [0, 100, 200]
    said = Hit("a", Route.SAID, "dense", 4, 0.5, 0, 8, "later")
    near = Hit("a", Route.SAID, "dense", 2, 0.6, 9, 15, "nearby")
    slide = Hit("a", Route.WRITTEN, "full_text", 1, 3.0, 0, 60, "slide")
    hits = merge([Place(said, 1.0, (said, slide)), Place(near, 0.9, (near,))], 1)[0].hits
    assert [(hit.route, hit.method, hit.rank) for hit in hits] == [
        (Route.WRITTEN, "full_text", 1),
        (Route.SAID, "dense", 2),
    ]


def test_nothing_found_is_no_moment() -> None:
    assert merge(fuse([]), 10) == []


def test_a_moment_shows_the_best_ranked_text_that_has_words_of_the_query() -> None:
    places = [place("a", 0, 5, 0.9, "the best"), place("a", 6, 9, 0.8, "another droplet")]
    assert merge(places, 10, "How big is a droplet?")[0].snippet == "another droplet"
    assert merge(places, 10, "nothing of it")[0].snippet == "the best"
    assert merge(places, 10, "best droplet, another droplet")[0].snippet == "the best"
    seen = Hit("a", Route.SEEN, "visual", 1, 0.9, 0, 5, "")
    slide = Hit("a", Route.WRITTEN, "dense", 3, 0.2, 0, 50, "on the slide")
    assert merge([Place(seen, 1.0, (seen, slide))], 10)[0].snippet == "on the slide"
    assert merge([Place(seen, 1.0, (seen,))], 10)[0].snippet == ""


def test_a_short_text_is_shown_whole() -> None:
    assert snippet("  a  short\ntext ", "anything") == "a short text"


def test_a_long_text_is_cut_between_words_where_the_query_matches() -> None:
    text = " ".join(["filler"] * 60 + ["garbage", "collectors", "pause", "audio"] + ["padding"] * 60)
    shown = snippet(text, "when does the garbage collector pause")
    assert len(shown) <= MAX_SNIPPET
    assert "garbage collectors pause" in shown
    assert shown[0] == shown[-1] == "…"
    assert set(shown.strip("…").split()) <= set(text.split())


def test_a_query_that_matches_nowhere_shows_the_beginning() -> None:
    shown = snippet(" ".join(f"w{i}" for i in range(100)), "nothing of it")
    assert shown.startswith("w0 w1 ")
    assert len(shown) > MAX_SNIPPET - 10


def test_one_endless_word_is_cut_all_the_same() -> None:
    assert len(snippet("x" * 5000, "x")) <= MAX_SNIPPET
    assert len(snippet("word " + "y" * 5000 + " word", "yyyyyy")) <= MAX_SNIPPET


@pytest.mark.parametrize(
    ("text", "query", "shown"),
    [
        ("TCP keeps order.", "what does TCP do", "TCP"),
        ("a window is advertised.", "what is the window", "window"),
        ("Trees are acyclic.", "tree", "Trees"),
        ("Schrödinger wrote it.", "schrodinger", "Schrödinger"),
    ],
)
def test_the_words_that_were_asked_for_are_shown_with_what_follows(text: str, query: str, shown: str) -> None:
    found = snippet(f"{'what else does one do with all of that ' * 12}{text}{' and then it goes on' * 12}", query)
    assert shown in found
    assert len(found) <= MAX_SNIPPET
    assert found.index(shown) < 0.5 * MAX_SNIPPET


def test_words_that_say_nothing_choose_no_text() -> None:
    texts = ["so what do we do with that", "TCP retransmits"]
    hits = [Hit("a", Route.SAID, "full_text", rank, 1.0, 10.0, 16.0, text) for rank, text in enumerate(texts, 1)]
    assert merge([Place(hits[0], 1.0, tuple(hits))], 10, "what does TCP do")[0].snippet == "TCP retransmits"
