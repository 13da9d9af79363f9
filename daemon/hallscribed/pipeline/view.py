"""What a frame shows, as the detector compares it: cells of luma and edge energy, and what lies between two views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hallscribed.domain.frame import GRID_COLUMNS, GRID_ROWS, Grid
from hallscribed.pipeline.rank import median

Cells = NDArray[np.float32]
Mask = NDArray[np.bool_]

CELL_COUNT = GRID_ROWS * GRID_COLUMNS
_GAIN_RANGE = (0.45, 2.2)
_SATURATED = 250.0
_FEW = CELL_COUNT // 50
_FRAME_CELLS = 5
# Edge energy from which on a cell holds text.
_TEXT_EDGE = 10.0


@dataclass(frozen=True, slots=True)
class View:
    """One frame, or the mean of several: luma and edge energy, float32 (36, 64) each."""

    luma: Cells
    edge: Cells

    @staticmethod
    def of(grid: Grid) -> View:
        """The view a grid holds."""
        return View(grid.luma.astype(np.float32), grid.edge.astype(np.float32))

    def grid(self) -> Grid:
        """As a grid again; its entropy is that of the cells' luma, in bits."""
        luma = np.clip(np.rint(self.luma), 0, 255).astype(np.uint8)
        share = np.bincount(luma.ravel(), minlength=256) / luma.size
        share = share[share > 0]
        return Grid(luma, np.clip(np.rint(self.edge), 0, 255).astype(np.uint8), float(-(share * np.log2(share)).sum()))

    def scaled(self, gain: float) -> View:
        """Under another exposure."""
        return self if gain == 1 else View(np.minimum(self.luma * gain, 255), np.minimum(self.edge * gain, 255))


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a cell may lie from another and still be the same, float32 (36, 64) each."""

    luma: Cells
    edge: Cells


def differs(one: View, other: View, tolerance: Tolerance) -> Mask:
    """Cells that are not the same; text of a strong contrast may shimmer more than a flat surface."""
    by_luma = np.abs(one.luma - other.luma) > tolerance.luma
    by_edge = np.abs(one.edge - other.edge) > tolerance.edge + 0.15 * np.minimum(one.edge, other.edge)
    return np.asarray(by_luma | by_edge)


def aligned(view: View, target: View, tolerance: Tolerance) -> tuple[View, Mask]:
    """A view under the target's exposure, and where it differs from the target.

    A gain is believed only when it makes most of a wide difference vanish: two slides have no common gain, a camera
    that opens its iris has.
    """
    plain = differs(view, target, tolerance)
    count = np.count_nonzero(plain)
    if count < CELL_COUNT // 25:
        return view, plain
    usable = (target.luma > 20) & (target.luma < _SATURATED) & (view.luma < _SATURATED) & (view.luma > 8)
    if np.count_nonzero(usable) < CELL_COUNT // 6:
        return view, plain
    gain = median(target.luma[usable] / view.luma[usable])
    if not _GAIN_RANGE[0] <= gain <= _GAIN_RANGE[1]:
        return view, plain
    fitted = view.scaled(gain)
    # A saturated cell tells nothing about where it was before.
    clipped = (view.luma >= _SATURATED) & (target.luma < fitted.luma) & (gain < 1)
    fitted = View(np.where(clipped, target.luma, fitted.luma), fitted.edge)
    rest = differs(fitted, target, tolerance)
    return (fitted, rest) if np.count_nonzero(rest) < 0.6 * count else (view, plain)


def mean_of(views: Sequence[View]) -> View:
    """The mean of a few views of the same content."""
    return View(
        np.mean([view.luma for view in views], axis=0, dtype=np.float32),
        np.mean([view.edge for view in views], axis=0, dtype=np.float32),
    )


def background(view: View) -> float:
    """The luma most cells share, in steps of 8."""
    counts = np.bincount((view.luma.ravel() * 0.125).astype(np.intp), minlength=32)
    return float(np.argmax(counts[:-1] + counts[1:]) + 1) * 8.0


def content(view: View, edge_floor: float = _TEXT_EDGE, luma_floor: float = 18.0) -> Mask:
    """Cells that show something: an edge, or a surface other than the background's."""
    return np.asarray((view.edge > edge_floor) | (np.abs(view.luma - background(view)) > luma_floor))


def is_blank(view: View) -> bool:
    """One flat surface: black, white, or a closed shutter. A word on it makes it a slide, a pointer does not."""
    luma = np.sort(view.luma, axis=None)
    if luma[-_FEW] - luma[_FEW] > 12 or np.count_nonzero(view.edge > 6) >= _FEW:
        return False
    marked = view.edge > _TEXT_EDGE
    return not (marked[:, :-2] & marked[:, 1:-1] & marked[:, 2:]).any()


