"""How the daemon starts, refuses to start, and stops."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import grpc
import psutil
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from hallscribe.v1 import event_pb2, ingest_pb2, search_pb2, search_pb2_grpc
from hallscribed.adapters.models.bundle import default_encoder_path
from support.daemon import COMMAND, Daemon, requests
from support.frames import shown

SERVING = health_pb2.HealthCheckResponse.SERVING


def ended(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(COMMAND), *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_a_second_daemon_on_the_same_data_ends_with_75(daemon: Daemon) -> None:
    second = ended("run", f"--data={daemon.data}", f"--listen={daemon.target}2")
    assert second.returncode == 75
    assert daemon.process is not None
    assert f"pid {daemon.process.pid}" in second.stderr
    daemon.create("still-served")


def worker_of(pid: int, name: str) -> psutil.Process:
    """A daemon's worker, as soon as it runs."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for child in psutil.Process(pid).children():
            with contextlib.suppress(psutil.Error):
                if f"hallscribed.adapters.worker.{name}" in child.cmdline():
                    return child
        time.sleep(0.002)
    raise TimeoutError(f"no {name} worker was started")


def test_questions_are_answered_before_it_is_ready_for_frames(tmp_path: Path) -> None:
    starting = Daemon(tmp_path)
    process = subprocess.Popen(starting.arguments(), stderr=subprocess.DEVNULL)
    try:
        # Held while it loads: on a fast machine it might be ready before the question is put.
        loading = worker_of(process.pid, "perception")
        loading.suspend()
        with grpc.insecure_channel(starting.target) as channel:
            search = search_pb2_grpc.SearchServiceStub(channel)
            search.Search(search_pb2.SearchRequest(text="entropy"), timeout=60, wait_for_ready=True)
            health = health_pb2_grpc.HealthStub(channel)
            assert health.Check(health_pb2.HealthCheckRequest(), timeout=5).status != SERVING
            loading.resume()
            for told in health.Watch(health_pb2.HealthCheckRequest(), timeout=60):
                if told.status == SERVING:
                    break
            for part in ("ingest", "query", "summaries"):
                assert health.Check(health_pb2.HealthCheckRequest(service=part), timeout=5).status == SERVING
            process.send_signal(signal.SIGHUP)
            assert health.Check(health_pb2.HealthCheckRequest(), timeout=5).status == SERVING
            assert process.poll() is None
    finally:
        process.kill()
        process.wait()


def test_a_daemon_with_other_data_does_not_take_the_socket(daemon: Daemon, tmp_path: Path) -> None:
    second = ended("run", f"--data={tmp_path}/other", f"--listen={daemon.target}")
    assert second.returncode == 75
    assert "listens on" in second.stderr
    daemon.create("still-served")


def test_a_file_where_the_socket_should_be_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a socket")
    refused = ended("run", f"--data={tmp_path}/data", f"--listen=unix://{file}")
    assert refused.returncode == 78
    assert file.read_text() == "not a socket"


def test_a_folder_for_the_socket_that_cannot_be_is_a_configuration_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    refused = ended("run", f"--data={tmp_path}/data", f"--listen=unix://{tmp_path}/file/s")
    assert refused.returncode == 78
    assert "name another address with --listen" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_it_refuses_to_listen_beyond_this_machine(tmp_path: Path) -> None:
    refused = ended("run", f"--data={tmp_path}/data", "--listen=0.0.0.0:50051")
    assert refused.returncode == 78
    assert "loopback" in refused.stderr


def test_a_data_folder_that_cannot_be_is_a_configuration_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    refused = ended("run", f"--data={tmp_path}/file", f"--listen=unix://{tmp_path}/s")
    assert refused.returncode == 78
    assert "cannot be used as the data folder" in refused.stderr


def test_check_config_prints_or_explains(tmp_path: Path) -> None:
    assert ended("check-config").returncode == 0
    file = tmp_path / "bad.toml"
    file.write_text("[storage]\ndata_dri = '/x'\n")
    refused = ended("check-config", f"--config={file}")
    assert refused.returncode == 78
    assert "did you mean 'data_dir'" in refused.stderr


def test_check_config_looks_at_what_is_named_as_a_start_does(tmp_path: Path) -> None:
    file = tmp_path / "hallscribed.toml"
    file.write_text(f"[ingest]\nsource_roots = ['{tmp_path}/recordings']\n")
    doubted = ended("check-config", f"--config={file}")
    assert doubted.returncode == 0
    assert f"{tmp_path}/recordings is no folder" in doubted.stderr
    file.write_text(f"[encoder]\nbundle = '/nowhere/vitl'\n[summariser]\nbundle = '{default_encoder_path()}'\n")
    refused = ended("check-config", f"--config={file}")
    assert refused.returncode == 78
    assert "/nowhere/vitl" in refused.stderr
    assert "configure one of kind language" in refused.stderr
    long = ended("check-config", f"--listen=unix:///{'x' * 107}")
    assert long.returncode == 78
    assert "at most 107 bytes" in long.stderr


