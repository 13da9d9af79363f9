from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from hallscribe_bench.detector import still
from hallscribe_bench.detector.trace import Trace, trace_of


def footage(words: list[str]) -> Trace:
    pages = []
    for word in words:
        page = np.full((180, 320), 240, np.uint8)
        for line in range(4):
            cv2.putText(page, word, (20, 40 + 35 * line), 0, 0.8, 20, 2)
        pages.append(page)
    return trace_of("still slide", [(float(second), page) for second, page in enumerate(pages)], [])


def test_nothing_is_told_of_what_stands_still() -> None:
    assert still.told_of(footage(["quiet"] * 30)) == still.Quiet("still slide", 0.5, 0, 0)


def test_a_change_in_still_footage_is_false() -> None:
    told = still.told_of(footage(["quiet"] * 15 + ["other words"] * 15))
    assert told.false_changes == 1
    assert told.false_per_minute == 2


def test_the_command_adds_up_until_the_minutes_are_reached(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seeds = []

    def rendered(seed: list[int], *_: object) -> list[Trace]:
        seeds.extend(seed)
        return [footage(["quiet"] * 30)]

    monkeypatch.setattr(still, "rendered", rendered)
    assert still.main(["--minutes", "1.2", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["minutes"] for row in rows] == [1.5, 1.5]
    assert rows[-1]["false_changes"] == rows[-1]["false_per_minute"] == 0
    assert seeds == [301, 302, 303]
