"""Predicts what an export takes, and refuses before it begins when the machine has too little."""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hallscribe_export.groups import groups, read
from hallscribe_export.recipe import Cost
from hallscribed.adapters.models.manifest import RuntimeName

MIB = 2**20
# A group's limit and use, by the second version of cgroups and by the first.
_NAMES = (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes"))
# Limits above this are no limits: the kernel's "unlimited" of the first version of cgroups.
_NO_LIMIT = 2**60


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be exported.

    Attributes:
        parameters: how many numbers the checkpoint holds.
        precision: one of the recipe's.
        tokens, width: of the sequence between two layers.
        features: every token's vector is an output, too.
        predictor: further parameters of a second graph are in ``parameters`` already; its tokens come on top.
    """

    parameters: int
    precision: str
    runtimes: Sequence[RuntimeName]
    tokens: int = 0
    width: int = 0
    features: bool = False
    predictor: bool = False


@dataclass(frozen=True, slots=True)
class Machine:
    """MiB that an export may take here."""

    memory_mib: float
    disk_mib: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """MiB that an export takes: at its peak in memory, on disk while it works, and for good."""

    memory_mib: float
    disk_mib: float
    bundle_mib: float


def predict(job: Job, cost: Cost) -> Prediction:
    """From the recipe's figures. ValueError for a precision that the recipe does not know."""
    if job.precision not in cost.precisions:
        raise ValueError(f"precision {job.precision}: give one of {', '.join(cost.precisions)}")
    each = cost.precisions[job.precision]
    parameters = job.parameters / MIB
    rows = job.tokens * (1 + job.predictor + job.features)
    bundle = each.bundle * parameters * len(job.runtimes)
    return Prediction(
        memory_mib=cost.base_mib + each.memory * parameters + cost.token_bytes * rows * job.width / MIB,
        disk_mib=bundle + each.working * parameters * len(job.runtimes),
        bundle_mib=bundle,
    )


def refuse_too_little(job: Job, cost: Cost, machine: Machine, out: Path) -> Prediction:
    """The prediction, if the machine has room for it.

    Raises:
        ValueError: too little memory or disk; the message has the figures and what to do.
    """
    predicted = predict(job, cost)
    refuse_full_memory(f"exporting to {out}", predicted.memory_mib, machine.memory_mib, f"{_lighter(job, cost)}, ")
    refuse_full_disk(
        f"exporting to {out}", predicted.disk_mib, machine.disk_mib, existing(out.parent), "name another --out"
    )
    return predicted


def _lighter(job: Job, cost: Cost) -> str:
    lightest = min(cost.precisions, key=lambda name: cost.precisions[name].memory)
    if cost.precisions[lightest].memory < cost.precisions[job.precision].memory:
        return f"ask for less (--precision {lightest}, one --runtime, fewer --frames)"
    return "ask for less (one --runtime, fewer --frames)" if job.tokens else "take a smaller checkpoint"


def refuse_full_memory(what: str, need_mib: float, free_mib: float, lighter: str = "") -> None:
    """ValueError when the machine has not memory enough."""
    if need_mib > free_mib:
        raise ValueError(
            f"{what} takes about {need_mib:,.0f} MiB of memory, {free_mib:,.0f} MiB are free here: nothing was begun; "
            f"{lighter}close other programs, or export on a larger machine and carry the bundle over"
        )


def refuse_full_disk(what: str, need_mib: float, free_mib: float, where: Path, fix: str) -> None:
    """ValueError when ``where`` has not room enough."""
    if need_mib > free_mib:
        raise ValueError(
            f"{what} takes about {need_mib:,.0f} MiB of disk, {where} has {free_mib:,.0f} MiB free: nothing was "
            f"written; make room or {fix}"
        )


def float32_mib(shapes: Iterable[Sequence[int]]) -> float:
    """Room that parameters of these shapes take in float32, MiB."""
    return sum(map(math.prod, shapes)) * 4 / MIB


def refuse_full_temporary(what: str, need_mib: float) -> None:
    """ValueError when the folder for temporary files has not room enough for what lies there meanwhile."""
    where = Path(tempfile.gettempdir())
    refuse_full_disk(what, need_mib, free_disk_mib(where), where, "set TMPDIR to a folder with more")


def read_machine(out: Path) -> Machine:
    """This machine now: memory that is free within every limit, and disk where ``out`` will be."""
    return Machine(
        memory_mib=free_mib(),
        disk_mib=free_disk_mib(out.parent),
    )


def free_disk_mib(where: Path) -> float:
    """Room where the folder ``where`` is or will be, MiB."""
    return shutil.disk_usage(existing(where)).free / MIB


def free_mib(root: Path = Path("/")) -> float:
    """Memory that is free within every limit, MiB.

    Args:
        root: where /proc and /sys are.
    """
    left = (_left(group, *names) for group in groups(root, "memory") for names in _NAMES)
    return min(_available(root / "proc/meminfo"), *left, math.inf) / MIB


def existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    folder = folder.absolute()
    while not folder.is_dir():
        folder = folder.parent
    return folder


def _available(meminfo: Path) -> float:
    """Bytes that can be had without swapping."""
    for line in meminfo.read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return float(line.split()[1]) * 1024
    raise ValueError(f"{meminfo} does not say how much memory is available: run this where Linux tells it")


def _left(group: Path, limit_name: str, usage_name: str) -> float:
    """Bytes left below a group's memory limit; infinite without one."""
    limit = read(group / limit_name).strip()
    if not limit.isdigit() or int(limit) >= _NO_LIMIT:
        return math.inf
    # Pages of files are given back when memory is wanted.
    stat = dict(line.split() for line in read(group / "memory.stat").splitlines())
    files = int(stat.get("total_inactive_file", stat.get("inactive_file", 0)))
    return float(int(limit) - int(read(group / usage_name) or 0) + files)
