from __future__ import annotations

import pytest

from hallscribe_bench.detector import sweep
from hallscribe_bench.detector.score import Score
from hallscribed.pipeline.detector import DetectorSettings


def test_descends_to_the_best_value_and_leaves_ties(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sweep, "results", lambda _, settings: settings)
    monkeypatch.setattr(sweep, "worth", lambda settings: 0.9 - abs(settings.lost - 0.3))
    chosen = sweep.descend([], DetectorSettings(), 2, ("lost", "title"))
    assert chosen.lost == 0.3
    assert chosen.title == DetectorSettings().title
    printed = capsys.readouterr().out
    assert "| `lost` | 0.15: 0.7500 ·" in printed
    assert printed.count("round") == 2


def test_worth_counts_false_events_where_nothing_happens() -> None:
    perfect, none = Score(2, 0, 0), Score()
    assert sweep.worth({"a": (perfect, none, 3.0), "b": (none, none, 3.0)}) == pytest.approx(1.0)
    assert sweep.worth({"a": (perfect, none, 3.0), "b": (Score(0, 3, 0), none, 6.0)}) == pytest.approx(0.775)


def test_every_threshold_is_swept_around_its_default() -> None:
    settings = DetectorSettings()
    for name, values in sweep.CANDIDATES.items():
        assert getattr(settings, name) in values, name
