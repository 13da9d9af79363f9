"""What the daemon adds to its encoder: the same graph within it and in a bare loop, alternating."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from hallscribe_bench.budget import material
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
    with _bare(setting) as bare:
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


@contextmanager
def _bare(setting: Setting) -> Iterator[Callable[[int], list[float]]]:
    bundle = setting.encoder or default_encoder_path()
    command = [sys.executable, "-m", "hallscribe_bench.budget.bare", str(bundle), setting.runtime]
    with subprocess.Popen(
        [*command, str(setting.encoder_threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        asks, answers = process.stdin, process.stdout

        def run(times: int) -> list[float]:
            asks.write(f"{times}\n")
            asks.flush()
            took: list[float] = json.loads(answers.readline())
            return took

        yield run
        asks.close()
