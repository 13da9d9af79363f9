"""The search benchmark's own arithmetic."""

from __future__ import annotations

import pytest

from hallscribe_bench.search.score import Score, Shown, rank_of_hit, summarise
from hallscribe_bench.search.talks import Slide, Talk, masked


@pytest.mark.parametrize(
    ("moment", "hit"),
    [
        (Shown("a", 100, 150), True),
        (Shown("a", 95, 185), True),
        (Shown("a", 94.9, 150), False),
        (Shown("a", 130, 140), True),
        (Shown("a", 130.1, 140), False),
        (Shown("b", 110, 120), False),
        (Shown("a", 100, 190.5), False),
    ],
)
def test_a_hit_starts_within_the_span_and_lasts_at_most_ninety_seconds(moment: Shown, hit: bool) -> None:
    assert rank_of_hit([moment], "a", 100, 130) == int(hit)
    assert rank_of_hit([Shown("c", 0, 1), moment], "a", 100, 130) == 2 * hit


def test_ranks_are_summarised() -> None:
    assert summarise([1, 2, 0, 6]) == Score(4, 0.25, 0.5, pytest.approx((1 + 1 / 2 + 1 / 6) / 4))
    assert summarise([]) == Score(0, 0.0, 0.0, 0.0)


def test_masked_words_are_taken_off_the_page() -> None:
    words = [f"w{i}" for i in range(40)]
    talk = Talk("a", (), (Slide(0, 30, " ".join(words)), Slide(30, 60, "short page"), Slide(60, 62, " ".join(words))))
    shown, questions = masked([talk])
    assert [(q.talk, q.start, q.end, q.text.split()) for q in questions] == [("a", 0, 30, words[12:22])]
    assert [slide.text for slide in shown[0].slides] == [" ".join(words[:12]), "short page", " ".join(words)]
