"""Whether encoding only what changed loses events."""

from __future__ import annotations

from collections.abc import Mapping

from hallscribe_bench.budget.budgets import Measured
from hallscribe_bench.budget.material import Timed, labelled
from hallscribe_bench.budget.pushing import one_by_one
from hallscribe_bench.budget.setting import Setting
from hallscribe_bench.detector.score import Score, score
from hallscribe_bench.whole.box import fresh_box


def measure(setting: Setting) -> Mapping[str, Measured]:
    """Points of F1 that are lost (negative: won)."""
    amounts = setting.amounts("gate")
    talks = [
        (f"{name.replace('_', '-')}-{seed}", *labelled(name, seed))
        for seed in amounts["seeds"]
        for name in amounts["scenarios"]
    ]
    gated, every = (_scored(setting, talks, heartbeat_s) for heartbeat_s in (None, 0.0))
    setting.records.add("gate", "scores", gated=_told(gated), every=_told(every), talks=len(talks))
    return {"gate_f1_loss_points": setting.measured(100 * (every.f1 - gated.f1), note=f"F1 {gated.f1:.3f}")}


def _scored(
    setting: Setting, talks: list[tuple[str, list[Timed], list[tuple[float, str]]]], heartbeat_s: float | None
) -> Score:
    total = Score()
    ingest: dict[str, object] = {} if heartbeat_s is None else {"heartbeat_s": heartbeat_s}
    with fresh_box(setting.tables(ingest=ingest, storage={"keep_pictures": False})) as box:
        for name, frames, truth in talks:
            one_by_one(box.client, name, frames)
            box.client.finish_lecture(name)
            events = [(event.time_s, str(event.kind)) for event in box.client.list_events(name)]
            total = total + score(truth, events)
    return total


def _told(total: Score) -> dict[str, float]:
    return {"found": total.found, "false": total.false, "missed": total.missed, "f1": total.f1}
