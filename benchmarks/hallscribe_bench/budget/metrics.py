"""Figures of raw records: pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` per cent lie (linear between two). ValueError without values."""
    if not values:
        raise ValueError("nothing was measured")
    return float(np.percentile(values, share))


@dataclass(frozen=True, slots=True)
class Ratio:
    """How two alternating series compare: the median of the rounds' ratios, and its quartiles."""

    median: float
    low: float
    high: float


def paired(ours: Sequence[float], theirs: Sequence[float]) -> Ratio:
    """Ratios of rounds that ran one after the other, so that what slows the machine slows both.

    Raises:
        ValueError: not equally many, or none.
    """
    if len(ours) != len(theirs) or not ours:
        raise ValueError(f"{len(ours)} rounds cannot be compared with {len(theirs)}")
    low, median, high = np.percentile(np.asarray(ours) / np.asarray(theirs), (25, 50, 75))
    return Ratio(float(median), float(low), float(high))


def slope(times: Sequence[float], values: Sequence[float]) -> float:
    """The median of the slopes between all pairs of points (Theil 1950, Sen 1968): a few outliers move it little.

    ValueError with fewer than two points.
    """
    if len(times) != len(values) or len(times) < 2:
        raise ValueError("a slope needs two points")
    x, y = np.asarray(times, float), np.asarray(values, float)
    first, second = np.triu_indices(len(x), 1)
    apart = x[second] - x[first]
    differing = apart != 0
    return float(np.median((y[second] - y[first])[differing] / apart[differing]))


def least_of_each(looks: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Of each name the least value of several looks; a name that a look lacks is none there."""
    return {name: min(look[name] for look in looks if name in look) for look in looks for name in look}
