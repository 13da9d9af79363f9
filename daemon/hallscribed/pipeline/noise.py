"""How restless a source is, learnt while it runs: sensor noise, flicker, and places that never hold still."""

from __future__ import annotations

import numpy as np

from hallscribed.domain.frame import GRID_COLUMNS, GRID_ROWS
from hallscribed.pipeline.rank import median
from hallscribed.pipeline.view import Cells, Mask, Tolerance, View

_STEP_CAP = 10.0
_RATE = 0.1
_LIVE = 0.4


class Restlessness:
    """The ordinary difference between one frame and the next, of the whole picture and of each cell."""

    def __init__(self, luma_base: float, edge_base: float) -> None:
        self._base = (luma_base, edge_base)
        self._level = [0.0, 0.0]
        self._moving = np.zeros((GRID_ROWS, GRID_COLUMNS), np.float32)
        self._cells: list[Cells] = [np.zeros((GRID_ROWS, GRID_COLUMNS), np.float32) for _ in range(2)]

    def learn(self, before: View, after: View, moving: Mask) -> None:
        """Take in one step, with the cells that it moved beyond tolerance; one great change hardly counts."""
        self._moving += _RATE * (moving - self._moving)
        for i, (old, new) in enumerate(((before.luma, after.luma), (before.edge, after.edge))):
            step = np.abs(new - old)
            middle = min(median(step), 2 * self._level[i] + 1)
            self._level[i] += _RATE * (middle - self._level[i])
            self._cells[i] += _RATE * (np.minimum(step, _STEP_CAP) - self._cells[i])

    def live(self) -> Mask:
        """Cells that have hardly held still of late: a film, a camera's inset, a body that moves on the spot."""
        return np.asarray(self._moving > _LIVE)

    def forgive(self, cells: Mask) -> None:
        """Forget the movement of cells whose content changed for good."""
        self._moving[cells] *= 0.5

    def tolerance(self) -> Tolerance:
        """What counts as the same, for now."""
        return Tolerance(
            np.minimum(self._base[0] + 4 * self._level[0] + 1.2 * self._cells[0], 5 * self._base[0]),
            np.minimum(self._base[1] + 4 * self._level[1] + 1.2 * self._cells[1], 5 * self._base[1]),
        )
