from __future__ import annotations

import numpy as np
import pytest

from hallscribe_export.train.pairs import PairVectors
from hallscribe_export.train.retrieval import chance, match_cosine, pool_of, ranked


def plain(count: int, look: list[int] | None = None) -> PairVectors:
    rows = np.arange(count)
    nothing = np.zeros((count, 1), np.uint64)
    vectors = np.zeros((count, 2), np.float32)
    looks = rows if look is None else np.array(look)
    return PairVectors(vectors, vectors, np.stack([rows, rows], 1), rows // 5, looks, nothing, nothing)


def test_ranks_by_hand() -> None:
    # Texts 0 to 2 find their picture at ranks 1, 2 and 6.
    cosines = np.zeros((7, 3), np.float32)
    true = np.zeros((7, 3), bool)
    cosines[:, 0], true[3, 0] = [0, 0, 0, 0.9, 0, 0, 0], True
    cosines[:, 1], true[[2, 4], 1] = [0.8, 0, 0.7, 0, 0.2, 0, 0], True
    cosines[:, 2], true[0, 2] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.0], True
    assert ranked(cosines, true) == pytest.approx({"mrr": (1 + 1 / 2 + 1 / 6) / 3, "hit@1": 1 / 3, "hit@5": 2 / 3})


def test_heads_that_put_everything_in_one_place_find_nothing() -> None:
    figures = ranked(np.ones((50, 50), np.float32), np.eye(50, dtype=bool))
    assert figures["hit@5"] == 0


def test_chance_by_hand() -> None:
    true = np.zeros((20, 2), bool)
    true[3, 0] = True
    true[:2, 1] = True
    assert chance(true) == pytest.approx((5 / 20 + 1 - (15 * 14) / (20 * 19)) / 2)
    assert chance(np.ones((3, 1), bool)) == 1


def test_the_threshold_parts_what_can_be_parted() -> None:
    cosines = np.array([[0.9, 0.3], [0.2, 0.7], [0.1, 0.4]], np.float32)
    threshold, f1 = match_cosine(cosines, np.array([[1, 0], [0, 1], [0, 0]], bool))
    assert f1 == pytest.approx(1)
    assert threshold == pytest.approx(0.55)


def test_the_threshold_has_the_best_f1_of_all() -> None:
    rng = np.random.default_rng(3)
    true = rng.random((40, 30)) < 0.1
    true[0] = True
    cosines = np.clip(0.4 * true + rng.normal(0.2, 0.2, true.shape), -1, 1).astype(np.float32)
    threshold, f1 = match_cosine(cosines, true)

    def by_hand(level: float) -> float:
        weight = np.broadcast_to(1 / true.sum(0), true.shape)
        said = cosines >= level
        right = (weight * (said & true)).sum()
        return float(2 * right / ((weight * said).sum() + (weight * true).sum()))

    assert by_hand(threshold) == pytest.approx(f1)
    assert max(by_hand(level) for level in np.linspace(-1, 1, 400)) <= f1 + 1e-9


def test_texts_that_are_true_of_much_are_not_asked_for() -> None:
    pool = pool_of(plain(200, look=[0] * 40 + list(range(40, 200))))
    assert len(pool.pictures) == 200
    assert len(pool.texts) == 160
    assert (pool.true.sum(axis=0) == 1).all()
    assert (pool.pictures[np.argmax(pool.true, axis=0)] == pool.texts).all()


def test_where_all_texts_are_true_of_much_all_are_asked_for() -> None:
    assert len(pool_of(plain(4, look=[0, 0, 1, 1])).texts) == 4


@pytest.mark.parametrize("held_out", [plain(1), plain(3, look=[1, 1, 1])])
def test_what_shows_no_difference_cannot_be_measured_with(held_out: PairVectors) -> None:
    with pytest.raises(ValueError, match="held out"):
        pool_of(held_out)
