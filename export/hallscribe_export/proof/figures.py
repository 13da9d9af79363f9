"""Measured figures with their targets: kept beside the recipes, and compared with those of a new run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

CHECKED_IN = Path(__file__).parents[1] / "recipes" / "figures"
Subject = Literal["vjepa", "vjepa1", "minilm", "projection", "gemma"]
SUBJECTS: tuple[Subject, ...] = get_args(Subject)
# Two kinds of processor whose figures say nothing of each other: with instructions for products of INT8, and without.
Kind = Literal["int8", "plain"]
KINDS: tuple[Kind, ...] = get_args(Kind)
# A figure within this share of the earlier one is the same: machines are noisy.
_NOISE = 0.10


class Figure(BaseModel):
    """One measurement.

    Attributes:
        target: what it must not exceed, or must reach; None where it is only told.
        better: which way is better.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float
    unit: str
    target: float | None = None
    better: Literal["less", "more"] = "less"

    @property
    def met(self) -> bool | None:
        """Whether the target is; None without one."""
        if self.target is None:
            return None
        return self.value <= self.target if self.better == "less" else self.value >= self.target


class Figures(BaseModel):
    """What one run measured, and where."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    machine: dict[str, str]
    figures: dict[str, Figure]

    def write(self, file: Path) -> None:
        """As JSON."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")


def checked_in(subject: Subject, kind: Kind) -> Path:
    """The file of a subject's figures on such processors."""
    return CHECKED_IN / f"{subject}.{kind}.json"


def read(file: Path) -> Figures:
    """ValueError when it is none."""
    return Figures.model_validate_json(file.read_bytes())


def compared(old: Mapping[str, Figure], new: Mapping[str, Figure]) -> list[tuple[str, str, str, str]]:
    """Rows (name, earlier, now, verdict); verdicts are "", "better", "WORSE", "MISSED", "new" and "not measured".

    A target that is not met is MISSED whatever the earlier figure was.
    """
    rows = []
    for name in sorted({*old, *new}):
        before, now = old.get(name), new.get(name)
        rows.append((name, _told(before), _told(now), _verdict(before, now)))
    return rows


def _verdict(before: Figure | None, now: Figure | None) -> str:
    if now is None:
        return "not measured"
    if now.met is False:
        return "MISSED"
    if before is None:
        return "new"
    change = (now.value - before.value) / abs(before.value) if before.value else now.value
    if abs(change) <= _NOISE:
        return ""
    return "better" if (change < 0) == (now.better == "less") else "WORSE"


def _told(figure: Figure | None) -> str:
    if figure is None:
        return "-"
    wanted = bar(figure)
    return value(figure) + (f" ({wanted})" if wanted else "")


def value(figure: Figure) -> str:
    """With its unit."""
    return f"{figure.value:.6g} {figure.unit}".strip()


def bar(figure: Figure) -> str:
    """The target; empty without one."""
    return "" if figure.target is None else f"{'<=' if figure.better == 'less' else '>='} {figure.target:.5g}"
