"""How progress is told: bars on a terminal, lines elsewhere."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from hallscribe_export import progress
from hallscribe_export.progress import Lines, shown


def test_a_log_gets_a_line_for_each_step() -> None:
    out = io.StringIO()
    with shown(Console(file=out, soft_wrap=True)) as told:
        told.step("reading [the] weights")
        told.advance(1, 3)
        told.step("comparing")
    assert out.getvalue() == "reading [the] weights\ncomparing\n"


def test_a_long_step_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    out = io.StringIO()
    told = Lines(Console(file=out, soft_wrap=True))
    told.step("measuring")
    for second in range(25):
        now = float(second)
        told.advance(second, 25)
    assert out.getvalue().splitlines() == ["measuring", "measuring: 10 of 25", "measuring: 20 of 25"]


def test_a_terminal_gets_bars_and_finished_steps_stay() -> None:
    out = io.StringIO()
    with shown(Console(file=out, force_terminal=True, width=100)) as told:
        told.step("reading")
        told.advance(1, 2)
        told.step("comparing")
    last = out.getvalue().split("\x1b[2K")[-1]
    assert "reading" in last and "comparing" in last
    assert last.count("100%") == 2
