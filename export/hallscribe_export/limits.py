"""Predicts what an export takes, and refuses before it begins when the machine has too little."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hallscribe_export.recipe import Cost
from hallscribed.adapters.models.manifest import RuntimeName

MIB = 2**20
_MEMINFO = Path("/proc/meminfo")
_CGROUP = Path("/proc/self/cgroup")
_MOUNT = Path("/sys/fs/cgroup")
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
    if predicted.memory_mib > machine.memory_mib:
        raise ValueError(
            f"exporting to {out} takes about {predicted.memory_mib:,.0f} MiB of memory, {machine.memory_mib:,.0f} MiB "
            f"are free here: nothing was begun; {_lighter(job, cost)}, close other programs, or export on a larger "
            "machine and carry the bundle over"
        )
    refuse_full_disk(
        f"exporting to {out}", predicted.disk_mib, machine.disk_mib, existing(out.parent), "name another --out"
    )
    return predicted


def _lighter(job: Job, cost: Cost) -> str:
    lightest = min(cost.precisions, key=lambda name: cost.precisions[name].memory)
    if cost.precisions[lightest].memory < cost.precisions[job.precision].memory:
        return f"ask for less (--precision {lightest}, one --runtime, fewer --frames)"
    return "ask for less (one --runtime, fewer --frames)" if job.tokens else "take a smaller checkpoint"


def refuse_full_disk(what: str, need_mib: float, free_mib: float, where: Path, fix: str) -> None:
    """ValueError when ``where`` has not room enough."""
    if need_mib > free_mib:
        raise ValueError(
            f"{what} takes about {need_mib:,.0f} MiB of disk, {where} has {free_mib:,.0f} MiB free: nothing was "
            f"written; make room or {fix}"
        )


def read_machine(out: Path) -> Machine:
    """This machine now: memory that is free within every limit, and disk where ``out`` will be."""
    return Machine(
        memory_mib=free_mib(),
        disk_mib=shutil.disk_usage(existing(out.parent)).free / MIB,
    )


def free_mib() -> float:
    """Memory that is free within every limit, MiB."""
    return min(_available(_MEMINFO), _within_cgroups(_CGROUP, _MOUNT)) / MIB


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


def _within_cgroups(own: Path, mount: Path) -> float:
    """Bytes left below the tightest memory limit of this process's groups, of either version; infinite without one."""
    left = float("inf")
    for line in own.read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            root, names = mount, ("memory.max", "memory.current")
        elif "memory" in controllers.split(","):
            root, names = mount / "memory", ("memory.limit_in_bytes", "memory.usage_in_bytes")
        else:
            continue
        folder = root / path.lstrip("/")
        # Inside a container the path may be the host's: then only the mount's root is there.
        for group in (folder, *folder.parents):
            left = min(left, _left(group, *names))
            if group == root:
                break
    return left


def _left(group: Path, limit_name: str, usage_name: str) -> float:
    try:
        limit = (group / limit_name).read_text().strip()
        if limit == "max" or int(limit) >= _NO_LIMIT:
            return float("inf")
        used = int((group / usage_name).read_text())
        # Pages of files are given back when memory is wanted.
        stat = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
        return float(int(limit) - used + int(stat.get("total_inactive_file", stat.get("inactive_file", 0))))
    except OSError:
        return float("inf")