@pytest.mark.parametrize("part", [0.0, 0.5, 1.0])
def test_a_bundle_with_one_byte_changed_ends_with_78(tmp_path: Path, part: float) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(default_encoder_path(), bundle)
    files = sorted(path for path in bundle.rglob("*") if path.is_file())
    victim = files[round(part * (len(files) - 1))]
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    victim.chmod(0o644)
    victim.write_bytes(bytes(data))
    config = tmp_path / "hallscribed.toml"
    config.write_text(f'[encoder]\nbundle = "{bundle}"\n')
    refused = ended("run", f"--config={config}", f"--data={tmp_path}/data", f"--listen=unix://{tmp_path}/s")
    assert refused.returncode == 78
    assert victim.name in refused.stderr
    assert "Traceback" not in refused.stderr


def test_sigterm_drains_with_streams_and_followers(daemon: Daemon) -> None:
    daemon.create("algebra")
    hold = threading.Event()

    def endless() -> object:
        yield from requests(
            ingest_pb2.FrameStreamOpen(lecture_id="algebra", producer_id="p"), shown([1, 1, 2, 2, 3, 3])
        )
        hold.wait(30)

    stream = daemon.ingest.StreamFrames(endless(), timeout=60)
    feed = daemon.events.Subscribe(event_pb2.SubscribeRequest(), timeout=60)
    assert next(iter(feed)).WhichOneof("record") == "heartbeat"
    durable = 0
    for reply in stream:
        durable = reply.durable_position
        if durable >= 6:
            break
    begun = time.monotonic()
    assert daemon.process is not None
    daemon.process.terminate()
    with pytest.raises(grpc.RpcError) as told:
        list(stream)
    assert told.value.code() is grpc.StatusCode.UNAVAILABLE
    assert list(feed)[-1].WhichOneof("record") == "closing"
    assert daemon.process.wait(15) == 0
    assert time.monotonic() - begun < 10
    hold.set()
    daemon.start()
    assert daemon.lecture("algebra").durable_position == durable


def test_the_service_manager_is_told_when_it_is_ready(tmp_path: Path) -> None:
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(address))
        notify.settimeout(60)
        environment = {**os.environ, "NOTIFY_SOCKET": str(address), "WATCHDOG_USEC": "400000"}
        arguments = ["run", f"--data={tmp_path}/data", f"--listen=unix://{tmp_path}/s"]
        process = subprocess.Popen([str(COMMAND), *arguments], env=environment, stderr=subprocess.DEVNULL)
        try:
            heard = [notify.recv(1000).decode() for _ in range(4)]
        finally:
            process.terminate()
        assert process.wait(15) == 0
        assert any(message.startswith("READY=1") for message in heard)
        assert heard.count("WATCHDOG=1") >= 2


def test_tokens_outlive_a_restart_but_not_their_feed(daemon: Daemon) -> None:
    daemon.create("algebra")
    feed = daemon.events.Subscribe(event_pb2.SubscribeRequest(beginning=event_pb2.StartFromBeginning()), timeout=10)
    records = iter(feed)
    next(records)
    first = next(records)
    assert first.WhichOneof("record") == "lecture_changed"
    feed.cancel()
    daemon.create("biology")
    daemon.kill()
    daemon.start()
    resumed = iter(daemon.events.Subscribe(event_pb2.SubscribeRequest(token=first.token), timeout=10))
    next(resumed)
    assert next(resumed).lecture_id == "biology"

    daemon.stop()
    for file in daemon.data.glob("catalog.db*"):
        file.unlink()
    daemon.start()
    with pytest.raises(grpc.RpcError) as told:
        list(daemon.events.Subscribe(event_pb2.SubscribeRequest(token=first.token), timeout=10))
    assert told.value.code() is grpc.StatusCode.OUT_OF_RANGE
    assert daemon.lecture("algebra").lecture_id == "algebra", "the lectures are found without the catalog"


def test_what_was_said_is_found_after_the_catalog_is_lost(daemon: Daemon) -> None:
    daemon.create("algebra")
    captions = b"WEBVTT\n\n00:00.000 --> 00:04.000\nthe zebra crossing theorem\n"
    daemon.ingest.PutCaptions(ingest_pb2.PutCaptionsRequest(lecture_id="algebra", captions=captions), timeout=10)
    daemon.stop()
    (daemon.data / "catalog.db").write_bytes(b"damaged" * 1000)
    daemon.start()
    found = daemon.search.Search(search_pb2.SearchRequest(text="zebra"), timeout=10)
    assert found.moments[0].lecture_id == "algebra"
    assert any("catalog.db" in path.name for path in (daemon.data / "quarantine").iterdir())
