"""The daemon's state, as `status` tells it."""

from __future__ import annotations

import importlib.metadata
import os
import shutil

from hallscribe.v1 import lecture_pb2, system_pb2
from hallscribed.adapters.worker.memory import private_bytes
from hallscribed.app.bootstrap import Daemon
from hallscribed.domain.frame import Outcome
from hallscribed.domain.lecture import LectureState
from hallscribed.domain.recording import SummariserReport
from hallscribed.pipeline.ingest import EMBEDDING_QUEUE
from hallscribed.pipeline.ladder import RUNGS
from hallscribed.pipeline.streams import FRAME_QUEUE
from hallscribed.rpc.convert import timestamp

VERSION = importlib.metadata.version("hallscribe")


def report(daemon: Daemon) -> system_pb2.GetStatusResponse:
    """The state as it is now."""
    lectures = daemon.catalog.page("", 1 << 30)
    waiting, pending = daemon.lectures.queue_depths()
    queues = (("frame", waiting, FRAME_QUEUE), ("embedding", pending, EMBEDDING_QUEUE), ("job", daemon.jobs.depth(), 0))
    space = daemon.encoder.space
    free = shutil.disk_usage(daemon.config.storage.data_dir).free
    return system_pb2.GetStatusResponse(
        version=VERSION,
        start_time=timestamp(daemon.started),
        open_lectures=sum(lecture.state is LectureState.OPEN for lecture in lectures),
        lectures=len(lectures),
        error_count=daemon.meter.counted("error"),
        skip_rate=_skip_rate(daemon),
        queues=[system_pb2.QueueStatus(name=name, depth=depth, capacity=room) for name, depth, room in queues],
        workers=[
            system_pb2.WorkerStatus(
                name=worker.name, pid=worker.pid, restarts=worker.restarts, memory_bytes=private_bytes(worker.pid)[0]
            )
            for worker in daemon.workers
        ],
        encoder=system_pb2.EncoderStatus(
            model=f"{daemon.encoder.manifest.model_id} {daemon.encoder.manifest.revision}",
            space=space.name,
            runtime=daemon.config.encoder.runtime,
            trained=space.trained,
            aligned=daemon.query.projection.space.aligned,
        ),
        recovery=daemon.recovery,
        free_bytes=free,
        read_only_detail=_read_only(daemon, free),
        stages=[
            system_pb2.StageStatus(name=stage.name, count=stage.count, p50_ms=stage.p50_ms, p99_ms=stage.p99_ms)
            for stage in daemon.meter.stages()
        ],
        summariser=_summariser(daemon),
        frames=lecture_pb2.FrameCounts(**{outcome.value: daemon.meter.counted(outcome) for outcome in Outcome}),
        lag_s=daemon.lectures.lag_s(),
        load=_load(daemon),
        memory_bytes=private_bytes(os.getpid())[0],
    )


def _load(daemon: Daemon) -> system_pb2.LoadStatus:
    rung = daemon.ladder.rung
    return system_pb2.LoadStatus(
        step=RUNGS.index(rung), steps=len(RUNGS) - 1, name=rung.name, detail="" if rung is RUNGS[0] else rung.detail
    )


def _summariser(daemon: Daemon) -> system_pb2.SummariserStatus:
    summaries = daemon.summaries
    if summaries is None:
        return system_pb2.SummariserStatus(state=system_pb2.SUMMARISER_STATE_ABSENT)
    told = summaries.report()
    return system_pb2.SummariserStatus(
        state=_summariser_state(told, backing_off=summaries.backing_off),
        model=told.model,
        pid=told.pid,
        memory_bytes=told.memory_bytes,
        memory_limit_bytes=told.memory_limit_bytes,
        waiting_jobs=summaries.depth(),
        written=daemon.meter.counted("generated"),
        failures=daemon.meter.counted("generation_failed"),
        failure_detail=summaries.failure_detail,
    )


def _summariser_state(told: SummariserReport, *, backing_off: bool) -> system_pb2.SummariserState.ValueType:
    if told.loading:
        return system_pb2.SUMMARISER_STATE_LOADING
    if told.working:
        return system_pb2.SUMMARISER_STATE_WORKING
    if backing_off:
        return system_pb2.SUMMARISER_STATE_BACKING_OFF
    return system_pb2.SUMMARISER_STATE_READY if told.pid else system_pb2.SUMMARISER_STATE_UNLOADED


def _skip_rate(daemon: Daemon) -> float:
    counts = {outcome: daemon.meter.counted(outcome) for outcome in Outcome}
    spared = counts[Outcome.REUSED] + counts[Outcome.SKIPPED]
    looked_at = spared + counts[Outcome.KEPT]
    return spared / looked_at if looked_at else 0.0


def _read_only(daemon: Daemon, free: int) -> str:
    reserve = daemon.config.storage.reserve_bytes
    if free >= reserve:
        return ""
    return f"only {free >> 20} MiB are free, less than the reserve of {reserve >> 20} MiB: free some space"
