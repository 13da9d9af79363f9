from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from hallscribed.adapters.worker.confinement import DATA_SLACK_BYTES

LIMIT = 64 << 20
SCRIPT = """
import ctypes, os, resource, socket
from pathlib import Path
from hallscribed.adapters.worker.confinement import confine
confine({limit})
print(os.sched_getscheduler(0) == os.SCHED_IDLE)
print(resource.getrlimit(resource.RLIMIT_DATA)[0])
print(Path("/proc/self/oom_score_adj").read_text().strip())
for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX):
    try:
        socket.socket(family).close()
        print("made")
    except PermissionError:
        print("refused")
try:
    held = bytearray({limit} + {slack})
    print("had")
except MemoryError:
    print("no memory")
"""


def test_a_confined_process_is_idle_small_and_off_the_network() -> None:
    script = SCRIPT.format(limit=LIMIT, slack=DATA_SLACK_BYTES)
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.split("\n")[:-1] == [
        "True",
        str(LIMIT + DATA_SLACK_BYTES),
        "1000",
        "refused",
        "refused",
        "made",
        "no memory",
    ]
    assert ended.stderr == ""
    assert os.sched_getscheduler(0) != os.SCHED_IDLE
    assert Path("/proc/self/oom_score_adj").read_text().strip() != "1000"
