"""How near vectors of lower precision are to those of full precision, in what they are used for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from hallscribe_export.recipe import Parity as Bars
from hallscribed.pipeline.novelty import Trajectory

Rows = NDArray[np.float32]

NEAREST = 10
# A frame this novel moved further than any ordinary one of the same footage: see pipeline.novelty.
_NOVEL = 0.5
# What each figure is called in a manifest's ``measured``.
NAMES = {
    "cosine": "cosine_to_float32",
    "centred_cosine": "centred_cosine",
    "neighbours": "neighbours",
    "boundaries": "boundaries",
}


@dataclass(frozen=True, slots=True)
class Parity:
    """What is left of full precision; 1 is all of it.

    Attributes:
        cosine: of the worst row.
        centred_cosine: of the worst row, the reference's mean taken from both: what all pictures share says nothing.
        neighbours: share of each row's ten nearest others that stay among them, on average.
        boundaries: share of the largest steps from one row to the next that are among the largest still.
    """

    cosine: float
    centred_cosine: float
    neighbours: float
    boundaries: float

    def missed(self, bars: Bars, trained: bool) -> list[str]:
        """What is below its bar, in words; neighbours and boundaries are judged on trained weights only.

        Random weights put all pictures into nearly one place, where any rounding changes who is nearest.
        """
        return list(self._missed(bars, trained))

    def _missed(self, bars: Bars, trained: bool) -> Iterator[str]:
        judged = NAMES if trained else ("cosine", "centred_cosine")
        found = asdict(self)
        for name in judged:
            bar = getattr(bars, name)
            if bar is not None and not found[name] >= bar:
                yield f"{name.replace('_', ' ')} {found[name]:.4f} (at least {bar:g})"

    def figures(self, runtime: str) -> dict[str, float]:
        """As a manifest's ``measured`` names them."""
        return {f"{NAMES[name]}_{runtime}": round(value, 6) for name, value in asdict(self).items()}


def measure(rows: Rows, reference: Rows) -> Parity:
    """Compare rows (N, D), in the order in which they were shown, with those of full precision.

    ValueError when the shapes differ; a row that is not finite makes every figure 0.
    """
    if rows.shape != reference.shape:
        raise ValueError(f"rows of shape {rows.shape} cannot be compared with {reference.shape}")
    if not np.isfinite(rows).all():
        return Parity(0.0, 0.0, 0.0, 0.0)
    return Parity(
        least_cosine(rows, reference),
        centred_cosine(rows, reference),
        neighbours(rows, reference),
        boundaries(rows, reference),
    )


def least_cosine(rows: Rows, reference: Rows) -> float:
    """Of the worst row of (N, D)."""
    return float(np.diagonal(_cosines(rows, reference)).min())


def centred_cosine(rows: Rows, reference: Rows) -> float:
    """Of the worst row after the reference's mean was taken from both.

    A row that lies at the mean has no direction of its own and is left out: one whose distance to it is below a
    thousandth of the usual.
    """
    mean = reference.mean(axis=0, dtype=np.float64)
    moved, wanted = rows - mean, reference - mean
    away = np.linalg.norm(wanted, axis=1)
    counted = away > 1e-3 * np.median(away)
    if not counted.any():
        return 1.0 if np.array_equal(rows, reference) else 0.0
    return least_cosine(moved[counted], wanted[counted])


def neighbours(rows: Rows, reference: Rows, count: int = NEAREST) -> float:
    """Mean overlap of each row's nearest others by cosine, 0..1; of a third of them where there are few rows."""
    count = max(1, min(count, (len(rows) - 1) // 3))
    both = zip(_nearest(rows, count), _nearest(reference, count), strict=True)
    return float(np.mean([len(set(found) & set(wanted)) / count for found, wanted in both]))


def boundaries(rows: Rows, reference: Rows) -> float:
    """Overlap of the steps that stand out, 0..1.

    As many as are novel by the daemon's own measure in the reference, at least one: its largest against the largest of
    the others. So the figure does not hang on a threshold that a step may pass by a hair.
    """
    wanted, found = _novelty(reference), _novelty(rows)
    count = max(1, int((wanted >= _NOVEL).sum()))
    return len(set(_largest(wanted, count)) & set(_largest(found, count))) / count


def _novelty(rows: Rows) -> NDArray[np.float64]:
    path = Trajectory()
    return np.array([path.step(np.asarray(row, np.float32), 0.0) for row in rows])


def _largest(values: NDArray[np.float64], count: int) -> list[int]:
    return [int(place) for place in np.argsort(-values, kind="stable")[:count]]


def _nearest(rows: Rows, count: int) -> NDArray[np.intp]:
    cosines = _cosines(rows, rows)
    np.fill_diagonal(cosines, -2.0)
    return np.argsort(-cosines, axis=1, kind="stable")[:, :count]


def _cosines(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.float64]:
    """Of every row of ``a`` to every row of ``b``."""
    first, second = a.astype(np.float64), b.astype(np.float64)
    lengths = np.linalg.norm(first, axis=1)[:, None] * np.linalg.norm(second, axis=1)[None]
    return np.asarray(first @ second.T / np.maximum(lengths, 1e-30), np.float64)
