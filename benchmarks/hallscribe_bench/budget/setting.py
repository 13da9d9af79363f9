"""With which models, and how much of it, a run measures."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from hallscribe_bench.budget.budgets import Measured, Size, measured_of
from hallscribe_bench.budget.records import Records

SCENARIOS = Path(__file__).with_name("scenarios.toml")
Amount = Literal["quick", "normal"]


class Unrun(Exception):
    """A scenario cannot run here; the message says why."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What all scenarios of a run share.

    Attributes:
        amount: how much, see ``scenarios.toml``.
        records: where raw observations go.
        encoder: a full-size encoder's bundle; the daemon's own, small one where there is none.
        runtime: which runs it.
        language: a full-size language model's bundle, if there is one.
    """

    amount: Amount
    records: Records
    encoder: Path | None = None
    runtime: Literal["openvino", "onnxruntime"] = "openvino"
    language: Path | None = None
    scenarios: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: read_scenarios(SCENARIOS))

    @property
    def size(self) -> Size:
        """Of the encoder."""
        return "small" if self.encoder is None else "true"

    @property
    def encoder_threads(self) -> int:
        """A small encoder is quicker alone; a large one needs every core."""
        return 1 if self.encoder is None else self.cores

    @property
    def cores(self) -> int:
        """That this run may use."""
        return len(os.sched_getaffinity(0))

    def tables(self, **more: Mapping[str, object]) -> dict[str, dict[str, object]]:
        """The daemon's configuration, ``more`` of it by table."""
        encoder: dict[str, object] = {"runtime": self.runtime, "threads": self.encoder_threads}
        if self.encoder is not None:
            encoder["bundle"] = self.encoder
        return {"encoder": encoder, **{name: dict(table) for name, table in more.items()}}

    def amounts(self, scenario: str) -> Mapping[str, Any]:
        """How much of a scenario."""
        amounts: Mapping[str, Any] = self.scenarios[scenario][self.amount]
        return amounts

    def measured(self, value: float, spread: tuple[float, float] | None = None, note: str = "") -> Measured:
        """A figure of this setting."""
        return measured_of(value, self.size, spread, note)


def read_scenarios(file: Path) -> dict[str, dict[str, Any]]:
    """By name."""
    return tomllib.loads(file.read_text(encoding="utf-8"))
