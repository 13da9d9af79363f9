"""The daemon about itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from hallscribe.values.enums import SummariserState
from hallscribe.values.lecture import FrameCounts


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """A queue; ``capacity`` is 0 when it has no limit."""

    name: str
    depth: int
    capacity: int


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """A child process; ``pid`` is 0 while none runs, ``memory_bytes`` is what it has to itself."""

    name: str
    pid: int
    restarts: int
    memory_bytes: int = 0


@dataclass(frozen=True, slots=True)
class EncoderStatus:
    """The encoder bundle in use; text can query pictures only when ``aligned``."""

    model: str
    space: str
    runtime: str
    trained: bool
    aligned: bool


@dataclass(frozen=True, slots=True)
class StageStatus:
    """A stage of the frame path and its times over the last 1000 runs."""

    name: str
    count: int
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class SummariserStatus:
    """The process that writes summaries with a language model.

    ``memory_bytes`` is what it has to itself; ``written`` and ``failures`` count since the start, and
    ``failure_detail`` is the last failure's unless it succeeded since.
    """

    state: SummariserState = SummariserState.UNSPECIFIED
    model: str = ""
    pid: int = 0
    memory_bytes: int = 0
    memory_limit_bytes: int = 0
    waiting_jobs: int = 0
    written: int = 0
    failures: int = 0
    failure_detail: str = ""


@dataclass(frozen=True, slots=True)
class LoadStatus:
    """What the box gives up while it cannot keep up: ``step`` of ``steps``, 0 for nothing."""

    step: int = 0
    steps: int = 0
    name: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """The daemon about itself; ``read_only_detail`` is empty when all is well.

    ``lag_s`` is how far the live stream furthest behind is behind; ``memory_bytes`` what the gateway has to itself.
    """

    version: str
    start_time: datetime
    open_lectures: int
    lectures: int
    error_count: int
    skip_rate: float
    free_bytes: int
    read_only_detail: str
    encoder: EncoderStatus
    queues: Sequence[QueueStatus] = field(default_factory=tuple)
    workers: Sequence[WorkerStatus] = field(default_factory=tuple)
    recovery: Sequence[str] = field(default_factory=tuple)
    stages: Sequence[StageStatus] = field(default_factory=tuple)
    summariser: SummariserStatus = SummariserStatus()
    frames: FrameCounts = field(default_factory=FrameCounts)
    lag_s: float = 0.0
    load: LoadStatus = LoadStatus()
    memory_bytes: int = 0
