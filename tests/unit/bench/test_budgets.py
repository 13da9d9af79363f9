from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from hallscribe_bench.budget.budgets import Budget, Measured, as_json, judged, measured_of, merged, read_budgets
from hallscribe_bench.budget.report import target_of
from hallscribe_bench.budget.scenarios import ALL
from hallscribe_bench.budget.setting import SCENARIOS, read_scenarios

BUDGETS = Path(__file__).parents[3] / "benchmarks" / "budgets.toml"
AT_MOST = Budget("quick", "an answer", "ms", "query", "any", most=5)
AT_LEAST = Budget("many", "streams", "streams", "streams", "true", least=16)


def verdicts(**measured: Measured) -> dict[str, dict[str, object]]:
    return as_json(judged([AT_MOST, AT_LEAST], measured, {"streams": "failed: no disk"}))


def test_a_target_is_kept_on_its_own_side() -> None:
    assert AT_MOST.kept_by(5.0) and not AT_MOST.kept_by(5.1)
    assert AT_LEAST.kept_by(16) and not AT_LEAST.kept_by(15)
    assert target_of(verdicts()["quick"]) == "<= 5 ms"


def test_every_budget_has_a_row_whether_or_not_it_was_measured() -> None:
    rows = verdicts(quick=measured_of(7.12345, "small", (6.0, 8.0)))
    assert rows["quick"] | {"spread": None} == {
        "value": 7.123,
        "unit": "ms",
        "target": 5,
        "pass": False,
        "better": "less",
        "size": "small",
        "spread": None,
        "note": "",
        "processor": "",
    }
    assert rows["quick"]["spread"] == [6.0, 8.0]
    assert (rows["many"]["value"], rows["many"]["pass"], rows["many"]["note"]) == (None, None, "failed: no disk")


def test_small_models_prove_nothing_of_large_ones() -> None:
    assert verdicts(many=measured_of(20, "small"))["many"]["pass"] is None
    assert verdicts(many=measured_of(20, "true"))["many"]["pass"] is True


def test_what_a_run_does_not_measure_keeps_what_was_found_before() -> None:
    before = verdicts(quick=measured_of(3, "small"))
    after = merged(before, verdicts(many=measured_of(20, "true")))
    assert after["quick"]["value"] == 3
    assert after["many"]["value"] == 20


def test_of_a_row_that_was_never_measured_the_latest_reason_is_told() -> None:
    before = as_json(judged([AT_MOST], {}, {"query": "there is no disk"}))
    assert merged(before, as_json(judged([AT_MOST], {}, {"query": "no time"})))["quick"]["note"] == "no time"


@pytest.mark.parametrize("row", ["most = 1\nleast = 2", "", "most = 1\nmust = 3"])
def test_a_budget_with_no_target_or_two_or_an_unknown_key_is_refused(tmp_path: Path, row: str) -> None:
    file = tmp_path / "budgets.toml"
    file.write_text(f'[one]\nwhat = ""\nunit = ""\nscenario = "query"\nsize = "any"\n{row}\n')
    with pytest.raises(ValueError, match="one"):
        read_budgets(file)


def test_every_scenario_has_amounts_and_every_budget_a_scenario() -> None:
    described = read_scenarios(SCENARIOS)
    assert set(described) == set(ALL)
    assert all({"what", "quick", "normal"} == set(each) for each in described.values())
    known = set(ALL) | {"archive"}
    assert {budget.scenario for budget in read_budgets(BUDGETS)} <= known


def test_the_checked_in_results_have_a_row_for_every_budget() -> None:
    latest = json.loads((BUDGETS.parent / "results" / "latest.json").read_text())
    assert set(latest) == set(tomllib.loads(BUDGETS.read_text()))
    for name, row in latest.items():
        assert {"value", "unit", "target", "pass"} <= set(row), name
