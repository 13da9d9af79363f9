from __future__ import annotations

import numpy as np
import pytest

from hallscribe_export.train.pairs import PairVectors, as_bits, of_bits

FACTS = ["kind=bar", "kind=pie", *(f"n={number}" for number in range(100))]


def pairs_of(
    facts: list[set[str]], stated: list[set[str]], pairs: list[tuple[int, int]], **more: list[int]
) -> PairVectors:
    count = len(facts)
    return PairVectors(
        np.zeros((count, 2), np.float32),
        np.zeros((len(stated), 2), np.float32),
        np.array(pairs, np.int64),
        np.array(more.get("lecture", [0] * count), np.int64),
        np.array(more.get("look", list(range(count))), np.int64),
        as_bits([frozenset(each) for each in facts], FACTS),
        as_bits([frozenset(each) for each in stated], FACTS),
    )


def test_a_text_is_true_of_every_picture_that_has_all_it_states() -> None:
    facts = [{"kind=bar", "n=3"}, {"kind=bar", "n=70", "n=3"}, {"kind=pie", "n=3"}]
    stated = [{"kind=bar"}, {"n=70"}, {"kind=pie", "n=3"}]
    pairs = pairs_of(facts, stated, [(0, 0), (1, 1), (2, 2)])
    wanted = [[True, False, False], [True, True, False], [False, False, True]]
    assert pairs.true(np.arange(3), np.arange(3)).tolist() == wanted


def test_a_text_that_states_nothing_known_is_true_of_its_own_look_only() -> None:
    pairs = pairs_of([{"n=1"}] * 3, [set(), {"n=1"}], [(0, 0), (1, 1)], look=[5, 6, 5])
    assert pairs.true(np.arange(3), np.arange(2)).tolist() == [[True, True], [False, True], [True, True]]


def test_a_batch_holds_each_picture_once_and_only_its_own_texts() -> None:
    count = 50
    pairs = pairs_of([set()] * count, [set()] * (2 * count), [(text // 2, text) for text in reversed(range(2 * count))])
    rows = pairs.batch(np.random.default_rng(1), 20, 0.5)
    chosen = pairs.pairs[rows]
    assert len(rows) == 20
    assert len(set(chosen[:, 0])) == 20
    assert (chosen[:, 1] // 2 == chosen[:, 0]).all()
    assert len(pairs.batch(np.random.default_rng(1), 500, 0.5)) == count
    assert set(pairs.pairs[np.concatenate([pairs.batch(np.random.default_rng(s), 50, 0.0) for s in range(9)]), 1]) > {
        0,
        1,
    }


def test_pictures_without_texts_are_in_no_batch() -> None:
    pairs = pairs_of([set()] * 4, [set()] * 2, [(1, 0), (3, 1)])
    assert sorted(pairs.pairs[pairs.batch(np.random.default_rng(1), 9, 0.5), 0]) == [1, 3]


@pytest.mark.parametrize(("share", "least", "most"), [(0.5, 32, 64), (0.0, 0, 8)])
def test_so_many_of_a_batch_are_of_one_lecture(share: float, least: int, most: int) -> None:
    count, each = 6000, 60
    pairs = pairs_of(
        [set()] * count,
        [set()] * count,
        [(row, row) for row in range(count)],
        lecture=[row // each for row in range(count)],
    )
    rows = pairs.batch(np.random.default_rng(4), 64, share)
    together = np.bincount(pairs.lecture[pairs.pairs[rows, 0]]).max()
    assert least <= together <= most


def test_the_same_seed_gives_the_same_batch() -> None:
    pairs = pairs_of([set()] * 40, [set()] * 40, [(row, row) for row in range(40)])
    one, two, other = (pairs.batch(np.random.default_rng(seed), 16, 0.5).tolist() for seed in (1, 1, 2))
    assert one == two != other


def test_some_pictures_keep_their_pairs() -> None:
    pairs = pairs_of(
        [{"n=1"}, {"n=2"}, {"n=3"}],
        [set(), {"n=2"}, {"n=3"}],
        [(0, 0), (2, 2), (1, 1)],
        lecture=[7, 8, 9],
        look=[4, 5, 6],
    )
    some = pairs.of(np.array([False, True, True]))
    assert some.pairs.tolist() == [[1, 2], [0, 1]]
    assert (some.lecture.tolist(), some.look.tolist()) == ([8, 9], [5, 6])
    assert some.true(np.arange(2), np.arange(2)).tolist() == [[False, True], [True, False]]


def test_bits_say_again_what_was_written_into_them() -> None:
    had = np.random.default_rng(1).random((50, len(FACTS))) < 0.3
    bits = as_bits([frozenset(np.array(FACTS)[row].tolist()) for row in had], FACTS)
    read = of_bits(bits[10:])
    assert read.shape == (40, 128)
    assert (read[:, : len(FACTS)] == had[10:]).all()
    assert not read[:, len(FACTS) :].any()
