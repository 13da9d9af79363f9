"""Rows against their bars, and the table that shows them."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from hallscribe_export.train.evaluation.report import (
    as_json,
    earlier_rows,
    summary,
    table,
    write_figures,
    write_page,
)
from hallscribe_export.train.evaluation.rows import Bar, Row, not_run

ROWS = [
    Row("words", "hit@5", 0.81, Bar(least=0.8, above=("chance",)), {"chance": 0.02}),
    Row("words", "hit@1", 0.4, None, {"chance": 0.004}),
    Row("same", "AUC", 0.98, Bar(least=0.99), note="seen from afar"),
    not_run("talks", "slide changes", "no recordings", Bar(not_below=("former",))),
]


def test_verdicts() -> None:
    assert [row.verdict for row in ROWS] == ["pass", "told", "missed", "not run"]
    assert summary(ROWS) == "1 pass, 1 missed, 1 not run, 1 told"


@pytest.mark.parametrize(
    ("bar", "value", "met"),
    [
        (Bar(least=0.8), 0.8, True),
        (Bar(least=0.8), 0.79, False),
        (Bar(most=2), 2, True),
        (Bar(most=2), 3, False),
        (Bar(above=("a",)), 0.5, False),
        (Bar(above=("a", "b")), 0.55, False),
        (Bar(above=("a", "b")), 0.61, True),
        (Bar(not_below=("a",)), 0.5, True),
        (Bar(not_below=("b",)), 0.5, False),
        (Bar(not_above=("a",)), 0.5, True),
        (Bar(not_above=("a",)), 0.51, False),
        (Bar(least=0.9, above=("a",)), 0.7, False),
    ],
)
def test_every_part_of_a_bar_counts(bar: Bar, value: float, met: bool) -> None:
    assert bar.met(value, {"a": 0.5, "b": 0.6}) is met


def test_a_bar_without_its_baseline_is_an_error() -> None:
    with pytest.raises(KeyError):
        Bar(above=("absent",)).met(1.0, {})


def test_the_table_and_the_page_tell_all_of_it(tmp_path: Path) -> None:
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(table(ROWS))
    write_page(tmp_path / "page.md", ROWS, {"weights": "abc"})
    page = (tmp_path / "page.md").read_text()
    for text in (console.export_text(), page):
        for told in ("hit@5", "0.810", ">= 0.8, above chance", "chance 0.020", "missed", "not run", "no recordings"):
            assert told in text
    assert "| AUC (seen from afar) | **0.980** | >= 0.99 |  | **missed** |" in page
    assert "- weights: abc" in page
    assert page.count("## Words") == 1


def test_json_tells_verdicts() -> None:
    rows = json.loads(json.dumps(as_json(ROWS, {})))["rows"]
    assert rows[0]["verdict"] == "pass"
    assert rows[0]["bar"] == ">= 0.8, above chance"
    assert rows[3]["measured"] is None


def test_figures_of_the_same_parts_come_back_and_others_do_not(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    rests_on = {"words": ("encoder", "heads"), "same": ("encoder",), "talks": ("heads",)}
    model = {"encoder": "a", "heads": "b"}
    assert earlier_rows(file, model, rests_on) == []
    write_figures(file, ROWS, model, {})
    assert earlier_rows(file, model, rests_on) == ROWS
    assert earlier_rows(file, {**model, "heads": "c"}, rests_on) == [ROWS[2]]
    assert earlier_rows(file, {**model, "encoder": "c"}, rests_on) == [ROWS[3]]
    file.write_text("{")
    assert earlier_rows(file, model, rests_on) == []
