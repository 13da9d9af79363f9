"""What a settled view lost and gained against the one before it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hallscribed.domain.frame import GRID_COLUMNS, GRID_ROWS
from hallscribed.pipeline.view import CELL_COUNT, Mask, Tolerance, View, background, content, occluder

_BODY_STEP = 12.0
_LESS_INK = 0.2


@dataclass(frozen=True, slots=True)
class Change:
    """The difference between two views, over the cells that could be judged.

    Attributes:
        cells: cells that changed, bool (36, 64).
        trusted: cells that could be judged, bool (36, 64).
        changed: share of the content of either view that changed, 0..1.
        lost: share of the old content that is gone, 0..1.
        lost_nearby: the same, within the box that holds the change.
        gained: new content, as a share of the old, 0..1.
        area: changed cells as a share of the picture.
        lost_area, gained_area: the same for what went and what came.
        box: share of the picture that the box around the change holds.
    """

    cells: Mask
    trusted: Mask
    changed: float
    lost: float
    lost_nearby: float
    gained: float
    area: float
    lost_area: float
    gained_area: float
    box: float


def change_between(
    before: View, after: View, differing: Mask, stable: Mask, template: Mask, tolerance: Tolerance
) -> Change:
    """Measure a change.

    Args:
        before, after: settled views; ``after`` under the exposure of ``before``.
        differing: cells whose every frame differs from ``before``.
        stable: cells that hold still.
        template: cells that every recent slide shares; they are no slide's own content.
        tolerance: of the source.
    """
    moved = np.abs(after.luma - before.luma) > np.maximum(tolerance.luma, _BODY_STEP)
    trusted = stable & ~occluder(moved | ~stable)
    cells = differing & trusted
    old, new = content(before) & trusted & ~(template & ~cells), content(after) & trusted & ~(template & ~cells)
    gone = cells & old
    # New text in the place of old makes every other cell lighter; text that is only added makes none.
    toward = np.abs(after.luma - background(after)) < np.abs(before.luma - background(before)) - tolerance.luma
    lighter = gone & ((after.edge < before.edge - tolerance.edge) | toward)
    lost = gone if _count(lighter) >= _LESS_INK * _count(gone) else lighter
    gained = cells & new & ~old
    box = _box_of(cells)
    old_count = max(_count(old), 12)
    return Change(
        cells=cells,
        trusted=trusted,
        changed=_share(_count(cells & (old | new)), _count(old | new)),
        lost=min(1.0, _count(lost) / old_count),
        lost_nearby=_share(_count(lost & box), _count(old & box)),
        gained=min(1.0, _count(gained) / old_count),
        area=_count(cells) / CELL_COUNT,
        lost_area=_count(lost) / CELL_COUNT,
        gained_area=_count(gained) / CELL_COUNT,
        box=_count(box) / CELL_COUNT,
    )


def _count(cells: Mask) -> int:
    return int(np.count_nonzero(cells))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _box_of(cells: Mask) -> Mask:
    """The box that holds all but the outermost twentieth of the cells on each side."""
    box = np.zeros_like(cells)
    rows, columns = np.nonzero(cells)
    if rows.size:
        top, bottom = np.quantile(rows, (0.05, 0.95))
        left, right = np.quantile(columns, (0.05, 0.95))
        box[
            max(0, int(top) - 1) : min(GRID_ROWS, int(bottom) + 2),
            max(0, int(left) - 1) : min(GRID_COLUMNS, int(right) + 2),
        ] = True
    return box
