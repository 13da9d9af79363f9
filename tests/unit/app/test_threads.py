from __future__ import annotations

import os
import subprocess
import sys

SCRIPT = """
import hallscribed.app.cli
import os
import numpy as np
np.ones((512, 512), np.float32) @ np.ones((512, 512), np.float32)
print(len(os.listdir("/proc/self/task")))
"""


def test_products_of_numpy_leave_no_thread_behind() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OPENBLAS", "OMP"))}
    ended = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, env=environment)
    assert ended.stdout.split() == ["1"]
