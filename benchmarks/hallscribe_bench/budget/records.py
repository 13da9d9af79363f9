"""Raw records of a run, with the machine they were taken on; every figure is derived from them."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import time
from pathlib import Path
from typing import IO, Any

from hallscribe_export.diagnosis.machine import in_words

ENVIRONMENT = "environment"
_PACKAGES = ("hallscribe", "openvino", "onnxruntime", "grpcio", "numpy", "faiss-cpu", "opencv-python-headless")


class Records:
    """A file for each scenario, ``NAME.jsonl``, made anew by its first record: the machine, then what was seen.

    Every line is an object with scenario, kind and seconds since the run's start.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._begun = time.monotonic()
        self._streams: dict[str, IO[str]] = {}

    def add(self, scenario: str, kind: str, **seen: Any) -> None:
        """Write one."""
        if scenario not in self._streams:
            self._streams[scenario] = (self.folder / f"{scenario}.jsonl").open("w", encoding="utf-8")
            self.add(scenario, ENVIRONMENT, **environment())
        at = round(time.monotonic() - self._begun, 3)
        stream = self._streams[scenario]
        stream.write(json.dumps({"scenario": scenario, "kind": kind, "at_s": at, **seen}) + "\n")
        stream.flush()

    def close(self) -> None:
        """No more."""
        for stream in self._streams.values():
            stream.close()


def read_records(folder: Path) -> list[dict[str, Any]]:
    """Of every scenario that was ever run there."""
    files = sorted(folder.glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def environment() -> dict[str, Any]:
    """The machine and the versions of what runs on it."""
    memory = Path("/proc/meminfo").read_text(encoding="utf-8").split()[1]
    return {
        **in_words(),
        "memory_gib": round(int(memory) / 2**20, 1),
        "python": platform.python_version(),
        "kernel": platform.release(),
        "packages": {name: importlib.metadata.version(name) for name in _PACKAGES},
        "time": time.strftime("%Y-%m-%d %H:%M", time.gmtime()),
    }
