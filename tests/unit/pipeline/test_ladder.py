from __future__ import annotations

from hallscribed.domain.errors import Reason
from hallscribed.domain.record import SystemNotice
from hallscribed.pipeline.ladder import RUNGS, Ladder


class Load:
    """A ladder that sees a lag once a second."""

    def __init__(self) -> None:
        self.now = 100.0
        self.told: list[SystemNotice] = []
        self.ladder = Ladder(self.told.append, lambda: self.now)

    def see(self, lag_s: float, seconds: int) -> int:
        for _ in range(seconds):
            self.now += 1.0
            self.ladder.observe(lag_s)
        return self.ladder.height


def test_a_short_wait_gives_up_nothing() -> None:
    load = Load()
    assert load.see(9.0, 3) == 0
    assert load.see(1.0, 1) == 0
    assert load.see(9.0, 3) == 0
    assert not load.told


def test_what_is_only_put_off_is_given_up_first() -> None:
    load = Load()
    assert load.see(5.0, 4) == 1
    assert not load.ladder.rung.summaries and load.ladder.rung.reading
    assert load.see(5.0, 4) == 2
    assert not load.ladder.rung.reading
    assert load.ladder.rung.encode_gap_s == 0


def test_it_climbs_to_the_last_rung_and_no_further() -> None:
    load = Load()
    assert load.see(60.0, 100) == len(RUNGS) - 1
    assert load.ladder.rung.encode_gap_s > 0
    assert len(load.told) == len(RUNGS) - 1


def test_everything_is_taken_up_again_step_by_step() -> None:
    load = Load()
    load.see(5.0, 8)
    assert load.see(0.0, 30) == 2
    assert load.see(0.0, 1) == 1
    assert load.see(1.0, 100) == 1
    assert load.see(0.0, 31) == 0
    assert load.ladder.rung is RUNGS[0]


def test_every_step_is_announced_with_what_it_means() -> None:
    load = Load()
    load.see(5.0, 4)
    load.see(0.0, 31)
    up, down = load.told
    assert up.reason is down.reason is Reason.OVERLOAD
    assert "5.0 s behind: summaries by the language model wait" in up.detail
    assert "keep up again: nothing is given up" in down.detail
