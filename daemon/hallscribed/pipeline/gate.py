"""The gate: a frame as a small grid, and how much of it differs from another.

The grid keeps two measures of each of 36 x 64 cells: mean luma, which sees surfaces, and edge energy, which sees
text of the same mean luma. It is what the detector works on, so it is computed for every frame, in the worker.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from hallscribed.domain.frame import GRID_COLUMNS, GRID_ROWS, Grid
from hallscribed.pipeline.rank import median, quantile

_WORK_SIZE = (GRID_COLUMNS * 8, GRID_ROWS * 8)
_GRADIENT_FLOOR = 4.0
_LUMA_STEP = 4.0
_EDGE_STEP = 7.0
_NOISE_SPAN = 5.0
_GAIN_RANGE = (0.6, 1.67)


def grid_of(luma: NDArray[np.uint8]) -> Grid:
    """Reduce a gray picture to its grid.

    Args:
        luma: uint8 (H, W), of any size but none.

    Returns:
        Mean luma and edge energy per cell, and the entropy of the luma histogram in bits. Edge energy is the mean
        of |dx| + |dy| above the sensor's noise floor, at 512 x 288 whatever the picture's size.

    Raises:
        ValueError: not a gray picture.
    """
    if luma.ndim != 2 or luma.dtype != np.uint8 or not luma.size:
        raise ValueError(f"a grid needs a gray uint8 picture, not {luma.dtype} {luma.shape}")
    work = _shrink(luma)
    cells = cv2.resize(work, (GRID_COLUMNS, GRID_ROWS), interpolation=cv2.INTER_AREA)
    across = cv2.subtract(cv2.absdiff(work[:, 1:], work[:, :-1]), _GRADIENT_FLOOR)
    down = cv2.subtract(cv2.absdiff(work[1:], work[:-1]), _GRADIENT_FLOOR)
    gradient = cv2.add(
        cv2.copyMakeBorder(across, 0, 0, 0, 1, cv2.BORDER_CONSTANT),
        cv2.copyMakeBorder(down, 0, 1, 0, 0, cv2.BORDER_CONSTANT),
    )
    edge = cv2.resize(gradient, (GRID_COLUMNS, GRID_ROWS), interpolation=cv2.INTER_AREA)
    return Grid(cells, cv2.add(edge, edge), _entropy(work))


def _shrink(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture at 512 x 288: each side halved while it is at least twice as long, then by interpolation.

    Interpolation to a half is the mean of two, and between one and two it still takes in nearly every pixel; averaging
    areas by such factors costs five times as much.
    """
    while True:
        height, width = luma.shape
        down, across = 1 + (height >= 2 * _WORK_SIZE[1]), 1 + (width >= 2 * _WORK_SIZE[0])
        if down == across == 1:
            return np.asarray(cv2.resize(luma, _WORK_SIZE, interpolation=cv2.INTER_LINEAR), np.uint8)
        size = (width // across, height // down)
        luma = cv2.resize(luma[: size[1] * down, : size[0] * across], size, interpolation=cv2.INTER_LINEAR)


def _entropy(work: NDArray[np.uint8]) -> float:
    share = np.bincount(work[::2, ::2].ravel(), minlength=256) / (work.size / 4)
    share = share[share > 0]
    return float(max(0.0, -(share * np.log2(share)).sum()))


def changed_share(grid: Grid, reference: Grid) -> float:
    """Share of cells that differ from a reference, 0..1, or that lie beside one that does.

    A line of text is one cell high, so its neighbours count: three words are more than a hundredth of the picture,
    a cursor is not. A change of exposure is fitted first and counts only where it explains nothing.
    """
    luma, edge = grid.luma.astype(np.float32), grid.edge.astype(np.float32)
    old_luma, old_edge = reference.luma.astype(np.float32), reference.edge.astype(np.float32)
    differs = _differs(luma, edge, old_luma, old_edge)
    usable = (old_luma > 24) & (old_luma < 250) & (luma < 250)
    if differs.mean() > 0.2 and usable.sum() > differs.size // 4:
        gain = median(luma[usable] / old_luma[usable])
        if _GAIN_RANGE[0] <= gain <= _GAIN_RANGE[1] and abs(gain - 1) > 0.01:
            fitted = _differs(luma, edge, np.minimum(old_luma * gain, 255), np.minimum(old_edge * gain, 255))
            differs = min(differs, fitted, key=np.count_nonzero)
    return float(cv2.dilate(differs.astype(np.uint8), np.ones((3, 3), np.uint8)).mean())


def _differs(
    luma: NDArray[np.float32], edge: NDArray[np.float32], old_luma: NDArray[np.float32], old_edge: NDArray[np.float32]
) -> NDArray[np.bool_]:
    by_luma, by_edge = np.abs(luma - old_luma), np.abs(edge - old_edge)
    # The quieter half of the cells tells the noise; where all of the picture changed it would tell the change.
    luma_step = min(_LUMA_STEP + _NOISE_SPAN * quantile(by_luma, 0.4), 3 * _LUMA_STEP)
    edge_step = min(_EDGE_STEP + _NOISE_SPAN * quantile(by_edge, 0.4), 3 * _EDGE_STEP)
    beyond: NDArray[np.bool_] = (by_luma > luma_step) | (by_edge > edge_step + 0.15 * old_edge)
    return beyond
