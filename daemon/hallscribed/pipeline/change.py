"""What a settled view lost and gained against the one before it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hallscribed.domain.frame import GRID_COLUMNS, GRID_ROWS
from hallscribed.pipeline.view import CELL_COUNT, Mask, Tolerance, View, background, content, is_framed, occluder

_BODY_STEP = 12.0
_LESS_INK = 0.2
_TEXT_EDGE = 10.0
_SURFACE_WEIGHT = 0.35
_LEAST_CONTENT = 12.0
_SAME_EDGES = 0.85


@dataclass(frozen=True, slots=True)
class Change:
    """The difference between two views, over the cells that could be judged.

    Attributes:
        cells: cells that changed, bool (36, 64).
        trusted: cells that could be judged, bool (36, 64).
        box: the box around the change, bool (36, 64).
        judged: share of the old content that could be judged, 0..1; 1 where there was none.
        changed: share of the content of either view that changed, 0..1.
        lost: share of the old content that is gone, 0..1.
        lost_nearby: the same, within the box.
        title: the same, of the text in the uppermost line of the old content.
        gained: content where there was none, as a share of the old, 0..1.
        arrived: cells with new content, in new places or old ones, against those that lost theirs, 0..1.
        replaced_area: cells whose content gave way to other content, as a share of the picture.
        wide: the box is at least as wide as it is tall, as a slide is and a body is not.
        spread: share of the columns with old content that lost some of it, 0..1.
        area, lost_area, gained_area: cells that changed, went and came, as shares of the picture.
    """

    cells: Mask
    trusted: Mask
    box: Mask
    judged: float
    changed: float
    lost: float
    lost_nearby: float
    title: float
    gained: float
    arrived: float
    replaced_area: float
    wide: bool
    spread: float
    area: float
    lost_area: float
    gained_area: float


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
    cells, trusted = trusted_cells(before, after, differing, stable, tolerance)
    judged = trusted & ~(template & ~cells)
    whole = content(before)
    old, new = whole & judged, content(after) & judged
    gone = cells & old
    toward = np.abs(after.luma - background(after)) < np.abs(before.luma - background(before)) - tolerance.luma
    lost = _lost(before, after, gone, toward, tolerance)
    gained = cells & new & ~old
    heavier = gone & ((after.edge > before.edge + tolerance.edge) | (new & ~toward & (after.edge > _TEXT_EDGE)))
    box = _box_of(cells)
    weights = np.where(before.edge > _TEXT_EDGE, 1.0, _SURFACE_WEIGHT) * old
    weight = max(float(weights.sum()), _LEAST_CONTENT)
    title = _title_of(old & (before.edge > _TEXT_EDGE))
    return Change(
        cells=cells,
        trusted=trusted,
        box=box,
        judged=_share(_count(whole & trusted), _count(whole)) if whole.any() else 1.0,
        changed=_share(_count(cells & (old | new)), _count(old | new)),
        lost=min(1.0, float(weights[lost].sum()) / weight),
        lost_nearby=_share(float(weights[lost & box].sum()), float(weights[box].sum())),
        title=_share(_count(lost & title), max(_count(title), 4)),
        gained=min(1.0, _count(gained) / weight),
        arrived=min(1.0, _share(_count(gained | heavier), max(_count(lost), 4))),
        replaced_area=min(_count(heavier) * 2, _count(lost)) / CELL_COUNT,
        wide=_columns(box) >= _columns(box.T),
        spread=_share(_columns(lost), _columns(old)),
        area=_count(cells) / CELL_COUNT,
        lost_area=_count(lost) / CELL_COUNT,
        gained_area=_count(gained) / CELL_COUNT,
    )


def extent_between(before: View, after: View, differing: Mask, template: Mask, tolerance: Tolerance) -> float:
    """Share of the content of either view that changed, 0..1: ``Change.changed`` alone, of views that hold still."""
    cells, trusted = trusted_cells(before, after, differing, np.ones_like(differing), tolerance)
    shown = (content(before) | content(after)) & trusted & ~(template & ~cells)
    return _share(_count(cells & shown), _count(shown))


def trusted_cells(before: View, after: View, differing: Mask, stable: Mask, tolerance: Tolerance) -> tuple[Mask, Mask]:
    """``Change.cells`` and ``Change.trusted`` alone: those that could be judged hold still and no body covers them."""
    moved = np.abs(after.luma - before.luma) > np.maximum(tolerance.luma, _BODY_STEP)
    body = occluder(moved | ~stable)
    if body.any() and is_framed(differing & stable, body):
        body = np.zeros_like(body)
    trusted = stable & ~body
    return differing & trusted, trusted


def _lost(before: View, after: View, gone: Mask, toward: Mask, tolerance: Tolerance) -> Mask:
    """Changed cells of the old content that no longer show it; ``toward``: nearer to the background than before."""
    # New text in the place of old makes every other cell lighter; text that is only added makes none.
    lighter = gone & ((after.edge < before.edge - tolerance.edge) | toward)
    lost = gone if _count(lighter) >= _LESS_INK * _count(gone) else lighter
    return np.zeros_like(lost) if _is_dimmed(before, after, lost) else lost


def _is_dimmed(before: View, after: View, cells: Mask) -> bool:
    """Whether the same edges are still there, only weaker: a greyed bullet, another exposure."""
    old, new = before.edge[cells], after.edge[cells]
    if old.size < 8 or float(new.mean()) < 0.3 * float(old.mean()):
        return False
    old, new = old - old.mean(), new - new.mean()
    scale = float(np.sqrt((old * old).sum() * (new * new).sum()))
    return scale > 0 and float((old * new).sum()) > _SAME_EDGES * scale


def _title_of(text: Mask) -> Mask:
    """The uppermost rows that hold text."""
    rows = np.nonzero(text.sum(axis=1) >= 3)[0]
    title = np.zeros_like(text)
    if rows.size:
        title[: rows[0] + 3] = text[: rows[0] + 3]
    return title


def _count(cells: Mask) -> int:
    return int(np.count_nonzero(cells))


def _columns(cells: Mask) -> int:
    return int(np.count_nonzero(cells.any(axis=0)))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _box_of(cells: Mask) -> Mask:
    """The box that holds all but the outermost twentieth of the cells on each side."""
    box = np.zeros_like(cells)
    rows, columns = np.nonzero(cells)[0], np.nonzero(cells.T)[0]
    if rows.size:
        first, last = int(0.05 * (rows.size - 1)), int(0.95 * (rows.size - 1))
        box[
            max(0, rows[first] - 1) : min(GRID_ROWS, rows[last] + 2),
            max(0, columns[first] - 1) : min(GRID_COLUMNS, columns[last] + 2),
        ] = True
    return box
