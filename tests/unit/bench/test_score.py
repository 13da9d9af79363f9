from __future__ import annotations

import pytest

from hallscribe_bench.detector.score import Score, score


def test_pairs_one_to_one_nearest_first() -> None:
    truth = [(10.0, "slide"), (12.0, "slide")]
    assert score(truth, [(11.0, "slide_change"), (11.5, "slide_change")]) == Score(2, 0, 0)
    assert score(truth, [(11.0, "slide_change")]) == Score(1, 0, 1)
    assert score(truth, [(10.0, "slide_change"), (10.5, "slide_change"), (12.5, "slide_change")]) == Score(2, 1, 0)


def test_tolerance_is_inclusive() -> None:
    assert score([(10.0, "cut")], [(12.0, "scene_change")]) == Score(1, 0, 0)
    assert score([(10.0, "cut")], [(12.01, "scene_change")]) == Score(0, 1, 1)


def test_truth_that_need_not_be_found_excuses_a_prediction_beside_it() -> None:
    assert score([(10.0, "build")], [(11.0, "slide_change")]) == Score(0, 0, 0)
    assert score([(10.0, "ink")], [(13.0, "slide_change")]) == Score(0, 1, 0)


@pytest.mark.parametrize("kind", ["build", ""])
def test_uncounted_predictions_neither_find_nor_fail(kind: str) -> None:
    assert score([(10.0, "slide")], [(10.0, kind), (50.0, kind)]) == Score(0, 0, 1)


def test_scores_add_up_and_give_f1() -> None:
    assert (Score(8, 1, 0) + Score(1, 0, 1)).f1 == pytest.approx(0.9)
    assert Score().f1 == 1.0
    assert Score(0, 1, 0).f1 == 0.0