def is_slide_like(view: View, where: Mask) -> bool:
    """Drawn rather than filmed: much of it, within a mask, is one flat surface."""
    luma = view.luma[where]
    if not luma.size:
        return False
    counts = np.bincount((luma * 0.125).astype(np.intp), minlength=32)
    paper = (int(np.argmax(counts[:-1] + counts[1:])) + 1) * 8.0
    return bool(np.mean((view.edge[where] < 5) & (np.abs(luma - paper) < 9)) > 0.3)


def is_between(view: View, before: View, after: View) -> bool:
    """A moment of a transition: a dissolve of two views, or either of them faded towards one grey level."""
    return _dissolved(view, before, after) > 0 or is_faded(view, before) or is_faded(view, after)


def is_partly(view: View, before: View, after: View) -> bool:
    """A moment of a dissolve, or of a fade, in which the new can be seen."""
    return _dissolved(view, before, after) > 0.3 or (is_faded(view, after) and not is_faded(view, before))


def _dissolved(view: View, before: View, after: View) -> float:
    """How far a dissolve has come, 0..1, if every cell lies between what was and what will be at one ratio; else 0."""
    step = after.luma - before.luma
    energy = float((step * step).sum())
    if energy < CELL_COUNT:
        return 0.0
    ratio = float(((view.luma - before.luma) * step).sum()) / energy
    if not 0.04 < ratio < 0.96:
        return 0.0
    rest = view.luma - before.luma - ratio * step
    return ratio if float((rest * rest).sum()) < 0.1 * min(ratio, 1 - ratio) * energy + CELL_COUNT else 0.0


def is_faded(view: View, whole: View) -> bool:
    """The same picture with less contrast."""
    centred = whole.luma - whole.luma.mean()
    energy = float((centred * centred).sum())
    if energy < 4 * CELL_COUNT:
        return False
    faded = view.luma - view.luma.mean()
    ratio = float((faded * centred).sum()) / energy
    rest = faded - ratio * centred
    return 0.03 < ratio < 0.9 and float((rest * rest).sum()) < 0.1 * ratio * ratio * energy + 0.5 * CELL_COUNT


def occluder(moved: Mask) -> Mask:
    """Cells of a body that stands in the picture: columns of change that rise unbroken from its lower end.

    Args:
        moved: bool (36, 64), cells whose surface is another one.

    Returns:
        The body with a margin of two cells; nothing when it is wider than half of the picture. A body that went from
        one place to another is in both.
    """
    start = GRID_ROWS - GRID_ROWS // 6
    rising = np.zeros_like(moved)
    for first in (GRID_ROWS, GRID_ROWS - 3, start):
        run = np.cumprod(moved[:first][::-1], axis=0)[::-1].astype(bool)
        rising[:first] |= run & (run.sum(axis=0) >= 5)
    columns = np.asarray(rising.any(axis=0))
    if not 2 <= np.count_nonzero(columns) <= GRID_COLUMNS // 2 and not _are_two_bodies(columns):
        return np.zeros_like(moved)
    grown = rising.copy()
    for _ in range(2):
        grown[:, 1:] |= grown[:, :-1]
        grown[:, :-1] |= grown[:, 1:]
        grown[:-1] |= grown[1:]
    return np.asarray(grown)


def is_framed(changed: Mask, where: Mask) -> bool:
    """Whether what changed in the columns of ``where`` fills a rectangle: a picture, where a body has a head.

    One that begins at the picture's upper end is no rectangle: a head may lie beyond.
    """
    columns = np.flatnonzero(where.any(axis=0))
    apart = _without_holes(changed)[:, columns[0] : columns[-1] + 1]
    tall, broad = apart.sum(axis=0), apart.sum(axis=1)
    across, down = np.flatnonzero(2 * tall >= tall.max()), np.flatnonzero(2 * broad >= broad.max())
    if down[0] < 2 or min(across[-1] - across[0], down[-1] - down[0]) < _FRAME_CELLS:
        return False
    box = apart[down[0] : down[-1] + 1, across[0] : across[-1] + 1]
    inside = int(np.count_nonzero(box))
    return bool(inside >= 0.93 * box.size and np.count_nonzero(apart) - inside <= 0.05 * box.size)


def _without_holes(cells: Mask) -> Mask:
    """Cells with three or four neighbours that are set are set as well: another picture may agree in a place."""
    around = np.zeros(cells.shape, np.uint8)
    around[1:] += cells[:-1]
    around[:-1] += cells[1:]
    around[:, 1:] += cells[:, :-1]
    around[:, :-1] += cells[:, 1:]
    return np.asarray(cells | (around >= 3))


def _are_two_bodies(columns: NDArray[np.bool_]) -> bool:
    """Whether columns lie in two places, neither wider than a third of the picture."""
    edges = np.flatnonzero(np.diff(columns, prepend=False, append=False))
    widths = edges[1::2] - edges[::2]
    return len(widths) == 2 and int(widths.max()) <= GRID_COLUMNS // 3
