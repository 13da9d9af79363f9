"""Novelty: how far the encoder's trajectory moved, in the source's own terms."""

from __future__ import annotations

from collections import deque

import numpy as np

from hallscribed.domain.embedding import Vector

_MEMORY = 60
_FLOOR = 1e-4


class Trajectory:
    """The path of pooled vectors through their space, one step a frame."""

    def __init__(self) -> None:
        self._last: Vector | None = None
        self._steps: deque[float] = deque(maxlen=_MEMORY)

    def step(self, vector: Vector | None, changed: float, over: int = 1) -> float:
        """Novelty of the next frame, 0..1.

        The cosine distance to the frame before is put against the ordinary step of the last minute, so 0.5 is three
        times the ordinary whatever the encoder, trained or not; of a distance that came about in several frames each
        has its part. Without a vector the share of changed cells stands in.

        Args:
            vector: float32 (D,), or None when there is no encoder.
            changed: share of cells that changed since the frame before, 0..1.
            over: frames in which the picture came to what the vector is of, where some reused the one before.
        """
        if vector is None:
            return float(min(1.0, changed))
        last, self._last = self._last, vector
        if last is None or last.shape != vector.shape:
            return 0.0
        scale = float(np.linalg.norm(last) * np.linalg.norm(vector))
        distance = max(0.0, 1.0 - float(last @ vector) / scale) / over if scale > 0 else 0.0
        ordinary = float(np.median(self._steps)) if self._steps else 0.0
        if distance > 0:
            self._steps.extend([distance] * over)
        return distance / (distance + 3.0 * max(ordinary, _FLOOR))
