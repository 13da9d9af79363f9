"""Counts and stage times since the start."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

_WINDOW = 1000


@dataclass(frozen=True, slots=True)
class StageTimes:
    """How often a stage ran, and how long it took over its last 1000 runs, in milliseconds."""

    name: str
    count: int
    p50_ms: float
    p99_ms: float


class Meter:
    """Shared by all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._runs: Counter[str] = Counter()
        self._times: dict[str, deque[float]] = {}

    def count(self, name: str, by: int = 1) -> None:
        """Add to a count."""
        with self._lock:
            self._counts[name] += by

    def counted(self, name: str) -> int:
        """A count since the start."""
        with self._lock:
            return self._counts[name]

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what happens inside, whether or not it succeeds."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.took(name, (time.perf_counter() - begun) * 1000)

    def took(self, name: str, milliseconds: float) -> None:
        """A stage ran, and was timed elsewhere."""
        with self._lock:
            self._runs[name] += 1
            self._times.setdefault(name, deque(maxlen=_WINDOW)).append(milliseconds)

    def stages(self) -> list[StageTimes]:
        """Every stage that ran, by name."""
        with self._lock:
            times = {name: list(values) for name, values in self._times.items()}
            runs = dict(self._runs)
        return [
            StageTimes(name, runs[name], *(float(p) for p in np.percentile(values, (50, 99))))
            for name, values in sorted(times.items())
        ]
