from __future__ import annotations

import socket
import urllib.request

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from hallscribe.v1 import lecture_pb2, system_pb2
from hallscribed.app.metrics import StatusCollector, serve_metrics
from hallscribed.domain.errors import TemporarilyBlocked

STATE = system_pb2.GetStatusResponse(
    error_count=3,
    frames=lecture_pb2.FrameCounts(kept=5, reused=70),
    lag_s=1.5,
    load=system_pb2.LoadStatus(step=2, steps=4),
    memory_bytes=1 << 20,
    workers=[system_pb2.WorkerStatus(name="perception", pid=7, restarts=1, memory_bytes=2 << 20)],
    queues=[system_pb2.QueueStatus(name="frame", depth=4)],
    stages=[system_pb2.StageStatus(name="encode", count=9, p50_ms=2.5, p99_ms=7.5)],
)


def samples() -> dict[tuple[str, tuple[str, ...]], float]:
    registry = CollectorRegistry()
    registry.register(StatusCollector(lambda: STATE))
    families = text_string_to_metric_families(generate_latest(registry).decode())
    return {
        (sample.name, tuple(sorted(sample.labels.values(), reverse=True))): sample.value
        for family in families
        for sample in family.samples
    }


def test_prometheus_gets_the_figures_of_status() -> None:
    found = samples()
    assert found["hallscribe_frames_total", ("kept",)] == 5
    assert found["hallscribe_frames_total", ("reused",)] == 70
    assert found["hallscribe_errors_total", ()] == 3
    assert found["hallscribe_lag_seconds", ()] == 1.5
    assert found["hallscribe_load_step", ()] == 2
    assert found["hallscribe_queue_depth", ("frame",)] == 4
    assert found["hallscribe_memory_bytes", ("gateway",)] == 1 << 20
    assert found["hallscribe_memory_bytes", ("perception",)] == 2 << 20
    assert found["hallscribe_worker_restarts_total", ("perception",)] == 1
    assert found["hallscribe_stage_milliseconds", ("encode", "0.99")] == 7.5


def test_it_is_asked_over_http_and_refuses_a_taken_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(TemporarilyBlocked, match=r"\[metrics\]"):
            serve_metrics(f"127.0.0.1:{port}", lambda: STATE)
    serve_metrics(f"127.0.0.1:{port}", lambda: STATE)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        assert b'hallscribe_frames_total{outcome="kept"} 5.0' in answer.read()
