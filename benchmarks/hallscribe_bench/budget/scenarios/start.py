"""From the command to the first answered query, and to readiness for frames."""

from __future__ import annotations

import socket
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from hallscribe import Client
from hallscribe_bench.budget.budgets import Measured
from hallscribe_bench.budget.metrics import percentile
from hallscribe_bench.budget.setting import Setting
from hallscribe_bench.whole.box import spawn, target_in

_WITHIN_S = 120.0
_LOOK_S = 0.01


def measure(setting: Setting) -> Mapping[str, Measured]:
    """Medians of several starts; the first, which may fill caches, is recorded and does not count."""
    answered, ready = [], []
    with tempfile.TemporaryDirectory(prefix="hallscribe-bench-") as name:
        for number in range(setting.amounts("start")["rounds"] + 1):
            took = _start(Path(name), setting)
            setting.records.add("start", "start", number=number, answered_s=took[0], ready_s=took[1])
            if number:
                answered.append(took[0])
                ready.append(took[1])
    return {
        "start_answer_s": setting.measured(percentile(answered, 50), (min(answered), max(answered))),
        "start_ready_s": setting.measured(percentile(ready, 50), (min(ready), max(ready))),
    }


def _start(folder: Path, setting: Setting) -> tuple[float, float]:
    """Seconds to the first answer, and to readiness."""
    notify = folder / "notify"
    notify.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told, (folder / "log").open("wb") as log:
        told.bind(str(notify))
        told.settimeout(_WITHIN_S)
        begun = time.perf_counter()
        daemon = spawn(folder, setting.tables(), log, notify)
        try:
            answered = _first_answer(target_in(folder), begun)
            while b"READY=1" not in told.recv(4096):
                pass
            return answered, time.perf_counter() - begun
        finally:
            daemon.terminate()
            daemon.wait()


def _first_answer(target: str, begun: float) -> float:
    path = Path(target.removeprefix("unix://"))
    while not path.exists():
        if time.perf_counter() - begun > _WITHIN_S:
            raise TimeoutError("the daemon does not listen")
        time.sleep(_LOOK_S)
    with Client(target, connect_for_s=_WITHIN_S) as client:
        client.search("anything")
        return time.perf_counter() - begun
