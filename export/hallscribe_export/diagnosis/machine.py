"""What this machine is: cores, instruction sets, memory and how fast it is."""

from __future__ import annotations

import math
import os
import platform
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hallscribe_export.groups import groups, read
from hallscribe_export.limits import MIB, free_mib

# Instruction sets that decide how fast INT8 and bf16 are, by the kernel's names for them.
_SETS = {
    "avx2": "AVX2",
    "avx512f": "AVX-512",
    "avx_vnni": "AVX-VNNI",
    "avx512_vnni": "AVX-512 VNNI",
    "avx512_bf16": "AVX-512 BF16",
    "amx_int8": "AMX INT8",
    "amx_bf16": "AMX BF16",
    "asimd": "NEON",
    "asimddp": "NEON dot product",
    "i8mm": "NEON INT8 matrix",
    "sve": "SVE",
}
_INT8 = frozenset({"AVX-VNNI", "AVX-512 VNNI", "AMX INT8", "NEON dot product", "NEON INT8 matrix"})
# Larger than any usual cache, and no more than an eighth of what is free.
_LARGEST_MIB = 768
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine, and what one process may have of it.

    Attributes:
        cores: that this process may run on.
        quota: how many cores' time its control group grants, or None.
        instructions: of those that matter here.
        memory_mib: all there is, or the control group's limit.
        free_mib: that can be had now.
        copy_gb_s, read_gb_s: by all usable cores together; a copied byte counts twice.
        busy: how many cores' worth of other work went on in the minute before.
    """

    processor: str
    cores: int
    quota: float | None
    instructions: tuple[str, ...]
    memory_mib: float
    free_mib: float
    copy_gb_s: float
    read_gb_s: float
    busy: float = 0.0

    @property
    def threads(self) -> int:
        """Threads that have a core of their own."""
        return self.cores if self.quota is None else max(1, min(self.cores, math.ceil(self.quota)))

    @property
    def disturbed(self) -> bool:
        """Whether so much else went on that measured times say little."""
        return self.busy > self.threads / 2

    @property
    def multiplies_int8(self) -> bool:
        """Whether it has instructions for products of INT8."""
        return multiplies_int8(self.instructions)


def examine_machine(root: Path = Path("/")) -> Machine:
    """Look at the machine and measure its memory; takes about two seconds.

    Args:
        root: where /proc and /sys are.
    """
    busy = os.getloadavg()[0]
    cpuinfo = (root / "proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    cores, quota = len(os.sched_getaffinity(0)), cpu_quota(root)
    free = free_mib()
    threads = cores if quota is None else max(1, min(cores, math.ceil(quota)))
    copy, read = _bandwidth(min(_LARGEST_MIB, free / 8), threads)
    return Machine(
        processor=_field(cpuinfo, "model name", "unknown"),
        cores=cores,
        quota=quota,
        instructions=instruction_sets(cpuinfo),
        memory_mib=min(_total_mib(root), _limit_mib(root)),
        free_mib=free,
        copy_gb_s=copy,
        read_gb_s=read,
        busy=busy,
    )


def in_words(root: Path = Path("/")) -> dict[str, str]:
    """Processor, usable cores and instruction sets, which belong to every measured figure."""
    cpuinfo = (root / "proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    return {
        "processor": _field(cpuinfo, "model name", platform.machine()),
        "cores": str(len(os.sched_getaffinity(0))),
        "instruction_sets": ", ".join(instruction_sets(cpuinfo)),
    }


def instruction_sets(cpuinfo: str) -> tuple[str, ...]:
    """Of /proc/cpuinfo, those that matter here, in a fixed order."""
    flags = set(_field(cpuinfo, "flags", _field(cpuinfo, "Features", "")).split())
    return tuple(name for flag, name in _SETS.items() if flag in flags)


def multiplies_int8(instructions: Iterable[str]) -> bool:
    """Whether one of the sets, as ``instruction_sets`` names them, has products of INT8."""
    return not _INT8.isdisjoint(instructions)


def _field(cpuinfo: str, name: str, otherwise: str) -> str:
    for line in cpuinfo.splitlines():
        key, colon, value = line.partition(":")
        if colon and key.strip() == name:
            return value.strip()
    return otherwise


def cpu_quota(root: Path) -> float | None:
    """The least number of cores' time that a control group above this process grants; None without a limit."""
    granted = []
    for folder in groups(root, "cpu"):
        pair = read(folder / "cpu.max").split()  # "max 100000" or "150000 100000"
        if not pair:
            pair = [read(folder / f"cpu.cfs_{name}_us").strip() for name in ("quota", "period")]
        if len(pair) == 2 and all(pair) and pair[0] not in ("max", "-1"):
            granted.append(int(pair[0]) / int(pair[1]))
    return min(granted, default=None)


def _limit_mib(root: Path) -> float:
    """The tightest memory limit of the control groups above this process."""
    limits = [read(folder / name) for folder in groups(root, "memory") for name in ("memory.max", _LIMIT_1)]
    return min((int(text) / MIB for text in limits if text.strip().isdigit()), default=math.inf)


_LIMIT_1 = "memory.limit_in_bytes"


def _total_mib(root: Path) -> float:
    first = (root / "proc/meminfo").read_text(encoding="ascii").splitlines()[0]
    return int(first.split()[1]) / 1024


def _bandwidth(mib: float, threads: int) -> tuple[float, float]:
    """GB a second copied (read and written) and read, the best of three tries."""
    count = max(1, int(mib * MIB / 8 / threads))
    sources = [np.full(count, number + 1, np.int64) for number in range(threads)]
    targets = [np.zeros(count, np.int64) for _ in range(threads)]
    size = 8 * count * threads / 1e9
    with ThreadPoolExecutor(threads) as pool:
        copy = min(_seconds(pool, np.copyto, targets, sources) for _ in range(_TRIES))
        read = min(_seconds(pool, np.max, sources) for _ in range(_TRIES))
    return 2 * size / copy, size / read


def _seconds(pool: ThreadPoolExecutor, work: object, *rows: list[NDArray[np.int64]]) -> float:
    begun = time.perf_counter()
    list(pool.map(work, *rows))  # type: ignore[arg-type]
    return time.perf_counter() - begun
