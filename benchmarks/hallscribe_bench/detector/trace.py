"""Recordings as the detector gets them: one grid a second, with truth; kept in a cache folder.

A cached recording is named after its scenario, its seed and the code that drew it: another gate or another scenario
renders anew.
"""

from __future__ import annotations

import functools
import hashlib
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hallscribe_bench.detector import disturbances, footage, scenarios, slides
from hallscribe_bench.detector.footage import Footage
from hallscribe_bench.detector.scenarios import SCENARIOS
from hallscribed.domain.event import Boundary
from hallscribed.domain.frame import Grid
from hallscribed.pipeline import gate
from hallscribed.pipeline.detector import Detector, DetectorSettings, Glance
from hallscribed.pipeline.gate import grid_of

Scenario = Callable[[np.random.Generator], Footage]
CACHE = Path(tempfile.gettempdir()) / "hallscribe-bench-detector"


@dataclass(frozen=True, slots=True)
class Trace:
    """One recording: media times in seconds (N,), luma and edge uint8 (N, 36, 64), truth as (seconds, kind)."""

    name: str
    times: NDArray[np.float64]
    luma: NDArray[np.uint8]
    edge: NDArray[np.uint8]
    truth: list[tuple[float, str]]

    def save(self, path: Path) -> None:
        """Write as npz."""
        path.parent.mkdir(parents=True, exist_ok=True)
        kinds = np.array([kind for _, kind in self.truth], dtype="U16")
        np.savez_compressed(
            path,
            name=self.name,
            times=self.times,
            luma=self.luma,
            edge=self.edge,
            truth_times=np.array([time for time, _ in self.truth], np.float64),
            truth_kinds=kinds,
        )

    @staticmethod
    def load(path: Path) -> Trace:
        """Read what ``save`` wrote."""
        with np.load(path) as data:
            truth = list(zip(data["truth_times"].tolist(), data["truth_kinds"].tolist(), strict=True))
            return Trace(str(data["name"]), data["times"], data["luma"], data["edge"], truth)


def trace_of(name: str, frames: Iterable[tuple[float, NDArray[np.uint8]]], truth: list[tuple[float, str]]) -> Trace:
    """Put gray frames through the gate."""
    seen = [(time, grid_of(luma)) for time, luma in frames]
    return Trace(
        name,
        np.array([time for time, _ in seen]),
        np.array([grid.luma for _, grid in seen]),
        np.array([grid.edge for _, grid in seen]),
        truth,
    )


def rendered(seeds: Iterable[int], cache: Path = CACHE, which: Sequence[Scenario] = SCENARIOS) -> list[Trace]:
    """Scenarios under every seed, rendered now or taken from the cache."""
    traces = []
    for seed in seeds:
        for scenario in which:
            path = cache / f"{scenario.__name__}-{seed}-{_drawn_by()}.npz"
            if not path.exists():
                made: Footage = scenario(np.random.default_rng([seed, SCENARIOS.index(scenario)]))
                trace_of(made.name, made.frames(), made.truth).save(path)
            traces.append(Trace.load(path))
    return traces


@functools.cache
def _drawn_by() -> str:
    """A digest of the code that the grids follow from."""
    sources = (Path(str(module.__file__)).read_bytes() for module in (disturbances, footage, gate, scenarios, slides))
    return hashlib.sha256(b"".join(sources)).hexdigest()[:12]


def boundaries_of(trace: Trace, settings: DetectorSettings | None = None) -> list[Boundary]:
    """What the detector says of a recording, without an encoder."""
    detector = Detector(settings=settings or DetectorSettings())
    found: list[Boundary] = []
    for place, time in enumerate(trace.times.tolist()):
        grid = Grid(trace.luma[place], trace.edge[place], 0.0)
        found += detector.observe(Glance(place + 1, time, grid, None)).boundaries
    return found + detector.finish()
