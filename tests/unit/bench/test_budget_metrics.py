from __future__ import annotations

import pytest

from hallscribe_bench.budget.metrics import growth, paired, percentile, slope


def test_a_percentile_lies_between_two_values() -> None:
    assert percentile([1.0, 2.0, 3.0], 50) == 2.0
    assert percentile([0.0, 10.0], 99) == pytest.approx(9.9)
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 50)


def test_paired_rounds_cancel_what_slowed_both() -> None:
    told = paired([11.0, 22.0, 33.0], [10.0, 20.0, 30.0])
    assert (told.low, told.median, told.high) == pytest.approx((1.1, 1.1, 1.1))
    with pytest.raises(ValueError, match="cannot be compared"):
        paired([1.0], [1.0, 2.0])


def test_one_outlier_does_not_move_the_slope() -> None:
    times = [float(t) for t in range(20)]
    values = [3.0 + 0.5 * t for t in times]
    values[7] = 1000.0
    assert slope(times, values) == pytest.approx(0.5)
    with pytest.raises(ValueError, match="two points"):
        slope([1.0], [1.0])


def test_what_is_held_grows_whatever_is_worked_on_meanwhile() -> None:
    looks = [(100 * look, {"gateway": 100 + 0.02 * look, "reading": 90.0 + 100 * (look % 3 > 0)}) for look in range(60)]
    grown, by_process = growth(looks, 6, warm=0.2)
    assert (grown, by_process["gateway"], by_process["reading"]) == pytest.approx((2.0, 2.0, 0.0))


def test_a_process_that_is_not_there_at_every_look_does_not_disturb_the_others() -> None:
    looks = [(100 * look, {"gateway": 100.0} | ({"reading": 90.0} if look % 2 else {})) for look in range(60)]
    assert growth(looks, 6, warm=0.2)[1] == pytest.approx({"gateway": 0.0, "reading": 0.0})
