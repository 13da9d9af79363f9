"""The segments that were shown, to know one again, and what they have in common."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hallscribed.domain.frame import GRID_COLUMNS, GRID_ROWS, Grid
from hallscribed.pipeline.change import change_between
from hallscribed.pipeline.view import CELL_COUNT, Mask, Tolerance, View, aligned, content, is_blank

_SAME_AREA = 0.006
_SAME_LOST = 0.06
_TEMPLATE_AGE = 2


class History:
    """Settled views of closed segments, by number."""

    def __init__(self, closed: Sequence[tuple[int, Grid]] = ()) -> None:
        self._views: list[tuple[int, View]] = [(number, View.of(grid)) for number, grid in closed]

    def add(self, number: int, view: View) -> None:
        """Remember a segment as it last looked; a blank is nothing to come back to."""
        if not is_blank(view):
            self._views.append((number, view))

    def find(self, view: View, stable: Mask, tolerance: Tolerance) -> int:
        """The number of the latest segment that showed the same, or 0."""
        nothing = np.zeros((GRID_ROWS, GRID_COLUMNS), np.bool_)
        for number, old in reversed(self._views):
            if np.mean(np.abs(old.luma - view.luma) > 12) > 0.5:
                continue
            fitted, differing = aligned(view, old, tolerance)
            change = change_between(old, fitted, differing & stable, stable, nothing, tolerance)
            enough = np.count_nonzero(change.trusted) > CELL_COUNT // 2
            if enough and change.area <= _SAME_AREA and max(change.lost, change.gained) <= _SAME_LOST:
                return number
        return 0


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
