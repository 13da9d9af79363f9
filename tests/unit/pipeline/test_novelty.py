from __future__ import annotations

import numpy as np
import pytest

from hallscribed.domain.embedding import Vector
from hallscribed.pipeline.novelty import Trajectory

STILL = np.eye(8, dtype=np.float32)[0]


def near(seed: int, way: float = 0.2) -> Vector:
    """A vector some way from STILL, to another side each time."""
    return np.asarray(STILL + way * np.random.default_rng(seed).normal(size=8), np.float32)


@pytest.mark.parametrize("every", [1, 3])
def test_somebody_who_moves_is_soon_ordinary_however_often_it_is_encoded(every: int) -> None:
    trajectory = Trajectory()
    for build in range(10):
        trajectory.step(near(build, 0.005), 0.02)
    told, vector = [], STILL
    for frame in range(1, 31):
        encoded = frame % every == 0
        vector = near(frame) if encoded else vector
        told.append(trajectory.step(vector, 0.1, every if encoded else 1))
    assert told[every - 1] > 0.9
    assert max(told[18:]) < 0.7


def test_another_page_stands_out_after_somebody_moved() -> None:
    trajectory = Trajectory()
    for frame in range(30):
        trajectory.step(near(frame), 0.1)
    assert trajectory.step(np.asarray(-STILL), 1.0) > 0.7
