"""Whether the tenth hour costs what the first did."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from hallscribe_bench.budget import material
from hallscribe_bench.budget.budgets import Measured
from hallscribe_bench.budget.material import Timed
from hallscribe_bench.budget.metrics import growth, paired
from hallscribe_bench.budget.pushing import one_by_one
from hallscribe_bench.budget.setting import Setting
from hallscribe_bench.budget.watch import FRAME_PATH, memory_of
from hallscribe_bench.whole.box import Box, fresh_box

_LINES = 360
# Of each stretch of the long lecture, the last so many frames once more as a new lecture on another box: what slows the
# machine slows both, and what a deck costs more than another, both cost.
_STRETCH, _AGAIN = 600, 300
_LOOK = 50
# The last hour of ten against the first; memory once all is warm.
_PART, _WARM = 0.1, 0.2
_MENTIONED = 1 << 20


@dataclass(slots=True)
class _Seen:
    """CPU seconds of the long lecture so far, and of the same frames there and as a new lecture; memory, MiB."""

    cost: list[tuple[int, float]] = field(default_factory=lambda: [(0, 0.0)])
    stretches: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)
    memory: list[tuple[int, dict[str, float]]] = field(default_factory=list)


def measure(setting: Setting) -> Mapping[str, Measured]:
    """CPU and memory by frames so far, and what lies on the disk in the end."""
    amounts = setting.amounts("long")
    seen = _Seen()
    with fresh_box(setting.tables()) as box, fresh_box(setting.tables()) as other:
        _in_turn(other, "warm", list(material.talk(amounts["seed"], _AGAIN, _LINES)))
        frames = _endless(amounts["seed"], amounts["frames"], amounts["deck_s"])
        one_by_one(box.client, "long", _looked_at(frames, box, other, seen))
        box.client.finish_lecture("long")
        while box.client.get_lecture("long").pending_jobs:  # the index is written when all is read
            time.sleep(0.5)
        sizes = _sizes(box.data / "lectures" / "long")
    setting.records.add(
        "long",
        "cost",
        cpu_s=seen.cost,
        stretches_s=seen.stretches,
        beside_s=seen.beside,
        memory_mib=seen.memory,
        bytes=sizes,
    )
    part = max(1, int(_PART * len(seen.stretches)))
    against = [long / beside for long, beside in zip(seen.stretches, seen.beside, strict=True)]
    ratio = paired(against[-part:], against[:part])
    grown, by_process = growth(seen.memory, part * _STRETCH // _LOOK, warm=_WARM)
    note = f"{amounts['frames']} frames"
    disk = ", ".join(f"{name} {size / 2**20:.1f}" for name, size in sizes.items() if size >= _MENTIONED)
    by_name = ", ".join(f"{name} {mib:+.1f}" for name, mib in by_process.items())
    return {
        "long_cost_ratio": setting.measured(
            ratio.median,
            (ratio.low, ratio.high),
            f"{note}, each hour against the same frames as new lectures on another box",
        ),
        "long_growth_mib": setting.measured(grown, note=f"{note}; {by_name} MiB; on the disk {disk} MiB"),
    }


def _looked_at(frames: Iterator[Timed], box: Box, other: Box, seen: _Seen) -> Iterator[Timed]:
    """The same frames; after each stretch, when the last one is durable, what they cost there and cost elsewhere."""
    begun = before = _spent(box)
    again: list[Timed] = []
    for done, frame in zip(count(), frames):
        if done and done % _LOOK == 0:
            seen.memory.append((done, memory_of(box)))
        if done and done % _STRETCH == 0:
            spent = _spent(box)
            seen.cost.append((done, seen.cost[-1][1] + spent - begun))
            seen.stretches.append((spent - before) / len(again))
            seen.beside.append(_in_turn(other, f"new-{done}", again))
            again, begun = [], _spent(box)
        if done % _STRETCH == _STRETCH - _AGAIN:
            before = _spent(box)
        if done % _STRETCH >= _STRETCH - _AGAIN:
            again.append((float(len(again)), frame[1]))
        yield frame


def _in_turn(box: Box, lecture: str, frames: Sequence[Timed]) -> float:
    """CPU seconds a frame of a new lecture."""
    begun = _spent(box)
    one_by_one(box.client, lecture, frames)
    spent = _spent(box) - begun
    box.client.delete_lecture(lecture)
    return spent / len(frames)


def _spent(box: Box) -> float:
    spent = box.cpu_s()
    return sum(spent[name] for name in FRAME_PATH)


def _sizes(folder: Path) -> dict[str, int]:
    """Bytes of each file, all pictures as one."""
    pictures = sum(file.stat().st_size for file in folder.rglob("*.jpg"))
    files = {file.name: file.stat().st_size for file in sorted(folder.iterdir()) if file.is_file()}
    return {**files, "pictures": pictures}


def _endless(seed: int, frames: int, deck_s: int) -> Iterator[Timed]:
    """One talk after the other, as one; one frame more, so that the last stretch is looked at, too."""
    done = 0
    while done <= frames:
        for _, image in material.talk(seed + done, min(deck_s, frames + 1 - done), _LINES):
            yield float(done), image
            done += 1
