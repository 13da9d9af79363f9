"""A fresh daemon to measure, and what its processes cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

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
    data: Path

    def cpu_s(self) -> dict[str, float]:
        """CPU time so far, seconds, by process: gateway, perception, reading, and summariser while it runs."""
        return {name: _used(process) for name, process in self.processes().items()}

    def memory_mb(self) -> dict[str, float]:
        """Memory that only this process uses (unique set size), MiB, by process."""
        return {name: process.memory_full_info().uss / 2**20 for name, process in self.processes().items()}

    def processes(self) -> dict[str, psutil.Process]:
        """The gateway and its children, by name."""
        return {"gateway": self.process, **{_name(child): child for child in self.process.children()}}

    def command(self, *arguments: str) -> None:
        """Run `hallscribe` against it."""
        command = [str(_BIN / "hallscribe"), f"--target={self.target}", "--json", *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _name(child: psutil.Process) -> str:
    """The module that a child runs: hallscribed.adapters.worker.NAME."""
    with suppress(psutil.Error):
        command = child.cmdline()
        if "-m" in command:
            return {"summarising": "summariser"}.get(name := command[command.index("-m") + 1].rpartition(".")[2], name)
    return "other"


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


@contextmanager
def fresh_box(tables: Mapping[str, Mapping[str, object]] | None = None, group: Path | None = None) -> Iterator[Box]:
    """A daemon with an empty data folder, gone at the end.

    Args:
        tables: of its configuration file; the defaults where none is given.
        group: folder of the control group in which it runs.
    """
    with tempfile.TemporaryDirectory(prefix="hallscribe-bench-") as name, box_in(Path(name), tables, group) as box:
        yield box


@contextmanager
def box_in(
    folder: Path, tables: Mapping[str, Mapping[str, object]] | None = None, group: Path | None = None
) -> Iterator[Box]:
    """A daemon whose data lie in a folder, ended at the end; within a control group where one is given."""
    with (folder / "log").open("wb") as log:
        daemon = spawn(folder, tables or {}, log, group=group)
        try:
            with Client(target_in(folder)) as client:
                _wait(client, daemon, folder / "log")
                yield Box(target_in(folder), psutil.Process(daemon.pid), client, folder / "data")
        finally:
            daemon.terminate()
            daemon.wait()


def target_in(folder: Path) -> str:
    """Where the daemon of a folder listens."""
    return f"unix://{folder}/hallscribe.sock"


def spawn(
    folder: Path,
    tables: Mapping[str, Mapping[str, object]],
    log: IO[bytes],
    notify: Path | None = None,
    group: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a daemon whose data, socket and configuration lie in a folder.

    Args:
        notify: socket that is told when it is ready.
        group: folder of the control group in which it runs.
    """
    written = "\n".join(
        f"[{table}]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in keys.items())
        for table, keys in tables.items()
    )
    (folder / "hallscribed.toml").write_text(written, encoding="utf-8")
    entering = [] if group is None else ["sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', str(group)]
    arguments = [*entering, str(_BIN / "hallscribed"), "run", f"--data={folder}/data", f"--listen={target_in(folder)}"]
    environment = {**os.environ, **({} if notify is None else {"NOTIFY_SOCKET": str(notify)})}
    return subprocess.Popen(
        [*arguments, f"--config={folder}/hallscribed.toml"], stdout=log, stderr=log, env=environment
    )


def _toml(value: object) -> str:
    return json.dumps(str(value.absolute()) if isinstance(value, Path) else value)


def _wait(client: Client, daemon: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and daemon.poll() is None:
        try:
            client.status()
            return
        except Exception:  # not yet there; the reason is in the log
            time.sleep(0.1)
    raise RuntimeError(f"the daemon does not serve:\n{log.read_text()[-2000:]}")
