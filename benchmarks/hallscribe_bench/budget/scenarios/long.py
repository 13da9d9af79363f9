"""Whether the tenth hour costs what the first did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from hallscribe_bench.budget import material
from hallscribe_bench.budget.budgets import Measured
from hallscribe_bench.budget.material import Timed
from hallscribe_bench.budget.metrics import last_against_first, slope
from hallscribe_bench.budget.pushing import one_by_one
from hallscribe_bench.budget.setting import Setting
from hallscribe_bench.budget.watch import FRAME_PATH, memory_of
from hallscribe_bench.whole.box import fresh_box

_LINES = 360
_LOOK_FRAMES = 200
# The last hour of ten against the first; memory once all is warm.
_PART, _WARM = 0.1, 0.2


def measure(setting: Setting) -> Mapping[str, Measured]:
    """CPU and memory by frames so far, and what lies on the disk in the end."""
    amounts = setting.amounts("long")
    cost: list[tuple[float, float]] = []
    memory: list[tuple[float, dict[str, float]]] = []
    with fresh_box(setting.tables()) as box:

        def look(done: int) -> None:
            # The last one is told twice, and a reply may tell of several.
            if done - (cost[-1][0] if cost else -_LOOK_FRAMES) >= _LOOK_FRAMES:
                spent = box.cpu_s()
                cost.append((done, sum(spent[name] for name in FRAME_PATH)))
                memory.append((done, memory_of(box)))

        one_by_one(box.client, "long", _endless(amounts["seed"], amounts["frames"], amounts["deck_s"]), look)
        box.client.finish_lecture("long")
        sizes = _sizes(box.data / "lectures" / "long")
    setting.records.add("long", "cost", cpu_s=cost, memory_mib=memory, bytes=sizes)
    warm = [(done, mib) for done, mib in memory if done >= _WARM * amounts["frames"]]
    growth = 10_000 * slope([done for done, _ in warm], [sum(mib.values()) for _, mib in warm])
    by_process = {
        name: 10_000 * slope([done for done, _ in warm], [mib.get(name, 0.0) for _, mib in warm])
        for name in warm[-1][1]
    }
    note = f"{amounts['frames']} frames"
    grown = ", ".join(f"{name} {mib:+.1f}" for name, mib in by_process.items())
    return {
        "long_cost_ratio": setting.measured(last_against_first(cost, _PART), note=note),
        "long_growth_mib": setting.measured(growth, note=f"{note}; {grown} MiB"),
    }


def _sizes(folder: Path) -> dict[str, int]:
    """Bytes of each file, all pictures as one."""
    pictures = sum(file.stat().st_size for file in folder.rglob("*.jpg"))
    files = {file.name: file.stat().st_size for file in sorted(folder.iterdir()) if file.is_file()}
    return {**files, "pictures": pictures}


def _endless(seed: int, frames: int, deck_s: int) -> Iterator[Timed]:
    """One talk after the other, as one."""
    done = 0
    while done < frames:
        for _, image in material.talk(seed + done, min(deck_s, frames - done), _LINES):
            yield float(done), image
            done += 1
