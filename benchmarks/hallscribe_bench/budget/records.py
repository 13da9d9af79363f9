"""Raw records of a run, with the machine they were taken on; every figure is derived from them."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import time
from pathlib import Path
from typing import Any

_PACKAGES = ("hallscribe", "openvino", "onnxruntime", "grpcio", "numpy", "faiss-cpu", "opencv-python-headless")
_FLAGS = ("avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "amx_bf16")


class Records:
    """One JSON object a line: scenario, kind, seconds since the run's start, and what was seen."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self.file = file
        self._begun = time.monotonic()
        self._stream = file.open("w", encoding="utf-8")
        self.add("run", "environment", **environment())

    def add(self, scenario: str, kind: str, **seen: Any) -> None:
        """Write one."""
        at = round(time.monotonic() - self._begun, 3)
        self._stream.write(json.dumps({"scenario": scenario, "kind": kind, "at_s": at, **seen}) + "\n")
        self._stream.flush()

    def close(self) -> None:
        """No more."""
        self._stream.close()


def read_records(file: Path) -> list[dict[str, Any]]:
    """All of a file."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def environment() -> dict[str, Any]:
    """The machine and the versions of what runs on it."""
    cpu = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    fields = dict(line.split(":", 1) for line in cpu.split("\n\n")[0].splitlines() if ":" in line)
    told = {name.strip(): value.strip() for name, value in fields.items()}
    flags = set(told.get("flags", "").split())
    memory = Path("/proc/meminfo").read_text(encoding="utf-8").split()[1]
    return {
        "processor": told.get("model name", platform.machine()),
        "instructions": [flag for flag in _FLAGS if flag in flags],
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(int(memory) / 2**20, 1),
        "python": platform.python_version(),
        "kernel": platform.release(),
        "packages": {name: importlib.metadata.version(name) for name in _PACKAGES},
        "time": time.strftime("%Y-%m-%d %H:%M", time.gmtime()),
    }
