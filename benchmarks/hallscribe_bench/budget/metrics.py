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


def growth(
    memory: Sequence[tuple[int, Mapping[str, float]]], part: int, *, warm: float
) -> tuple[float, dict[str, float]]:
    """How much more is held after 10,000 frames more, in all and by process.

    What a process holds is the least of several looks: what it works on takes much more for a moment.

    Args:
        memory: (frames so far, memory by process) of each look.
        part: so many looks make one.
        warm: share of the frames that does not count, since caches fill.
    """
    parts = [memory[first : first + part] for first in range(0, len(memory), part)]
    held = [(looks[-1][0], _least_of_each([each for _, each in looks])) for looks in parts]
    counted = [(frames, each) for frames, each in held if frames >= warm * memory[-1][0]]
    frames = [each for each, _ in counted]
    by_process = {name: 10_000 * slope(frames, [each.get(name, 0.0) for _, each in counted]) for name in counted[-1][1]}
    return 10_000 * slope(frames, [sum(each.values()) for _, each in counted]), by_process


def _least_of_each(looks: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Of each name the least value of several looks; a look may lack a name."""
    return {name: min(look[name] for look in looks if name in look) for look in looks for name in look}
