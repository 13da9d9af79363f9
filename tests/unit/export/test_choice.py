"""Which way to INT8 is taken, by what each holds and takes; nothing is calculated here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hallscribe_export.parity import Parity
from hallscribe_export.progress import Progress, Silent
from hallscribe_export.quantise import choice
from hallscribe_export.quantise.choice import choose
from hallscribe_export.quantise.reference import Full
from hallscribe_export.quantise.routes import Route
from hallscribe_export.quantise.trial import Bench, Candidate
from hallscribe_export.quantise.work import Cases, Work

LAYERS = [f"layer.{number}" for number in range(40)]


class Ways:
    """Stands in for what is made and measured: a way holds once so many of its layers are kept."""

    def __init__(self, needs: dict[Route, int], times: dict[Route, float], slower: float = 1.0) -> None:
        self.needs, self.times, self.slower = needs, times, slower
        self.tried: list[tuple[Route, int]] = []

    def attempt(
        self, bench: Bench, runtime: str, route: Route, keep: tuple[str, ...], judge: object, progress: Progress
    ) -> Candidate:
        self.tried.append((route, len(keep)))
        missed = () if len(keep) >= self.needs[route] else ("cosine 0.9 (at least 0.999)",)
        return Candidate("openvino", route, keep, (Path(route),), Parity(1, 1, 1, 1), missed, 1.0)

    def timed(self, candidates: list[Candidate], bench: Bench, progress: Progress) -> list[Candidate]:
        return [replace(each, latency_ms=self.times[each.route] + self.slower * len(each.keep)) for each in candidates]


def run(ways: Ways, monkeypatch: pytest.MonkeyPatch) -> choice.Choice:
    monkeypatch.setattr(choice, "attempt", ways.attempt)
    monkeypatch.setattr(choice, "timed", ways.timed)
    monkeypatch.setattr(choice, "_ranked", lambda *_: LAYERS)
    cases = Cases(np.zeros((1, 16, 16, 3), np.uint8), np.zeros((1, 1), np.int64))
    work = Work(Path("checkpoint"), 1, 16, False)
    bench = Bench(work, Path("work"), Full(Path("full"), {}), cases, cases, np.zeros((1, 4), np.float32))
    return choose(bench, "openvino", tuple(ways.needs), lambda parity: [], Silent())


def test_the_fastest_that_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    ways = Ways({"weights": 0, "dynamic": 0, "post_training": 0}, {"weights": 9, "dynamic": 5, "post_training": 7})
    found = run(ways, monkeypatch)
    assert found.best.route == "dynamic"
    assert found.figures()["weights_latency_ms_openvino"] == 9


def test_a_faster_way_is_mended_and_taken_and_a_slower_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    ways = Ways({"weights": 0, "dynamic": 3, "post_training": 1}, {"weights": 20, "dynamic": 5, "post_training": 30})
    found = run(ways, monkeypatch)
    assert (found.best.route, found.best.keep) == ("dynamic", tuple(LAYERS[:4]))
    assert ("post_training", 1) not in ways.tried


def test_a_way_that_is_hardly_faster_is_not_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    ways = Ways({"dynamic": 0, "post_training": 1}, {"dynamic": 100, "post_training": 95})
    assert run(ways, monkeypatch).best.route == "dynamic"
    assert ways.tried == [("dynamic", 0), ("post_training", 0)]


def test_a_mended_way_that_became_slower_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    ways = Ways({"weights": 0, "dynamic": 3}, {"weights": 20, "dynamic": 5}, slower=10)
    assert run(ways, monkeypatch).best.route == "weights"


def test_beside_a_way_that_holds_a_quarter_of_the_layers_is_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    ways = Ways({"weights": 0, "dynamic": 40}, {"weights": 20, "dynamic": 5})
    assert run(ways, monkeypatch).best.route == "weights"
    assert [count for route, count in ways.tried if route == "dynamic"] == [0, 10]


def test_beside_a_way_that_holds_as_few_layers_are_kept_as_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    ways = Ways({"weights": 0, "dynamic": 3}, {"weights": 200, "dynamic": 5})
    assert run(ways, monkeypatch).best.keep == tuple(LAYERS[:4])
    ways = Ways({"weights": 0, "dynamic": 7}, {"weights": 200, "dynamic": 5})
    assert run(ways, monkeypatch).best.keep == tuple(LAYERS[:10])
    assert [count for route, count in ways.tried if route == "dynamic"] == [0, 10, 1, 4, 10]


def test_where_nothing_holds_as_it_is_the_fastest_is_mended_first(monkeypatch: pytest.MonkeyPatch) -> None:
    ways = Ways({"weights": 1, "dynamic": 1, "post_training": 1}, {"weights": 20, "dynamic": 5, "post_training": 9})
    found = run(ways, monkeypatch)
    assert (found.best.route, found.best.keep) == ("dynamic", tuple(LAYERS[:1]))
    assert [route for route, count in ways.tried if count] == ["dynamic"]


def test_a_way_that_mending_made_slow_gives_way_to_another(monkeypatch: pytest.MonkeyPatch) -> None:
    ways = Ways({"weights": 1, "dynamic": 30}, {"weights": 20, "dynamic": 15})
    found = run(ways, monkeypatch)
    assert (found.best.route, found.best.keep) == ("weights", tuple(LAYERS[:1]))


def test_where_nothing_holds_every_layer_may_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    ways = Ways({"weights": 40}, {"weights": 20})
    assert run(ways, monkeypatch).best.keep == tuple(LAYERS)
    assert [count for _, count in ways.tried] == [0, 1, 4, 16, 40]
    with pytest.raises(ValueError, match=r"cosine 0\.9 .*--precision fp32"):
        run(Ways({"weights": 41}, {"weights": 20}), monkeypatch)
