from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from hallscribed.adapters.worker import proc


def test_what_the_kernel_says_of_a_process() -> None:
    with subprocess.Popen(["sleep", "60"]) as child:
        folder = f"/proc/{child.pid}"
        os.kill(child.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WNOWAIT)
        assert proc.state(folder) == "T"
        assert proc.state(f"{folder}/task/{child.pid}") == "T"
        assert len(proc.told(f"{folder}/schedstat").split()) == 3
        child.kill()
    with pytest.raises(OSError, match="No such"):
        proc.state(folder)


def test_a_name_may_hold_anything() -> None:
    name = Path("/proc/self/comm")
    before = name.read_text()
    name.write_text("x) T (")
    try:
        assert proc.state("/proc/self") in "RS"
    finally:
        name.write_text(before)
