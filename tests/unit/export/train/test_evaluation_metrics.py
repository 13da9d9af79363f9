"""Figures of merit, by hand."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from hallscribe_export.train.evaluation.metrics import (
    auc,
    best_ranks,
    cosines,
    hit_at,
    hit_by_chance,
    normed,
    reciprocal,
)


def test_the_best_right_answer_counts() -> None:
    scores = np.array([[0.9, 0.8, 0.1, 0.7], [0.1, 0.2, 0.3, 0.4]])
    ranks = best_ranks(scores, [{2, 3}, {3, 0}])
    assert ranks.tolist() == [3, 1]
    assert (hit_at(ranks, 1), hit_at(ranks, 2), hit_at(ranks, 3)) == (0.5, 0.5, 1.0)
    assert reciprocal(ranks) == pytest.approx((1 / 3 + 1) / 2)


def test_wrong_answers_of_the_same_score_come_first() -> None:
    assert best_ranks(np.zeros((1, 10)), [{4, 5}]).tolist() == [9]


def test_a_question_without_an_answer_is_refused() -> None:
    with pytest.raises(ValueError, match="without a right answer"):
        best_ranks(np.zeros((1, 3)), [set()])


def test_chance_is_what_all_orders_give_on_average() -> None:
    total, k = 5, 2
    for right in (1, 2, 4):
        hits = [min(order[:right]) < k for order in permutations(range(total))]
        assert hit_by_chance(total, [right], k) == pytest.approx(np.mean(hits))
    assert hit_by_chance(total, [1, 4], k) == pytest.approx((0.4 + 1.0) / 2)


def test_area_under_the_curve_counts_pairs_and_halves_ties() -> None:
    numbers = np.random.default_rng(1)
    higher, lower = numbers.integers(0, 6, 30).astype(float), numbers.integers(0, 4, 20).astype(float)
    by_hand = np.mean([(a > b) + 0.5 * (a == b) for a in higher for b in lower])
    assert auc(higher, lower) == pytest.approx(by_hand)
    assert auc(np.array([2.0, 3.0]), np.array([1.0])) == 1.0
    assert auc(np.ones(3), np.ones(4)) == 0.5


@pytest.mark.parametrize("bad", [np.array([]), np.array([np.nan])])
def test_no_area_without_numbers(bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match="area"):
        auc(bad, np.array([1.0]))


def test_cosines_are_of_rows_and_their_counterparts() -> None:
    assert cosines(np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([[0.0, 2.0], [3.0, 3.0]])) == pytest.approx([0.0, 1.0])


def test_tokens_are_normalised_each_by_itself() -> None:
    made = normed(np.array([[1.0, 3.0], [10.0, 30.0]]))
    assert made == pytest.approx(np.array([[-1.0, 1.0], [-1.0, 1.0]]), abs=1e-4)
