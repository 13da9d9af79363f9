"""What the daemon adds to its encoder: the same graph within it and in a bare loop, alternating."""

from __future__ import annotations

from collections.abc import Mapping

from hallscribe_bench.budget import material
from hallscribe_bench.budget.bare_process import bare_process
from hallscribe_bench.budget.budgets import Measured
from hallscribe_bench.budget.metrics import paired, percentile
from hallscribe_bench.budget.pushing import one_by_one
from hallscribe_bench.budget.setting import Setting
from hallscribe_bench.whole.box import Box, fresh_box
from hallscribed.adapters.models.bundle import default_encoder_path


def measure(setting: Setting) -> Mapping[str, Measured]:
    """Rounds of both; a fresh daemon each, since it tells the times of all its frames together."""
    amounts = setting.amounts("encode")
    frames = list(material.changing(1, amounts["frames"]))
    ours, theirs, tails = [], [], []
    bundle = setting.encoder or default_encoder_path()
    with bare_process("hallscribe_bench.budget.bare", bundle, setting.runtime, setting.encoder_threads) as bare:
        for number in range(amounts["rounds"]):
            alone = bare(amounts["frames"])
            with fresh_box(setting.tables()) as box:
                one_by_one(box.client, "warm", frames[:3])
                one_by_one(box.client, "round", frames)
                p50, p99 = _encode_times(box)
            alone += bare(amounts["frames"])
            setting.records.add("encode", "round", number=number, daemon_ms=[p50, p99], bare_ms=alone)
            ours.append(p50)
            theirs.append(percentile(alone, 50))
            tails.append(p99)
    ratio = paired(ours, theirs)
    return {
        "encode_ratio": setting.measured(ratio.median, (ratio.low, ratio.high)),
        "encode_p99_ms": setting.measured(percentile(tails, 50), (min(tails), max(tails))),
    }


def _encode_times(box: Box) -> tuple[float, float]:
    stage = next(stage for stage in box.client.status().stages if stage.name == "encode")
    return stage.p50_ms, stage.p99_ms
