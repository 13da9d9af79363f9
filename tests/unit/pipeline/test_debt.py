from __future__ import annotations

import numpy as np
import pytest

from hallscribed.domain.frame import Grid, Seen
from hallscribed.pipeline.debt import ENOUGH, HEARTBEAT_S, NEVER, UNCHANGED_SHARE, Debt

GRID = Grid(np.zeros((36, 64), np.uint8), np.zeros((36, 64), np.uint8), 0.0)


def looked(changed: float, *, encoded: bool = False) -> Seen:
    return Seen(GRID, changed, np.ones(4, np.float32) if encoded else None)


def encoded_at(shares: list[float], *, step_s: float = 1.0, gap_s: float = 0.0) -> list[int]:
    """Which frames are encoded when so much of each has changed since the last that was."""
    debt, found = Debt(), []
    for number, changed in enumerate(shares):
        time_s = number * step_s
        now = changed >= debt.worth(time_s, gap_s=gap_s)
        debt.learn(looked(changed, encoded=now), time_s)
        if now:
            found.append(number)
    return found


def test_the_first_frame_is_encoded() -> None:
    assert Debt().worth(0.0) == 0.0
    assert Debt().reference is None


def test_another_page_is_encoded_at_once() -> None:
    assert encoded_at([1.0, 0.0, 0.6, 0.0]) == [0, 2]


@pytest.mark.parametrize(("changed", "after"), [(0.16, 2), (0.11, 3), (0.055, 6), (0.021, 15)])
def test_the_less_changed_the_later_it_is_encoded(changed: float, after: int) -> None:
    assert encoded_at([1.0] + [changed] * 20)[:2] == [0, after]


def test_a_person_who_walks_by_is_forgotten_when_gone() -> None:
    assert encoded_at([1.0] + [0.14, 0.14, 0.0] * 30) == [0]


def test_noise_is_never_encoded_before_the_heartbeat() -> None:
    assert encoded_at([1.0] + [UNCHANGED_SHARE] * int(HEARTBEAT_S)) == [0, int(HEARTBEAT_S)]


def test_a_picture_every_ten_seconds_is_no_less_seen() -> None:
    assert encoded_at([1.0, 0.05, 0.0], step_s=10.0) == [0, 1]


def test_a_gap_holds_back_even_another_page() -> None:
    assert encoded_at([1.0] * 11, gap_s=5.0) == [0, 5, 10]


def test_what_was_put_off_is_owed() -> None:
    debt = Debt()
    for second in range(4):
        debt.learn(looked(1.0), second)
    assert (debt.owed_s, debt.frames) == (4.0, 4)
    assert debt.worth(4.0) == 0.0
    debt.learn(looked(1.0, encoded=True), 4.0)
    assert (debt.owed_s, debt.frames) == (0.0, 0)
    debt.learn(looked(0.8), 5.0)
    debt.learn(looked(0.02), 6.0)
    assert debt.owed_s > ENOUGH
    assert debt.worth(7.0) == UNCHANGED_SHARE


def test_two_frames_of_one_moment_are_encoded_once() -> None:
    debt = Debt()
    debt.learn(looked(1.0, encoded=True), 0.0)
    assert debt.worth(0.0) == NEVER
