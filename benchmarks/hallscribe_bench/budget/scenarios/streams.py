"""How many live streams the box takes without losing or delaying a frame."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from hallscribe_bench.budget.budgets import Measured
from hallscribe_bench.budget.live import command
from hallscribe_bench.budget.metrics import percentile
from hallscribe_bench.budget.pushing import Pushed
from hallscribe_bench.budget.setting import Setting
from hallscribe_bench.whole.box import fresh_box

Kind = Literal["talk", "worst"]
_DURABLE_MS = 1000.0
_LOST = ("rejected", "failed", "dropped")


@dataclass(frozen=True, slots=True)
class Trial:
    """So many streams at once.

    Attributes:
        step: what the daemon gave up for them in the end, 0 for nothing.
        kept: share of the frames that were encoded.
    """

    streams: int
    p99_ms: float
    lost: int
    step: int
    kept: float
    all_durable: bool

    @property
    def held(self) -> bool:
        """Nothing lost, nothing given up, and nobody waited long."""
        return self.all_durable and not self.lost and not self.step and self.p99_ms < _DURABLE_MS


def measure(setting: Setting) -> Mapping[str, Measured]:
    """The most streams of each kind that were held; 0 when not even the fewest were."""
    amounts = setting.amounts("streams")
    found = {}
    for kind in ("talk", "worst"):
        held, told = 0, ""
        for streams in amounts[kind]:
            trial = _try(setting, kind, streams)
            told = f"{streams}: p99 {trial.p99_ms:.0f} ms, {trial.kept:.0%} encoded"
            told += f", step {trial.step}" if trial.step else ""
            if not trial.held:
                break
            held = streams
        found[f"streams_{kind}"] = setting.measured(held, note=told)
    return found


def _try(setting: Setting, kind: Kind, streams: int) -> Trial:
    amounts = setting.amounts("streams")
    with fresh_box(setting.tables()) as box:
        pushing = command(box.target, kind, kind, streams, amounts["seconds"], amounts["seed"])
        said = subprocess.run(pushing, check=True, capture_output=True, text=True).stdout
        status = box.client.status()
    pushed = [Pushed(**each) for each in json.loads(said)]
    latencies = [took for each in pushed for took in each.latencies_ms]
    trial = Trial(
        streams,
        percentile(latencies, 99),
        sum(each.outcomes.get(name, 0) for each in pushed for name in _LOST),
        status.load.step,
        sum(each.outcomes.get("kept", 0) for each in pushed) / max(1, len(latencies)),
        all(len(each.durable) == len(each.sent) for each in pushed),
    )
    told = {"streams": streams, "step": trial.step, "lost": trial.lost, "held": trial.held, "kept": trial.kept}
    setting.records.add("streams", kind, **told, latencies_ms=latencies)
    return trial
