"""The child's side of ``child.in_child``: calls one function, tells its progress or its error, writes its result."""

from __future__ import annotations

import contextlib
import ctypes
import errno
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

# How libraries without an exception for it say that the system refused a file, room or a thread.
_REFUSED = (*map(os.strerror, (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EMFILE)), "can't start new thread")


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

    def fail(self, kind: str, message: str) -> None:
        """Tell the error that ends the call: by no file, as it may be that none can be written."""
        self._send(["error", kind, message])

    def _send(self, message: list[Any]) -> None:
        os.write(self._descriptor, json.dumps(message).encode() + b"\n")


def main() -> int:
    """Take the call from the folder that the first argument names; the exit code."""
    folder, descriptor, parent = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the line above
        return 1
    gc.set_threshold(_OBJECTS)
    pipe = _Pipe(descriptor)
    try:
        value = _call(exchange.read(folder, "call"), pipe)
        peak, anonymous = memory_mib()
        exchange.write(folder, "result", {"value": value, "peak_mib": peak, "anonymous_mib": anonymous})
    except Exception as error:
        with contextlib.suppress(OSError):
            traceback.print_exc()
        pipe.fail(_kind(error), _message(error))
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
    refused = isinstance(error, OSError) or any(words in str(error) for words in _REFUSED)
    return "system" if refused else "defect"


def _message(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError):
        return error.name or str(error)
    if isinstance(error, ValueError | Misconfigured | OSError):
        return str(error)
    return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    status = main()
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    # Libraries' threads and destructors have nothing left to do, and some hang in it.
    os._exit(status)
