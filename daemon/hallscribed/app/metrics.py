"""The daemon's state for Prometheus: the same figures as ``status``, over HTTP on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hallscribe.v1 import system_pb2
from hallscribed.domain.errors import TemporarilyBlocked

Report = Callable[[], system_pb2.GetStatusResponse]


def serve_metrics(listen: str | None, report: Report) -> None:
    """Answer Prometheus at ``listen`` (host:port) in a thread of its own; None for not at all.

    Raises:
        TemporarilyBlocked: the address is taken.
    """
    if listen is None:
        return
    registry = CollectorRegistry(auto_describe=False)
    registry.register(StatusCollector(report))
    host, _, port = listen.rpartition(":")
    try:
        start_http_server(int(port), host.strip("[]"), registry)
    except OSError as error:
        raise TemporarilyBlocked(
            f"cannot listen on {listen} for [metrics] ({error.strerror}): end what uses it, or name another address"
        ) from error


class StatusCollector(Collector):
    """Behind prometheus_client: asks for the state each time it is asked."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def collect(self) -> Iterator[Metric]:
        """Every figure."""
        state = self._report()
        yield from _frames_and_load(state)
        yield from _processes(state)
        yield from _stages(state)


def _frames_and_load(state: system_pb2.GetStatusResponse) -> Iterator[Metric]:
    frames = CounterMetricFamily("hallscribe_frames", "Frames since the start, by outcome.", labels=["outcome"])
    for field, count in ((each.name, getattr(state.frames, each.name)) for each in state.frames.DESCRIPTOR.fields):
        frames.add_metric([field], count)
    yield frames
    yield CounterMetricFamily("hallscribe_errors", "Errors since the start.", value=state.error_count)
    yield GaugeMetricFamily("hallscribe_lag_seconds", "How far live streams are behind at most.", value=state.lag_s)
    yield GaugeMetricFamily("hallscribe_load_step", "Steps of what is given up under load.", value=state.load.step)
    yield GaugeMetricFamily("hallscribe_open_lectures", "Lectures that take frames.", value=state.open_lectures)
    yield GaugeMetricFamily("hallscribe_free_bytes", "Free space where the data lies.", value=state.free_bytes)
    yield GaugeMetricFamily(
        "hallscribe_read_only", "1 while no frames are taken for want of space.", value=bool(state.read_only_detail)
    )
    depth = GaugeMetricFamily("hallscribe_queue_depth", "Waiting, by queue.", labels=["queue"])
    for queue in state.queues:
        depth.add_metric([queue.name], queue.depth)
    depth.add_metric(["summary"], state.summariser.waiting_jobs)
    yield depth


def _processes(state: system_pb2.GetStatusResponse) -> Iterator[Metric]:
    memory = GaugeMetricFamily("hallscribe_memory_bytes", "Memory that a process has to itself.", labels=["process"])
    memory.add_metric(["gateway"], state.memory_bytes)
    restarts = CounterMetricFamily("hallscribe_worker_restarts", "Replaced processes.", labels=["process"])
    for worker in state.workers:
        memory.add_metric([worker.name], worker.memory_bytes)
        restarts.add_metric([worker.name], worker.restarts)
    memory.add_metric(["summariser"], state.summariser.memory_bytes)
    yield memory
    yield restarts


def _stages(state: system_pb2.GetStatusResponse) -> Iterator[Metric]:
    runs = CounterMetricFamily("hallscribe_stage_runs", "Runs since the start, by stage.", labels=["stage"])
    took = GaugeMetricFamily(
        "hallscribe_stage_milliseconds", "Time of the last 1000 runs, by stage.", labels=["stage", "quantile"]
    )
    for stage in state.stages:
        runs.add_metric([stage.name], stage.count)
        took.add_metric([stage.name, "0.5"], stage.p50_ms)
        took.add_metric([stage.name, "0.99"], stage.p99_ms)
    yield runs
    yield took
