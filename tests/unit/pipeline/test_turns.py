from __future__ import annotations

import threading
import time

from hallscribed.pipeline.turns import Turns


def test_alone_it_is_always_ones_turn() -> None:
    turns = Turns()
    for live in (True, False, True):
        with turns.turn(live=live) as mine:
            assert mine


def test_a_live_frame_goes_on_without_its_turn_and_a_recorded_one_waits() -> None:
    turns, held, let_go = Turns(), threading.Event(), threading.Event()
    found: list[bool] = []

    def hold() -> None:
        with turns.turn(live=True):
            held.set()
            assert let_go.wait(10)

    def recorded() -> None:
        with turns.turn(live=False) as mine:
            found.append(mine)

    threads = [threading.Thread(target=each) for each in (hold, recorded)]
    threads[0].start()
    assert held.wait(10)
    threads[1].start()
    with turns.turn(live=True) as mine:
        assert not mine
    time.sleep(0.3)
    assert not found
    let_go.set()
    for thread in threads:
        thread.join(10)
    assert found == [True]


def test_a_frame_that_fails_gives_its_turn_back() -> None:
    turns = Turns()
    try:
        with turns.turn(live=True):
            raise RuntimeError
    except RuntimeError:
        pass
    with turns.turn(live=True) as mine:
        assert mine
