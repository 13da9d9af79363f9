"""Times graphs against each other: alternating in one run, because a machine's speed wanders."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.float32]
Run = Callable[[Picture], Picture]

# A runtime's threads keep spinning for a moment after a run; the next contender must not pay for it.
_PAUSE_S = 0.05


@dataclass(frozen=True, slots=True)
class Lap:
    """A contender's times.

    Attributes:
        median_ms, least_ms: of all rounds.
        ratio: median over rounds of its time to the reference's in the same round.
    """

    median_ms: float
    least_ms: float
    ratio: float


def race(contenders: Mapping[str, Run], picture: Picture, rounds: int, reference: str) -> dict[str, Lap]:
    """Run every contender once a round, ``rounds`` times, after one round that does not count."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        for name, run in contenders.items():
            time.sleep(_PAUSE_S)
            begun = time.perf_counter()
            run(picture)
            if number > 0:
                times[name].append(1000 * (time.perf_counter() - begun))
    return {
        name: Lap(
            statistics.median(taken),
            min(taken),
            statistics.median(mine / other for mine, other in zip(taken, times[reference], strict=True)),
        )
        for name, taken in times.items()
    }


def open_public(folder: Path, threads: int) -> Run:
    """A contender made by ``proof.public``, with its runtime's settings for least latency."""
    if (folder / "model.onnx").is_file():
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        session = onnxruntime.InferenceSession(folder / "model.onnx", options, providers=["CPUExecutionProvider"])
        return lambda picture: np.asarray(session.run(None, {"x": picture})[0])
    import openvino

    settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads}
    compiled = openvino.Core().compile_model(folder / "model.xml", "CPU", settings)
    return lambda picture: np.asarray(compiled([picture])[0])
