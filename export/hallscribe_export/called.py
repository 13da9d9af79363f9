"""The child's side of ``child.in_child``: calls one function, tells its progress, writes its result."""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import signal
import sys
import traceback
from functools import reduce
from pathlib import Path
from typing import Any

from hallscribe_export import exchange
from hallscribe_export.child import memory_mib
from hallscribed.domain.errors import Misconfigured

_PR_SET_PDEATHSIG = 1
# How many new objects set the collector off: a vocabulary of 256,000 words is millions, none of them garbage.
_OBJECTS = 100_000
# How libraries of C++ say that they got no memory.
_NO_MEMORY = ("bad_alloc", "bad allocation", "can't allocate memory", "Cannot allocate memory")


class _Pipe:
    """Behind progress.Progress: tells the parent."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def step(self, name: str) -> None:
        """See Progress."""
        self._send(["step", name])

    def advance(self, done: int, total: int) -> None:
        """See Progress."""
        self._send(["advance", int(done), int(total)])

    def _send(self, message: list[Any]) -> None:
        os.write(self._descriptor, json.dumps(message).encode() + b"\n")


def main() -> int:
    """Take the call from the folder that the first argument names; the exit code."""
    folder, descriptor, parent = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the line above
        return 1
    gc.set_threshold(_OBJECTS)
    try:
        value = _call(exchange.read(folder, "call"), _Pipe(descriptor))
        peak, anonymous = memory_mib()
        exchange.write(folder, "result", {"value": value, "peak_mib": peak, "anonymous_mib": anonymous})
    except Exception as error:
        traceback.print_exc()
        exchange.write(folder, "error", {"kind": _kind(error), "message": _message(error)})
        return 1
    return 0


def _call(call: dict[str, Any], progress: _Pipe) -> Any:
    sys.path[:] = call["path"]
    module = importlib.import_module(call["module"])
    function = reduce(getattr, call["function"].split("."), module)
    return function(progress, **call["arguments"])  # type: ignore[operator]


def _kind(error: Exception) -> str:
    if isinstance(error, MemoryError) or any(words in str(error) for words in _NO_MEMORY):
        return "memory"
    if isinstance(error, ModuleNotFoundError):
        return "missing"
    if isinstance(error, ValueError | Misconfigured):
        return "bad input"
    return "system" if isinstance(error, OSError) else "defect"


def _message(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError):
        return error.name or str(error)
    if isinstance(error, ValueError | Misconfigured | OSError):
        return str(error)
    return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    # Libraries' threads and destructors have nothing left to do, and some hang in it.
    os._exit(status)
