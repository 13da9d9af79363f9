"""The baselines that know pixels only."""

from __future__ import annotations

import numpy as np
import pytest

from hallscribe_export.train.evaluation.pixels import (
    HISTOGRAM_DIMENSIONS,
    hash_likeness,
    histograms,
    perceptual_hash,
    pixel_likeness,
)


def pictures(seed: int = 1, count: int = 2) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(0, 256, (count, 8, 8, 3), np.uint8)
    return coarse.repeat(28, axis=1).repeat(28, axis=2)


def test_histograms_know_colours_and_not_places() -> None:
    shown = pictures()
    made = histograms(np.stack([shown[0], shown[0][::-1], shown[1]]))
    assert made.shape == (3, HISTOGRAM_DIMENSIONS)
    assert made.dtype == np.float32
    assert np.linalg.norm(made, axis=1) == pytest.approx(1.0)
    assert np.array_equal(made[0], made[1])
    assert made[0] @ made[2] < 0.999


def test_pixel_likeness_is_minus_the_gray_difference() -> None:
    dark, light = np.full((1, 4, 4, 3), 10, np.uint8), np.full((1, 4, 4, 3), 30, np.uint8)
    assert pixel_likeness(dark, light).tolist() == [-20.0]
    assert pixel_likeness(dark, dark).tolist() == [0.0]


def test_the_hash_survives_brightness_and_tells_pictures_apart() -> None:
    one, other = pictures()
    assert perceptual_hash(one).shape == (63,)
    brighter = (one // 2 + 100).astype(np.uint8)
    like = hash_likeness(np.stack([one, one]), np.stack([brighter, other]))
    assert like[0] > 0.9 > 0.75 > like[1]
