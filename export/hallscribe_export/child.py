"""Runs one function in a process of its own, so that its memory, its threads and its end are its own.

The child is a fresh interpreter: never a fork, which runtimes with threads do not survive. It dies with its parent.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from hallscribe_export import exchange
from hallscribe_export.limits import free_mib
from hallscribe_export.progress import Progress

_SAMPLE_S = 0.05
_SAID_CHARACTERS = 3000
# glibc asks for pages of 2 MiB: gigabytes of weights in pages of 4 KiB are a fault for each, a quarter of the time.
_LARGE_PAGES = "glibc.malloc.hugetlb=1"
_MEMORY = "memory"
_BAD_INPUT = "bad input"
_MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Ran:
    """What a function gave and took.

    Attributes:
        result: its result.
        seconds: wall clock, the start of the process included.
        peak_mib: the most resident memory at one time.
        anonymous_mib: the most of it that is no page of a file, sampled every 50 ms.
        said: what libraries wrote to standard output and error.
    """

    result: Any
    seconds: float
    peak_mib: float
    anonymous_mib: float
    said: str


def in_child(function: Callable[..., Any], progress: Progress, /, **arguments: Any) -> Ran:
    """Call ``function(progress, **arguments)`` in a child process and wait for it.

    Arguments and result are what ``exchange`` carries: JSON, paths and arrays; tuples arrive as lists. Call it from
    the main thread: the kernel ends the child with the thread that made it.

    Args:
        function: of a module's top level.
        progress: is told what the child tells its own.

    Raises:
        ValueError: the function raised it (or Misconfigured), or the memory did not suffice.
        OSError, ModuleNotFoundError: the function raised it.
        RuntimeError: it failed otherwise; the message ends with what it said last.
    """
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="hallscribe-child-") as temporary:
        folder = Path(temporary)
        call = {"module": _module(function), "function": function.__qualname__, "path": sys.path}
        exchange.write(folder, "call", {**call, "arguments": arguments})
        with (folder / "said").open("wb") as said:
            memory, code, error = _run(folder, said.fileno(), progress)
        seconds = time.perf_counter() - begun
        words = (folder / "said").read_text(encoding="utf-8", errors="replace")
        if code != 0 or not (folder / "result.json").exists():
            raise _failure(error, code, memory, words)
        result = exchange.read(folder, "result")
        peak = max(memory.peak, result["peak_mib"])
        return Ran(result["value"], seconds, peak, max(memory.anonymous, result["anonymous_mib"]), words)


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Within the block SIGTERM and SIGHUP end the program as Ctrl-C does: clean-up runs, children are ended."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt(signal.Signals(number).name)

    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, interrupt) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


class _Memory:
    """The most that a process was seen to take, MiB."""

    def __init__(self) -> None:
        self.peak = self.anonymous = 0.0

    def look(self, pid: int | str) -> None:
        peak, anonymous = memory_mib(pid)
        self.peak, self.anonymous = max(self.peak, peak), max(self.anonymous, anonymous)


def memory_mib(pid: int | str = "self") -> tuple[float, float]:
    """A process's most resident and its present anonymous memory, MiB; zeros when it is gone.

    From /proc: getrusage's ru_maxrss begins, in a child, with what its parent had.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0.0, 0.0
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    peak, anonymous = (int(fields.get(name, "0 kB").split()[0]) / 1024 for name in ("VmHWM", "RssAnon"))
    return peak, anonymous


def _module(function: Callable[..., Any]) -> str:
    name = function.__module__
    if name == "__main__":
        spec = sys.modules["__main__"].__spec__
        name = spec.name if spec is not None else name
    return name


def _run(folder: Path, said: int, progress: Progress) -> tuple[_Memory, int, list[str]]:
    """Memory, exit code, and kind and message of the error that the child told, if it did."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    memory = _Memory()
    try:
        child = subprocess.Popen(
            [sys.executable, "-m", "hallscribe_export.called", str(folder), str(writing), str(os.getpid())],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            pass_fds=(writing,),
            start_new_session=True,  # Ctrl-C comes to us alone, and we end it
            # What libraries leave among temporary files (torch's compiler does) goes with the rest.
            env={"GLIBC_TUNABLES": _LARGE_PAGES, **os.environ, "TMPDIR": str(folder)},
        )
        os.close(writing)
        writing = -1
        try:
            error = _watch(child, reading, memory, progress)
            return memory, child.wait(), error
        finally:
            if child.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
                child.wait()
    finally:
        os.close(reading)
        if writing >= 0:
            os.close(writing)


def _watch(child: subprocess.Popen[bytes], pipe: int, memory: _Memory, progress: Progress) -> list[str]:
    """Pass on what it tells and look at its memory until it ends; the error that it told, as of ``_run``."""
    waiting, error = b"", list[str]()
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            # Looked at before the pipe is read: what an ended child wrote last is still read.
            ended = child.poll() is not None
            memory.look(child.pid)
            data = os.read(pipe, 65536) if selector.select(0 if ended else _SAMPLE_S) else b""
            *lines, waiting = (waiting + data).split(b"\n")
            for message in map(json.loads, lines):
                if message[0] == "error":
                    error = message[1:]
                else:
                    _tell(progress, message)
            if ended and not data:
                return error
            if data == b"" and not ended:
                time.sleep(_SAMPLE_S / 5)


def _tell(progress: Progress, message: list[Any]) -> None:
    if message[0] == "step":
        progress.step(message[1])
    else:
        progress.advance(message[1], message[2])


def _failure(error: list[str], code: int, memory: _Memory, said: str) -> Exception:
    """What to raise for a child that gave no result."""
    kind, message = error or (None, "")
    if kind == _MEMORY or (kind is None and code == -signal.SIGKILL):
        return ValueError(
            f"this needed more than the {memory.peak:.0f} MiB that it could get (free now: {free_mib():.0f} MiB): "
            "close other programs, choose a smaller checkpoint, or use a machine with more memory"
        )
    if kind == _BAD_INPUT:
        return ValueError(message)
    if kind == _MISSING:
        return ModuleNotFoundError(f"No module named {message!r}", name=message)
    if kind == "system":
        return OSError(message)
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    return RuntimeError(f"a step ended with {message or how}; it said:\n{said[-_SAID_CHARACTERS:].strip()}")
