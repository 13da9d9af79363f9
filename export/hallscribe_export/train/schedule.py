"""The learning rate over a training."""

from __future__ import annotations

import numpy as np

_LAST = 0.01


def rate_at(highest: float, step: int, steps: int, *, warm_up: float = 0.04) -> float:
    """It rises in a straight line over that share of the steps, then falls as a cosine to a hundredth."""
    warm = max(1.0, steps * warm_up)
    if step < warm:
        return highest * (step + 1) / warm
    done = (step - warm) / max(1.0, steps - warm)
    return highest * (_LAST + (1 - _LAST) * 0.5 * (1 + float(np.cos(np.pi * done))))
