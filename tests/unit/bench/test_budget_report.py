from __future__ import annotations

from pathlib import Path

import cv2

from hallscribe_bench.budget.budgets import Budget, as_json, judged, measured_of
from hallscribe_bench.budget.records import Records, environment, read_records
from hallscribe_bench.budget.report import as_markdown, draw

BUDGETS = [
    Budget("quick", "an answer", "ms", "query", "any", most=5),
    Budget("many", "streams", "streams", "streams", "any", least=16),
]


def test_the_table_says_what_was_met_missed_and_not_run() -> None:
    rows = as_json(judged(BUDGETS, {"quick": measured_of(7, "small", (6, 8))}, {"streams": "no disk"}))
    table = as_markdown(rows, {budget.id: budget.what for budget in BUDGETS}, environment())
    assert "| an answer | 7 ms (6 to 8) | <= 5 ms | **missed** |" in table
    assert "| streams |  | >= 16 streams |  | no disk |" in table
    assert f"{environment()['cores']} cores" in table


def test_a_row_of_another_processor_says_so() -> None:
    measured = {"quick": measured_of(7, "small", note="cold 9 ms"), "many": measured_of(20, "small")}
    rows = as_json(judged(BUDGETS, measured, {}), "An Older One")
    here = environment()
    told = as_markdown(rows, {budget.id: budget.what for budget in BUDGETS}, here)
    assert "| cold 9 ms; on An Older One |" in told
    assert "| on An Older One |" in told
    rows = as_json(judged(BUDGETS, measured, {}), here["processor"])
    assert "; on " not in as_markdown(rows, {budget.id: budget.what for budget in BUDGETS}, here)


def test_records_are_read_back_and_drawn(tmp_path: Path) -> None:
    records = Records(tmp_path / "records")
    records.add(
        "lecture",
        "talk",
        stages_ms={"decode": [1.0, 2.0, 9], "acknowledge": [3.0, 5.0, 9]},
        memory_times_s=[0.0, 0.5],
        memory_mib=[{"gateway": 100.0}, {"gateway": 110.0, "reading": 50.0}],
    )
    records.add("query", "latencies", idle_ms=[1.0, 2.0, 3.0], busy_ms=[])
    sizes = [{"rows": rows, "p50_ms": 1.0, "p99_ms": 2.0} for rows in (1000, 1_000_000)]
    records.add("archive", "sizes", sizes=sizes)
    records.add(
        "long",
        "cost",
        cpu_s=[[0, 0.0], [100, 1.0], [200, 2.0]],
        stretches_s=[0.01, 0.01],
        beside_s=[0.01, 0.01],
        memory_mib=[[number, {"gateway": 1.0}] for number in (50, 100, 150, 200)],
    )
    records.close()
    told = read_records(records.folder)
    kinds = [(each["scenario"], each["kind"]) for each in told if each["kind"] != "environment"]
    assert kinds == [("archive", "sizes"), ("lecture", "talk"), ("long", "cost"), ("query", "latencies")]
    assert sum(each["kind"] == "environment" for each in told) == 4
    drawn = draw(told, tmp_path)
    assert sorted(file.name for file in drawn) == ["long.png", "memory.png", "queries.png", "sizes.png", "stages.png"]
    assert all(cv2.imread(str(file)).std() > 1 for file in drawn)


def test_others_are_told_beside() -> None:
    search = {"engine": "archive", "rows": 5000, "recall_at_10": 0.99, "p50_ms": 0.3, "p99_ms": 4.7, "built_s": 1.0}
    ratio = {"median": 9.5, "low": 9.1, "high": 9.9}
    encoder = {"model": "ViT-L", "encoder": "PyTorch", "p50_ms": 1040.0, "threads": 2, "ratio": ratio}
    detector = {"detector": "cuts", "f1": 0.5, "found": 5, "false": 1, "missed": 9, "cpu_ms": 1.3, "frames": 180}
    records = [
        {"scenario": "contenders", "kind": "encoding", **encoder},
        {"scenario": "contenders", "kind": "search", "own_mib": 90.0, "disk_mib": 18.0, **search},
        {"scenario": "contenders", "kind": "boundaries", **detector},
    ]
    page = as_markdown({}, {}, environment(), records=records)
    assert "| PyTorch | 1040.0 ms | 9.50 (9.10 to 9.90) |" in page
    assert "| archive | 0.990 | 0.3 ms | 4.7 ms | 1.0 s | 90 MiB | 18 MiB |" in page
    assert "| cuts | 0.500 | 5 | 1 | 9 | 1.3 ms |" in page
    assert "Vector searches" not in as_markdown({}, {}, environment())


def test_a_run_without_pictures_to_draw_draws_none(tmp_path: Path) -> None:
    assert draw([{"scenario": "run", "kind": "environment"}], tmp_path) == []


def test_a_scenario_run_again_leaves_the_records_of_the_others(tmp_path: Path) -> None:
    for value in (1, 2):
        records = Records(tmp_path)
        records.add("query", "latencies", value=value)
        if value == 1:
            records.add("long", "cost", value=value)
        records.close()
    told = {each["scenario"]: each["value"] for each in read_records(tmp_path) if "value" in each}
    assert told == {"query": 2, "long": 1}
