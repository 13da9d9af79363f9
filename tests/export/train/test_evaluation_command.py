"""The command: which sections run, what stays of an earlier run, and its exit code."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from hallscribe_export.train.evaluation import __main__ as command
from hallscribe_export.train.evaluation.rows import Bar, Row

runner = CliRunner()
IDENTITY = {"encoder": "a", "predictor": "b", "bundle": "c", "heads": "d"}


def app() -> typer.Typer:
    made = typer.Typer()
    made.command()(command.main)
    return made


class Measured:
    """Every section gives one row; words find nothing."""

    def __init__(self, *_: Any) -> None:
        for section, title in command.TITLES.items():
            value = 0.1 if section == "retrieval" else 1.0
            row = Row(title, f"figure of {section}", value, Bar(least=0.5))
            setattr(self, section, lambda row=row: [row])


@pytest.fixture
def arguments(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    monkeypatch.setattr(command, "Evaluation", Measured)
    monkeypatch.setattr(command, "Model", lambda *_: SimpleNamespace(identity=lambda: IDENTITY))
    return ["--figures", str(tmp_path / "figures.json"), "--page", str(tmp_path / "page.md")]


def test_a_miss_is_told_and_fails_only_where_it_is_asked_to(arguments: list[str], tmp_path: Path) -> None:
    told = runner.invoke(app(), arguments)
    assert told.exit_code == 0
    assert "missed" in told.stdout
    assert "4 pass, 1 missed" in (tmp_path / "page.md").read_text()
    assert runner.invoke(app(), [*arguments, "--strict"]).exit_code == 1
    assert runner.invoke(app(), ["--strict", "--only", "precision"]).exit_code == 0


def test_sections_that_are_left_out_keep_their_figures(arguments: list[str], tmp_path: Path) -> None:
    runner.invoke(app(), [*arguments, "--only", "talks", "--only", "sameness"])
    found = json.loads(runner.invoke(app(), [*arguments, "--only", "precision", "--json"]).stdout)
    assert [row["what"] for row in found["rows"]] == [
        f"figure of {each}" for each in ("sameness", "talks", "precision")
    ]
    assert json.loads((tmp_path / "figures.json").read_text())["model"] == IDENTITY


def test_what_another_predictor_has_no_part_in_keeps_its_figures(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner.invoke(app(), arguments)
    other = {**IDENTITY, "predictor": "e"}
    monkeypatch.setattr(command, "Model", lambda *_: SimpleNamespace(identity=lambda: other))
    found = json.loads(runner.invoke(app(), [*arguments, "--only", "precision", "--json"]).stdout)
    told = [row["what"].removeprefix("figure of ") for row in found["rows"]]
    assert told == ["retrieval", "sameness", "talks", "precision"]


def test_a_model_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    told = runner.invoke(app(), ["--model", str(tmp_path / "absent")])
    assert told.exit_code == 2
    assert str(tmp_path / "absent") in " ".join((told.stderr or told.output).split())
