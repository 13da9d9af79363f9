"""The segments that were shown, to know one again, and what they have in common."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hallscribed.domain.frame import GRID_COLUMNS, GRID_ROWS, Grid
from hallscribed.pipeline.change import change_between, trusted_cells
from hallscribed.pipeline.view import CELL_COUNT, Cells, Mask, Tolerance, View, aligned, content, is_blank

_SAME_AREA = 0.006
_SAME_LOST = 0.06
# How many of the shown are held against a view cell by cell.
_HELD_AGAINST = 24
_BLOCK = 4
_AFAR = (GRID_ROWS // _BLOCK, GRID_COLUMNS // _BLOCK)
_DARK = 8.0
# So many views from afar lie together and are held against one at once: what grows with the lecture is never copied.
_AT_ONCE = 64
_PACKED = 1
_TEMPLATE_AGE = 2


class History:
    """Settled views of closed segments, by number.

    A lecture of ten hours has a thousand: each is kept in 2 KB, packed, and only those that look most alike from afar
    are unpacked and held against a view cell by cell.
    """

    def __init__(self, closed: Sequence[tuple[int, Grid]] = ()) -> None:
        self._shown: list[tuple[int, bytes]] = []
        self._afar: list[NDArray[np.uint8]] = []
        for number, grid in closed:
            self._keep(number, grid)

    def add(self, number: int, view: View) -> None:
        """Remember a segment as it last looked; a blank is nothing to come back to."""
        if not is_blank(view):
            self._keep(number, view.grid())

    def _keep(self, number: int, grid: Grid) -> None:
        row = len(self._shown) % _AT_ONCE
        if row == 0:
            self._afar.append(np.zeros((_AT_ONCE, 2, *_AFAR), np.uint8))
        self._afar[-1][row] = _from_afar(grid.luma).round(), _from_afar(grid.edge).round()
        self._shown.append((number, zlib.compress(grid.to_bytes(), _PACKED)))

    def find(self, view: View, stable: Mask, tolerance: Tolerance) -> int:
        """The number of the latest segment that showed the same, or 0."""
        nothing = np.zeros((GRID_ROWS, GRID_COLUMNS), np.bool_)
        for row in self._likeliest(view, stable):
            number, packed = self._shown[row]
            old = View.of(Grid.from_bytes(zlib.decompress(packed)))
            if np.mean(np.abs(old.luma - view.luma) > 12) > 0.5:
                continue
            fitted, differing = aligned(view, old, tolerance)
            cells, trusted = trusted_cells(old, fitted, differing & stable, stable, tolerance)
            enough = np.count_nonzero(trusted) > CELL_COUNT // 2
            if not enough or np.count_nonzero(cells) > _SAME_AREA * CELL_COUNT:
                continue  # most end here, before what costs most
            change = change_between(old, fitted, differing & stable, stable, nothing, tolerance)
            if max(change.lost, change.gained) <= _SAME_LOST:
                return number
        return 0

    def _likeliest(self, view: View, stable: Mask) -> list[int]:
        """Rows of those that look most alike from afar, as it is or under the exposure of each; the latest first."""
        rows = len(self._shown)
        if rows <= _HELD_AGAINST:
            return list(range(rows - 1, -1, -1))
        weight = _from_afar(stable)
        seen = np.stack([_from_afar(view.luma), _from_afar(view.edge)])
        away = np.concatenate([_away(part.astype(np.float32), seen, weight) for part in self._afar])[:rows]
        return sorted(np.argpartition(away, _HELD_AGAINST)[:_HELD_AGAINST].tolist(), reverse=True)


def _away(kept: Cells, seen: Cells, weight: Cells) -> Cells:
    """How far views (N, 2, 9, 16) are from one (2, 9, 16), as it is or under the exposure of each, (N,)."""
    bright = (seen[0] > _DARK) & (weight > 0.5)
    views, view, weights = kept.reshape(len(kept), -1), seen.ravel(), np.tile(weight.ravel(), 2)
    plain = _apart(views, view, weights)
    if not bright.any():
        return plain
    exposures = kept[:, 0][:, bright] / seen[0][bright]
    middle = exposures.shape[1] // 2
    exposures.partition(middle, axis=1)  # of the median only what costs least: the upper one of an even number
    return np.minimum(plain, _apart(views, exposures[:, middle, None] * view, weights))


def _apart(views: Cells, other: Cells, weights: Cells) -> Cells:
    """The weighted sum of the absolute differences, (N,), of views (N, D) to one (D,) or to one for each (N, D)."""
    differences = views - other
    return np.asarray(np.abs(differences, out=differences) @ weights)


def _from_afar(cells: NDArray[np.generic]) -> Cells:
    """Means of blocks of 4 x 4 cells, float32 (9, 16)."""
    blocks = np.asarray(cells, np.float32).reshape(_AFAR[0], _BLOCK, _AFAR[1], _BLOCK)
    return np.asarray(blocks.mean(axis=(1, 3)))


class Template:
    """Cells that show the same on every recent slide: a logo, a footer, the hall around the screen."""

    def __init__(self) -> None:
        self._age = np.zeros((GRID_ROWS, GRID_COLUMNS), np.int16)

    def cells(self) -> Mask:
        """Cells that outlived several slides."""
        return np.asarray(self._age >= _TEMPLATE_AGE)

    def outlive(self, view: View, changed: Mask, trusted: Mask) -> None:
        """Take in a change of slide."""
        self._age[trusted & ~changed & content(view)] += 1
        self._age[changed] = 0

    def forget(self) -> None:
        """Another scene has another template."""
        self._age[:] = 0
