"""Times a bundle on this machine.

    python -m hallscribe_export.timing [BUNDLE ...]

For each runtime and one and two threads: seconds to open, milliseconds a run (median and least of 30), and the
memory of a process that did nothing else. Without a name, the two bundles that the daemon uses.
"""

from __future__ import annotations

import multiprocessing
import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from hallscribed.adapters.models.bundle import Bundle, default_encoder_path, default_text_path, load
from hallscribed.adapters.models.minilm import MiniLmEncoder
from hallscribed.adapters.models.vjepa import VjepaEncoder
from hallscribed.adapters.runtime.factory import open_runtime

_RUNS = 30
_THREADS = (1, 2)


def _subjects(bundle: Bundle, name: str, threads: int) -> dict[str, Callable[[], object]]:
    runtime = open_runtime(name, bundle, threads)
    if bundle.manifest.kind == "encoder":
        encoder = VjepaEncoder(bundle, runtime)
        picture = np.random.default_rng(1).integers(0, 255, (540, 960, 3), np.uint8)
        return {"a picture of 960 x 540": lambda: encoder.encode([picture])}
    text = MiniLmEncoder(bundle, runtime)
    return {
        "12 tokens": lambda: text.encode(["how does gradient descent choose its step size at all"]),
        "256 tokens": lambda: text.encode(["word " * 300]),
    }


def _time(path: Path, name: str, threads: int) -> None:
    begun = time.perf_counter()
    subjects = _subjects(load(path), name, threads)
    opened = time.perf_counter() - begun
    told = []
    for what, run in subjects.items():
        run()
        times = []
        for _ in range(_RUNS):
            begun = time.perf_counter()
            run()
            times.append(1000 * (time.perf_counter() - begun))
        told.append(f"{what} {statistics.median(times):.1f} ms (least {min(times):.1f})")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    typer.echo(f"{path.name} {name} {threads} thread(s): open {opened:.2f} s, {', '.join(told)}, {memory:.0f} MiB")


def main(bundles: Annotated[list[Path] | None, typer.Argument(help="Folders of bundles.")] = None) -> None:
    """Time bundles on this machine."""
    spawn = multiprocessing.get_context("spawn")
    for path in bundles or [default_encoder_path(), default_text_path()]:
        for name in load(path).manifest.runtimes:
            for threads in _THREADS:
                # A process each: one runtime's memory and threads would count for the next.
                process = spawn.Process(target=_time, args=(path, name, threads))
                process.start()
                process.join()


if __name__ == "__main__":
    typer.run(main)
