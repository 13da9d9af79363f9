"""What is promised, and whether it was kept."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Size = Literal["small", "true"]


@dataclass(frozen=True, slots=True)
class Budget:
    """One row of ``budgets.toml``.

    Attributes:
        most, least: the target; exactly one is given.
        size: "true" when only full-size models count, else "any".
        scenario: which one measures it.
    """

    id: str
    what: str
    unit: str
    scenario: str
    size: Literal["any", "true"]
    most: float | None = None
    least: float | None = None

    @property
    def target(self) -> float:
        """The figure to reach."""
        target = self.most if self.most is not None else self.least
        assert target is not None
        return target

    def kept_by(self, value: float) -> bool:
        """Whether a measured value keeps the promise."""
        return value <= self.target if self.most is not None else value >= self.target


@dataclass(frozen=True, slots=True)
class Measured:
    """A value, the spread of its repetitions where there were several, and with models of which size."""

    value: float
    size: Size
    spread: tuple[float, float] | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A budget and what became of it.

    ``passed`` is None when it was not measured, or not with models of the size that it is about: ``note`` says why.
    """

    budget: Budget
    measured: Measured | None
    passed: bool | None
    note: str


def read_budgets(file: Path) -> list[Budget]:
    """All rows. ValueError when one has no target, or two, or a key that does not exist."""
    budgets = []
    for name, row in tomllib.loads(file.read_text(encoding="utf-8")).items():
        try:
            budget = Budget(id=name, **row)
        except TypeError as error:
            raise ValueError(f"{file}: [{name}] {error}") from error
        if (budget.most is None) == (budget.least is None):
            raise ValueError(f"{file}: [{name}] needs one of most and least")
        budgets.append(budget)
    return budgets


def judged(
    budgets: Iterable[Budget], measured: Mapping[str, Measured], unrun: Mapping[str, str] | None = None
) -> list[Verdict]:
    """Every budget's verdict.

    Args:
        measured: by the budget's id.
        unrun: why a scenario did not run, by its name.
    """
    verdicts = []
    for budget in budgets:
        found = measured.get(budget.id)
        if found is None:
            why = (unrun or {}).get(budget.scenario, "not run")
            verdicts.append(Verdict(budget, None, None, why))
        elif budget.size == "true" and found.size != "true":
            verdicts.append(Verdict(budget, found, None, "measured with small models only; make bench FULL=1"))
        else:
            verdicts.append(Verdict(budget, found, budget.kept_by(found.value), found.note))
    return verdicts


def as_json(verdicts: Iterable[Verdict], processor: str = "") -> dict[str, dict[str, Any]]:
    """By the budget's id: value (null where there is none), unit, target, pass (null where it cannot be said), why."""
    told = {}
    for verdict in verdicts:
        budget, found = verdict.budget, verdict.measured
        told[budget.id] = {
            "value": None if found is None else found.value,
            "unit": budget.unit,
            "target": budget.target,
            "pass": verdict.passed,
            "better": "less" if budget.most is not None else "more",
            "size": None if found is None else found.size,
            "spread": None if found is None or found.spread is None else list(found.spread),
            "note": verdict.note,
            "processor": "" if found is None else processor,
        }
    return told


def merged(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """What is known after a run: its rows, and earlier ones' where it measured nothing."""
    known = {name: row for name, row in before.items() if row["value"] is not None}
    return {name: row if row["value"] is not None else known.get(name, row) for name, row in now.items()}


def write_json(file: Path, content: Mapping[str, Any]) -> None:
    """Indented, with a newline at the end."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def measured_of(value: float, size: Size, spread: tuple[float, float] | None = None, note: str = "") -> Measured:
    """With four significant digits, as anybody reads it."""
    rounded = None if spread is None else (float(f"{spread[0]:.4g}"), float(f"{spread[1]:.4g}"))
    return Measured(float(f"{value:.4g}"), size, rounded, note)
