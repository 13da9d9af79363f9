"""A fresh daemon to measure, and what its processes cost."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from hallscribe import Client

_BIN = Path(sys.executable).parent
_START_S = 60.0


@dataclass(frozen=True, slots=True)
class Box:
    """A running daemon."""

    target: str
    process: psutil.Process
    client: Client

    def cpu_s(self) -> dict[str, float]:
        """CPU time so far, seconds, by process: gateway, perception, reading."""
        return {name: _used(process) for name, process in self._processes().items()}

    def memory_mb(self) -> dict[str, float]:
        """Memory that only this process uses (unique set size), MiB, by process."""
        return {name: process.memory_full_info().uss / 2**20 for name, process in self._processes().items()}

    def _processes(self) -> dict[str, psutil.Process]:
        workers = {worker.pid: worker.name for worker in self.client.status().workers}
        children = {workers.get(child.pid, "other"): child for child in self.process.children()}
        return {"gateway": self.process, **children}

    def command(self, *arguments: str) -> None:
        """Run `hallscribe` against it."""
        command = [str(_BIN / "hallscribe"), f"--target={self.target}", "--json", *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


@contextmanager
def fresh_box(bundles: Mapping[str, Path] | None = None) -> Iterator[Box]:
    """A daemon with an empty data folder, gone at the end.

    Args:
        bundles: by the configuration's tables ("encoder", "projection"); the daemon's own where none is given.
    """
    with tempfile.TemporaryDirectory(prefix="hallscribe-bench-") as name:
        folder = Path(name)
        target = f"unix://{folder}/hallscribe.sock"
        arguments = [str(_BIN / "hallscribed"), "run", f"--data={folder}/data", f"--listen={target}"]
        if bundles:
            tables = (f"[{table}]\nbundle = {json.dumps(str(path.absolute()))}\n" for table, path in bundles.items())
            (folder / "hallscribed.toml").write_text("\n".join(tables), encoding="utf-8")
            arguments.append(f"--config={folder}/hallscribed.toml")
        with (folder / "log").open("wb") as log, subprocess.Popen(arguments, stdout=log, stderr=log) as daemon:
            try:
                with Client(target) as client:
                    _wait(client, daemon, folder / "log")
                    yield Box(target, psutil.Process(daemon.pid), client)
            finally:
                daemon.terminate()


def _wait(client: Client, daemon: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and daemon.poll() is None:
        try:
            client.status()
            return
        except Exception:  # not yet there; the reason is in the log
            time.sleep(0.1)
    raise SystemExit(f"the daemon does not serve:\n{log.read_text()[-2000:]}")
