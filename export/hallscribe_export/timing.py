"""Times a bundle's main graph and looks at its memory, in a process that does nothing else."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hallscribe_export.child import in_child
from hallscribe_export.progress import Progress
from hallscribe_export.verification.language import token_by_token
from hallscribed.adapters.models.bundle import Bundle, load
from hallscribed.adapters.models.minilm import MiniLmEncoder
from hallscribed.adapters.runtime.factory import open_graph

# As many runs as fit in this many seconds, within bounds.
_SECONDS = 3.0
_LEAST_RUNS, _MOST_RUNS = 3, 30
_WORDS = "how does gradient descent choose its step size at all"


@dataclass(frozen=True, slots=True)
class Timed:
    """What one bundle takes in one runtime.

    Attributes:
        opened_s: to check, read and prepare it.
        latency_ms: median of a run: a picture or clip, a text of 12 tokens, a row, a further token.
        least_ms: the fastest, which is what the machine can do when it is left alone.
        peak_mib, anonymous_mib: of the whole process.
    """

    opened_s: float
    latency_ms: float
    least_ms: float
    peak_mib: float
    anonymous_mib: float


def times_ms(run: Callable[[], object], seconds: float = _SECONDS) -> list[float]:
    """Milliseconds of 3 to 30 runs within about ``seconds``, after one that does not count."""
    run()
    times: list[float] = []
    begun = time.perf_counter()
    while len(times) < _LEAST_RUNS or (len(times) < _MOST_RUNS and time.perf_counter() - begun < seconds):
        started = time.perf_counter()
        run()
        times.append(1000 * (time.perf_counter() - started))
    return times


def time_bundle(folder: Path, runtime: str, threads: int, progress: Progress) -> Timed:
    """Time a bundle in a child process: a picture or clip, a text of 12 tokens, a row, or a language model's token.

    Raises:
        ValueError: it is damaged, has nothing for this runtime, or needs more memory than there is.
    """
    ran = in_child(_time, progress, folder=folder, runtime=runtime, threads=threads)
    times = ran.result["times"]
    return Timed(ran.result["opened_s"], statistics.median(times), min(times), ran.peak_mib, ran.anonymous_mib)


def measured_here(folder: Path, threads: int, progress: Progress) -> dict[str, float]:
    """``latency_ms`` and ``peak_memory_mib`` of every runtime, as a manifest's ``measured`` names them."""
    measured = {}
    for runtime in load(folder).manifest.runtimes:
        timed = time_bundle(folder, runtime, threads, progress)
        measured[f"latency_ms_{runtime}"] = round(timed.latency_ms, 3)
        measured[f"peak_memory_mib_{runtime}"] = round(timed.peak_mib, 1)
    return measured


def _time(progress: Progress, folder: Path, runtime: str, threads: int) -> dict[str, object]:
    """In the child."""
    begun = time.perf_counter()
    run = _subject(load(folder), runtime, threads)
    opened = time.perf_counter() - begun
    return {"opened_s": opened, "times": times_ms(run)}


def _subject(bundle: Bundle, runtime: str, threads: int) -> Callable[[], object]:
    """What is timed: the main graph, opened, on one picture or clip, a text of 12 tokens, or one row."""
    if bundle.manifest.kind == "language":
        return token_by_token(bundle, threads)
    opened = open_graph(runtime, bundle, threads)
    if bundle.manifest.kind == "text":
        text = MiniLmEncoder(bundle, opened)
        return lambda: text.encode([_WORDS])
    taken = bundle.manifest.inputs[0]
    shape = [1 if length < 0 else length for length in taken.shape]
    values = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    return lambda: opened.run({taken.name: values})
