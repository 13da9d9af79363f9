from __future__ import annotations

import numpy as np
import pytest

from hallscribed.pipeline.rank import median, quantile


@pytest.mark.parametrize("count", [1, 2, 3, 2303, 2304])
@pytest.mark.parametrize("share", [0.0, 0.4, 0.5, 1.0])
def test_it_is_what_numpy_says(count: int, share: float) -> None:
    values = np.random.default_rng(count).uniform(0, 255, count).astype(np.float32)
    before = values.copy()
    assert quantile(values, share) == pytest.approx(np.quantile(values, share), rel=1e-6)
    assert median(values) == pytest.approx(np.median(values), rel=1e-6)
    assert (values == before).all()


def test_cells_may_lie_in_rows() -> None:
    assert median(np.array([[4, 1], [3, 2]], np.float32)) == 2.5


def test_nothing_has_no_middle() -> None:
    with pytest.raises(ValueError, match="where there is none"):
        median(np.empty(0, np.float32))
