from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from hallscribed.pipeline.debt import UNCHANGED_SHARE
from hallscribed.pipeline.gate import changed_share, grid_of


def page(height: int = 540, width: int = 960) -> NDArray[np.uint8]:
    picture = np.full((height, width), 240, np.uint8)
    for row in range(4):
        cv2.putText(picture, "what was said before", (60, 120 + 90 * row), 0, 1.2, 20, 2, cv2.LINE_AA)
    return picture


def noisy(picture: NDArray[np.uint8], sigma: float, seed: int) -> NDArray[np.uint8]:
    noise = np.random.default_rng(seed).normal(0, sigma, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    "size", [(1, 1), (30, 320), (1000, 60), (36, 64), (270, 480), (480, 640), (720, 1280), (1080, 1920), (1200, 300)]
)
def test_any_size_becomes_a_grid(size: tuple[int, int]) -> None:
    grid = grid_of(np.full(size, 77, np.uint8))
    assert grid.luma.shape == grid.edge.shape == (36, 64)
    assert grid.luma.dtype == grid.edge.dtype == np.uint8
    assert set(grid.luma.ravel()) == {77}
    assert not grid.edge.any()
    assert grid.entropy == 0


@pytest.mark.parametrize(
    "picture",
    [np.zeros((0, 64), np.uint8), np.zeros((90, 90, 3), np.uint8), np.zeros((90, 90))],
)
def test_what_is_no_gray_picture_is_refused(picture: NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match="a gray uint8 picture"):
        grid_of(picture)


def test_cells_lie_where_the_picture_has_them() -> None:
    picture = np.zeros((720, 1280), np.uint8)
    picture[:360, :640] = 200
    grid = grid_of(picture)
    assert (grid.luma[:18, :32] == 200).all()
    assert not grid.luma[18:].any()
    assert not grid.luma[:, 32:].any()
    assert grid.edge[17:19, 5].any()
    assert grid.entropy == pytest.approx(0.811, abs=0.01)


@pytest.mark.parametrize("size", [(360, 640), (480, 853), (720, 960), (1080, 1920), (1440, 500)])
def test_a_cell_is_the_mean_of_its_area_at_any_size(size: tuple[int, int]) -> None:
    seen = noisy(page(*size), 3.0, 1)
    means = cv2.resize(seen.astype(np.float32), (64, 36), interpolation=cv2.INTER_AREA)
    away = np.abs(grid_of(seen).luma - means)
    assert away.mean() < 1.5
    assert away.max() < 25


def test_noise_changes_nothing() -> None:
    reference = grid_of(noisy(page(), 3.0, 1))
    for seed in range(2, 6):
        assert changed_share(grid_of(noisy(page(), 3.0, seed)), reference) < UNCHANGED_SHARE


@pytest.mark.parametrize("words", ["a few more words", "one two three"])
def test_one_line_of_text_is_never_missed(words: str) -> None:
    more = page()
    cv2.putText(more, words, (60, 480), 0, 1.0, 20, 2, cv2.LINE_AA)
    assert changed_share(grid_of(noisy(more, 2.0, 2)), grid_of(noisy(page(), 2.0, 1))) > UNCHANGED_SHARE


def test_a_cursor_alone_is_not_worth_encoding() -> None:
    pointed = page()
    cv2.fillPoly(pointed, [np.array([[700, 40], [700, 56], [711, 51]], np.int32)], 0)
    assert changed_share(grid_of(pointed), grid_of(page())) < UNCHANGED_SHARE


@pytest.mark.parametrize("gain", [0.7, 0.85])
def test_a_step_of_exposure_is_fitted(gain: float) -> None:
    assert changed_share(grid_of((page() * gain).astype(np.uint8)), grid_of(page())) < UNCHANGED_SHARE


def test_another_page_is_a_great_change() -> None:
    assert changed_share(grid_of(np.full((540, 960), 20, np.uint8)), grid_of(page())) > 0.9
