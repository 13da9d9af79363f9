from __future__ import annotations

import numpy as np
import pytest

from hallscribed.pipeline.sampler import Sampler


def kept(times: list[float], sampler: Sampler | None = None) -> list[float]:
    sampler = sampler or Sampler()
    return [time for time in times if sampler.accepts(time)]


def test_a_video_is_cut_to_the_frame_nearest_to_each_second() -> None:
    times = [frame * 1001 / 30000 for frame in range(1798)]
    chosen = kept(times)
    assert len(chosen) == 60
    assert max(abs(time - round(time)) for time in chosen) <= 0.5 * 1001 / 30000 + 1e-9


@pytest.mark.parametrize("seed", range(5))
def test_one_frame_a_second_with_jitter_loses_none(seed: int) -> None:
    jitter = np.random.default_rng(seed).uniform(-0.2, 0.2, 600)
    times = [max(0.0, second + float(shift)) for second, shift in enumerate(jitter)]
    assert kept(times) == times


@pytest.mark.parametrize("rate", [2.0, 5.0, 10.0, 16.6585, 23.976, 25.0, 60.0])
def test_any_rate_becomes_one_frame_a_second(rate: float) -> None:
    chosen = kept([frame / rate for frame in range(int(rate * 100))])
    assert len(chosen) in (99, 100, 101)
    assert max(np.diff(chosen)) <= 1.0 + 1.0 / rate


def test_a_slower_source_keeps_every_frame() -> None:
    times = [2.7 * frame for frame in range(50)]
    assert kept(times) == times


def test_a_gap_is_followed_by_the_next_frame() -> None:
    times = [0.0, 0.5, 1.0, 1.5, 30.2, 30.7, 31.2, 31.7]
    assert kept(times) == [0.0, 1.0, 30.2, 31.2]


def test_goes_on_after_a_restart() -> None:
    assert kept([10.2, 10.6, 11.0, 11.4, 12.0], Sampler(last_media_time=10.0)) == [11.0, 12.0]


def test_other_rates() -> None:
    assert kept([frame / 30 for frame in range(60)], Sampler(2.0)) == pytest.approx([0.0, 0.5, 1.0, 1.5])
    with pytest.raises(ValueError, match="positive"):
        Sampler(0.0)
