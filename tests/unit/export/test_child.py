"""A function in a child process: what comes back, and what is left of it when either side ends."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest

from hallscribe_export.child import in_child
from hallscribe_export.progress import Silent
from support import child_calls
from unit.export import child_troubles

TESTS = Path(child_calls.__file__).parents[1]
# A parent that would sleep with its child for a minute.
PARENT = """
import signal
import sys
from pathlib import Path
from hallscribe_export.child import in_child, interruptible
from hallscribe_export.progress import Silent
from support import child_calls
# Where the tests themselves ignore it, the parent must not.
signal.signal(signal.SIGINT, signal.default_int_handler)
with interruptible():
    try:
        in_child(child_calls.sleep, Silent(), told=Path(sys.argv[1]))
    finally:
        print("cleaned up")
"""


class Heard:
    def __init__(self) -> None:
        self.all: list[object] = []

    def step(self, name: str) -> None:
        self.all.append(name)

    def advance(self, done: int, total: int) -> None:
        self.all.append((done, total))


def gone(pid: int) -> bool:
    """Whether a process ended within five seconds."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":  # ended; whoever inherited it has not looked yet
            return True
        time.sleep(0.02)
    return False


def test_arrays_and_paths_go_there_and_back_with_the_progress(tmp_path: Path) -> None:
    heard = Heard()
    rows = np.arange(6, dtype=np.float32).reshape(2, 3)
    ran = in_child(child_calls.twice, heard, rows=rows, folder=tmp_path, names=("a", "b"))
    assert np.array_equal(ran.result["rows"], rows * 2)
    assert ran.result["folder"] == tmp_path / "x"
    assert ran.result["names"] == ["a", "b"]
    assert ran.result["pid"] != os.getpid()
    assert heard.all == ["doubling", (1, 2)]
    assert ran.seconds > 0


def test_its_memory_is_its_own() -> None:
    ballast = np.ones(400 * 2**17)
    ran = in_child(child_calls.take, Silent(), mib=200)
    assert ran.result == 200 * 2**17
    assert 200 < ran.peak_mib < 400 <= ballast.nbytes / 2**20
    assert ran.anonymous_mib > 200


@pytest.mark.parametrize(
    ("kind", "raised", "told"),
    [
        ("value", ValueError, "^it went wrong$"),
        ("system", OSError, "^it went wrong$"),
        ("memory", ValueError, "close other programs"),
        ("missing", ModuleNotFoundError, "^No module named 'no_such_package'$"),
        ("defect", RuntimeError, "KeyError: 'it went wrong'; it said:\nlibrary says hello"),
    ],
)
def test_its_errors_come_back(kind: str, raised: type[Exception], told: str) -> None:
    with pytest.raises(raised, match=told):
        in_child(child_calls.fail, Silent(), kind=kind)


def test_an_error_comes_back_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=os.strerror(errno.EFBIG)):
        in_child(child_troubles.write_too_much, Silent(), folder=tmp_path)


@pytest.mark.parametrize("words", ["No space left on device (os error 28)", "can't start new thread"])
def test_a_library_that_the_system_refused_something_is_no_defect(words: str) -> None:
    with pytest.raises(OSError, match=re.escape(words)):
        in_child(child_troubles.fail_with, Silent(), words=f"library: {words}")


def test_a_child_that_the_kernel_killed_had_too_little_memory() -> None:
    with pytest.raises(ValueError, match=r"needed more than the \d+ MiB .* machine with more memory"):
        in_child(child_calls.killed, Silent())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_nothing_runs_on_when_the_parent_ends(tmp_path: Path, number: signal.Signals) -> None:
    told = tmp_path / "pid"
    environment = {**os.environ, "PYTHONPATH": str(TESTS), "TMPDIR": str(tmp_path)}
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(told)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    deadline = time.monotonic() + 20
    while not (told.exists() and told.read_text()) and time.monotonic() < deadline:
        time.sleep(0.02)
    child = int(told.read_text())
    parent.send_signal(number)
    said, _ = parent.communicate(timeout=10)
    assert gone(child)
    if number != signal.SIGKILL:
        assert said == "cleaned up\n"
        assert not list(tmp_path.glob("hallscribe-child-*"))


def test_what_a_library_leaves_among_temporary_files_goes_with_the_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    left = in_child(child_calls.litter, Silent()).result
    assert left.is_relative_to(tmp_path)
    assert not left.exists()
    assert not list(tmp_path.iterdir())
