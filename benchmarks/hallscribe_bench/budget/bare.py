"""The encoder's graph in a bare loop, for comparison.

    python -m hallscribe_bench.budget.bare BUNDLE RUNTIME THREADS

Reads a number of runs from each line of its input and prints the milliseconds of each run, as a JSON list a line.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from hallscribe_bench.budget.bare_process import answer_runs
from hallscribed.adapters.models.bundle import load
from hallscribed.adapters.models.vjepa import single_picture
from hallscribed.adapters.runtime.factory import open_runtime


def main() -> None:
    """Open, warm up, answer."""
    bundle = load(Path(sys.argv[1]))
    runtime = open_runtime(sys.argv[2], bundle, int(sys.argv[3]))
    side = single_picture(bundle).size
    rng = np.random.default_rng(0)
    feeds = {bundle.manifest.inputs[0].name: rng.normal(size=(1, 3, side, side)).astype(np.float32)}
    runtime.run(feeds)
    answer_runs(lambda: runtime.run(feeds))


if __name__ == "__main__":
    main()
