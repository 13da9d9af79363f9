"""The learning rate over a training."""

from __future__ import annotations

import numpy as np

_WARM_UP, _LAST = 0.04, 0.01


def rate_at(highest: float, step: int, steps: int) -> float:
    """It rises in a straight line over the first 4 % of the steps, then falls as a cosine to a hundredth."""
    warm = max(1.0, steps * _WARM_UP)
    if step < warm:
        return highest * (step + 1) / warm
    done = (step - warm) / max(1.0, steps - warm)
    return highest * (_LAST + (1 - _LAST) * 0.5 * (1 + float(np.cos(np.pi * done))))
