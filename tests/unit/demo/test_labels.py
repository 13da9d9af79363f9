"""Labels and thumbnails along a line of time: nothing covers anything."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest

from hallscribe.demo.labels import Flag, Label, pick_spaced, place_flags, spread


def assert_free(labels: list[Label], flags: list[Flag], right: float, gap: float) -> None:
    for first, second in combinations(flags, 2):
        one, other = labels[first.index], labels[second.index]
        if first.row == second.row:
            assert first.left + one.width + gap <= second.left or second.left + other.width + gap <= first.left
        high, low = (first, second) if first.row > second.row else (second, first)
        if high.row > low.row:
            pole = labels[high.index].x
            assert not low.left < pole < low.left + labels[low.index].width
    for flag in flags:
        assert flag.left + labels[flag.index].width <= max(right, labels[flag.index].x)


def test_labels_far_apart_share_the_lowest_row() -> None:
    labels = [Label(0, 10, 1), Label(20, 10, 1), Label(40, 10, 1)]
    assert place_flags(labels, 3, 100, 1) == [Flag(0, 0, 0), Flag(1, 0, 20), Flag(2, 0, 40)]


def test_close_labels_climb_to_the_left_so_that_poles_stay_free() -> None:
    labels = [Label(0, 10, 1), Label(2, 10, 1), Label(4, 10, 1)]
    assert [flag.row for flag in place_flags(labels, 3, 100, 1)] == [2, 1, 0]


def test_a_label_at_the_edge_hangs_to_the_left() -> None:
    assert place_flags([Label(95, 10, 1)], 2, 100, 1) == [Flag(0, 0, 85)]


def test_the_least_important_gives_way() -> None:
    labels = [Label(0, 10, 1), Label(1, 10, 3), Label(2, 10, 2)]
    assert [flag.index for flag in place_flags(labels, 2, 100, 1)] == [1, 2]


def test_no_labels() -> None:
    assert place_flags([], 3, 100, 1) == []


@pytest.mark.parametrize("seed", range(5))
def test_nothing_overlaps_in_a_crowd(seed: int) -> None:
    random = np.random.default_rng(seed)
    labels = [
        Label(float(x), float(width), float(importance))
        for x, width, importance in zip(
            random.uniform(0, 100, 60), random.uniform(2, 20, 60), random.uniform(0, 1, 60), strict=True
        )
    ]
    flags = place_flags(labels, 4, 100, 0.5)
    assert len(flags) > 8
    assert max(flag.row for flag in flags) <= 3
    assert [labels[flag.index].x for flag in flags] == sorted(labels[flag.index].x for flag in flags)
    assert_free(labels, flags, 100, 0.5)
    best = max(range(60), key=lambda index: labels[index].importance)
    assert best in {flag.index for flag in flags}


def test_spread_leaves_what_is_free_alone() -> None:
    assert spread([10, 30, 50], 10, 0, 100) == [10, 30, 50]


def test_spread_moves_both_ways_as_little_as_possible() -> None:
    assert spread([50, 50, 50], 10, 0, 100) == [40, 50, 60]


def test_spread_keeps_within_the_edges() -> None:
    assert spread([0, 1, 99, 100], 10, 0, 100) == [5, 15, 85, 95]


def test_spread_without_room_sets_evenly() -> None:
    assert spread([1, 2, 3, 4], 50, 0, 100) == [12.5, 37.5, 62.5, 87.5]


@pytest.mark.parametrize("seed", range(5))
def test_spread_never_overlaps(seed: int) -> None:
    random = np.random.default_rng(seed)
    centres = sorted(map(float, random.uniform(0, 100, 12)))
    placed = spread(centres, 8, 0, 100)
    assert all(after - before >= 8 - 1e-9 for before, after in pairwise(placed))
    assert placed[0] >= 4 - 1e-9 and placed[-1] <= 96 + 1e-9


def test_pick_spaced_takes_the_best_of_each_part() -> None:
    times = [0.0, 1.0, 2.0, 50.0, 98.0, 99.0, 100.0]
    assert pick_spaced([1, 9, 1, 1, 1, 1, 9], times, 3) == [1, 3, 6]


def test_pick_spaced_fills_up_with_what_matters() -> None:
    assert pick_spaced([1, 2, 3, 1], [0.0, 1.0, 2.0, 100.0], 3) == [1, 2, 3]


def test_pick_spaced_takes_all_when_there_is_room() -> None:
    assert pick_spaced([1, 1], [3.0, 3.0], 5) == [0, 1]
