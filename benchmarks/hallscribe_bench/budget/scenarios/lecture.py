"""What a slide talk costs, and how soon each frame is safe."""

from __future__ import annotations

from collections.abc import Mapping

from hallscribe_bench.budget import material
from hallscribe_bench.budget.budgets import Measured
from hallscribe_bench.budget.pushing import one_by_one
from hallscribe_bench.budget.setting import Setting
from hallscribe_bench.budget.watch import FRAME_PATH, watched
from hallscribe_bench.whole.box import fresh_box


def measure(setting: Setting) -> Mapping[str, Measured]:
    """CPU and memory of the processes, and the daemon's own times."""
    amounts = setting.amounts("lecture")
    frames = list(material.talk(amounts["seed"], amounts["seconds"]))
    with fresh_box(setting.tables()) as box, watched(box) as seen:
        before = box.cpu_s()
        pushed = one_by_one(box.client, "talk", frames)
        after = box.cpu_s()
        stages = {stage.name: (stage.p50_ms, stage.p99_ms, stage.count) for stage in box.client.status().stages}
    cost = {name: 1000 * (after[name] - before.get(name, 0.0)) / len(frames) for name in after}
    setting.records.add(
        "lecture",
        "talk",
        frames=len(frames),
        outcomes=pushed.outcomes,
        cpu_ms_per_frame=cost,
        stages_ms=stages,
        latencies_ms=pushed.latencies_ms,
        memory_times_s=seen.times,
        memory_mib=seen.memory,
    )
    return {
        "acknowledge_p99_ms": setting.measured(stages["acknowledge"][1]),
        "cpu_per_frame_ms": setting.measured(sum(cost[name] for name in FRAME_PATH)),
        "memory_mib": setting.measured(seen.peak_mib),
    }
