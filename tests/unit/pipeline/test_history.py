from __future__ import annotations

import cv2
import numpy as np
import pytest

from hallscribed.domain.frame import GRID_COLUMNS, GRID_ROWS
from hallscribed.pipeline import history
from hallscribed.pipeline.gate import grid_of
from hallscribed.pipeline.history import History
from hallscribed.pipeline.view import Tolerance, View
from support.fakes import slide

SHOWN = 200
ALL = np.ones((GRID_ROWS, GRID_COLUMNS), np.bool_)
TOLERANCE = Tolerance(np.full(ALL.shape, 5.0, np.float32), np.full(ALL.shape, 8.0, np.float32))


def view_of(number: int, exposure: float = 1.0) -> View:
    """A slide as a camera sees it, a little noise included."""
    gray = cv2.cvtColor(slide(number), cv2.COLOR_RGB2GRAY).astype(np.float32)
    noise = np.random.default_rng(number).normal(0, 1.0, gray.shape)
    return View.of(grid_of(np.clip(gray * exposure + noise, 0, 255).astype(np.uint8)))


@pytest.fixture(scope="module")
def shown() -> History:
    """Two hundred slides, of which none looks like another."""
    kept = History()
    for number in range(1, SHOWN + 1):
        kept.add(number, view_of(number))
    return kept


@pytest.mark.parametrize("number", [1, 77, SHOWN])
@pytest.mark.parametrize("exposure", [1.0, 0.96])
def test_a_slide_is_known_again_among_hundreds(shown: History, number: int, exposure: float) -> None:
    assert shown.find(view_of(number, exposure), ALL, TOLERANCE) == number


def test_a_slide_that_was_never_shown_is_not(shown: History) -> None:
    assert shown.find(view_of(SHOWN + 1), ALL, TOLERANCE) == 0


def test_of_two_that_look_the_same_the_later_one_is_meant(shown: History) -> None:
    again = History([(number, grid_of(cv2.cvtColor(slide(number), cv2.COLOR_RGB2GRAY))) for number in range(1, 60)])
    again.add(60, view_of(7))
    assert again.find(view_of(7), ALL, TOLERANCE) == 60


def test_a_long_lecture_costs_no_more_than_a_short_one(shown: History, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = 0
    real = history.aligned

    def counted(*arguments: object) -> object:
        nonlocal looked
        looked += 1
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(history, "aligned", counted)
    shown.find(view_of(SHOWN + 1), ALL, TOLERANCE)
    assert looked <= 24
