"""Figures of parity on vectors whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from hallscribe_export.parity import Parity, boundaries, centred_cosine, least_cosine, measure, neighbours
from hallscribe_export.recipe import Parity as Bars

BARS = Bars(cosine=0.999, centred_cosine=0.99, neighbours=0.9, boundaries=0.95)


def lecture(seed: int = 1, slides: int = 5, frames: int = 8) -> np.ndarray:
    """Vectors of slides that stand still, with noise, far from the origin."""
    rng = np.random.default_rng(seed)
    shown = np.repeat(rng.standard_normal((slides, 32)), frames, axis=0)
    return (10 + shown + 0.05 * rng.standard_normal(shown.shape)).astype(np.float32)


def test_the_same_vectors_are_on_a_par() -> None:
    rows = lecture()
    found = measure(rows, rows)
    assert (found.neighbours, found.boundaries) == (1.0, 1.0)
    assert found.cosine == pytest.approx(1.0)
    assert found.centred_cosine == pytest.approx(1.0)
    assert found.missed(BARS, trained=True) == []


def test_what_all_share_hides_what_the_centred_cosine_finds() -> None:
    rows = lecture()
    shuffled = rows[::-1].copy()
    assert least_cosine(shuffled, rows) > 0.95
    assert centred_cosine(shuffled, rows) < 0.2


def test_the_worst_row_counts() -> None:
    rows = lecture()
    worse = rows.copy()
    worse[3] = -rows[3]
    assert least_cosine(worse, rows) == pytest.approx(-1.0)


def test_a_row_at_the_mean_has_no_direction() -> None:
    rows = np.array([[1, 0], [-1, 0], [0, 0], [0, 1], [0, -1]], np.float32) + 5
    assert centred_cosine(rows + np.float32(1e-5), rows) > 0.999


def test_neighbours_are_counted_by_hand() -> None:
    angles = np.array([0, 1, 10, 11, 50, 51, 55], np.float64) * np.pi / 180
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    assert neighbours(rows, rows, 1) == 1.0
    moved = rows.copy()
    moved[1] = rows[6]  # its nearest is now the last, and those of the first and the last change, too
    assert neighbours(moved, rows, 1) == pytest.approx(4 / 7)


def test_boundaries_are_the_changes_of_slides() -> None:
    rows = lecture()
    assert boundaries(rows * 3, rows) == 1.0
    merged = rows.copy()
    merged[8:16] = rows[7]  # the first change is gone, the next one stays
    assert boundaries(merged, rows) == pytest.approx(3 / 4)


def test_neighbours_and_boundaries_are_judged_on_trained_weights_only() -> None:
    found = Parity(cosine=0.9995, centred_cosine=0.995, neighbours=0.2, boundaries=0.3)
    assert found.missed(BARS, trained=False) == []
    assert found.missed(BARS, trained=True) == [
        "neighbours 0.2000 (at least 0.9)",
        "boundaries 0.3000 (at least 0.95)",
    ]


def test_cosines_are_judged_always_and_what_is_no_number_misses_everything() -> None:
    rows = lecture()
    broken = rows.copy()
    broken[0, 0] = np.nan
    assert len(measure(broken, rows).missed(BARS, trained=True)) == 4
    assert len(measure(broken, rows).missed(BARS, trained=False)) == 2


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        measure(lecture()[:3], lecture())
