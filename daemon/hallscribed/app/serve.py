"""A daemon's life: lock, build, listen, be ready, drain, end."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import gc
import logging
import os
import socket
from pathlib import Path

from hallscribed.adapters.store.ballast import Ballast
from hallscribed.app.bootstrap import Daemon, build, wait_for_workers
from hallscribed.app.config import Config, socket_path
from hallscribed.app.lifecycle import (
    DRAIN_S,
    Starting,
    Stop,
    StoppedAtStart,
    end_hard_after,
    feed_watchdog,
    locked,
    shutting_down,
    tell_service_manager,
)
from hallscribed.app.metrics import serve_metrics
from hallscribed.app.telemetry import report
from hallscribed.domain.errors import Misconfigured, TemporarilyBlocked
from hallscribed.pipeline.captions import parse_captions
from hallscribed.pipeline.query import Query, search
from hallscribed.rpc.event import EventServicer
from hallscribed.rpc.ingest import IngestServicer
from hallscribed.rpc.lecture import LectureServicer
from hallscribed.rpc.notes import NotesServicer
from hallscribed.rpc.search import SearchServicer
from hallscribed.rpc.server import Server
from hallscribed.rpc.system import SystemServicer

_CALL_THREADS = 32
_GRACE_S = 3.0
_LOAD_S = 1.0

log = logging.getLogger(__name__)


async def serve(config: Config) -> int:
    """Run until told to stop; the process's exit code."""
    asyncio.get_running_loop().set_default_executor(concurrent.futures.ThreadPoolExecutor(_CALL_THREADS, "call"))
    with locked(config.storage.data_dir):
        stop, ballast = Stop(), Ballast(config.storage.data_dir / "ballast")
        ballast.drop_if_full()
        try:
            daemon = await asyncio.to_thread(build, config, stop.storage_failed, Starting(stop.is_wanted))
        except StoppedAtStart:
            log.info("stopped while starting; everything acknowledged is on disk")
            return stop.exit_code
        for told in daemon.recovery:
            log.warning("recovery: %s", told)
        daemon.feed.bind(asyncio.get_running_loop())
        server = Server(_servicers(daemon), stop.storage_failed)
        serve_metrics(config.metrics.listen, lambda: report(daemon))
        await _listen(server, config.rpc.listen)
        # Questions are answered meanwhile; frames wait, and so does what watches for SERVING.
        try:
            await asyncio.to_thread(wait_for_workers, daemon)
        except (Misconfigured, TemporarilyBlocked):
            await server.stop(0)
            raise
        daemon.jobs.start()
        daemon.archiving.start()
        daemon.reembedding.start()
        if daemon.summaries is not None:
            daemon.summaries.start()
        await asyncio.to_thread(daemon.query.text_encoder.prepare)
        await _self_query(daemon)
        # What is there now stays for good: without this, each full collection would walk it all, and hold up frames and
        # questions for 25 ms.
        gc.collect()
        gc.freeze()
        await server.set_serving()
        watching = [
            asyncio.create_task(feed_watchdog(lambda: _self_query(daemon))),
            asyncio.create_task(_watch_load(daemon)),
        ]
        tell_service_manager("READY=1\nSTATUS=serving")
        ballast.take()
        log.info("serving on %s, data in %s", config.rpc.listen, config.storage.data_dir)
        await stop.wanted()
        for task in watching:
            task.cancel()
        await _drain(daemon, server)
    return stop.exit_code


def _servicers(daemon: Daemon) -> dict[str, object]:
    rate = daemon.config.ingest.frames_per_second
    return {
        "LectureService": LectureServicer(daemon.lectures),
        "IngestService": IngestServicer(daemon.lectures, daemon.sources, parse_captions, rate),
        "EventService": EventServicer(daemon.lectures, daemon.catalog, daemon.feed),
        "SearchService": SearchServicer(daemon.query, daemon.perception, daemon.lectures),
        "NotesService": NotesServicer(daemon.lectures),
        "SystemService": SystemServicer(lambda: report(daemon)),
    }


async def _listen(server: Server, address: str) -> None:
    path = socket_path(address)
    if path is not None:
        try:
            path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
            _make_way(path)
        except OSError as error:
            raise Misconfigured(
                f"cannot listen on {address}: {path.parent} cannot be made or entered ({error.strerror}); name another "
                "address with --listen, or in the configuration under [rpc]"
            ) from error
    try:
        await server.start(address)
    except RuntimeError as error:
        raise TemporarilyBlocked(
            f"cannot listen on {address}: it is taken, or may not be used; end what uses it, or name another address"
        ) from error
    if path is not None:
        _restrict(path)


def _make_way(path: Path) -> None:
    """Remove the socket that a killed daemon left; that of one that lives, and what is no socket, is not ours."""
    if not path.is_socket():
        if path.exists():
            raise Misconfigured(f"{path} is no socket: it was left alone; name another path to listen on")
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
        except OSError as error:
            raise TemporarilyBlocked(f"cannot tell whether anybody listens on {path}: {error}") from error
    raise TemporarilyBlocked(f"another daemon, with another data folder, listens on {path}")


def _restrict(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.chmod(path, 0o660)  # noqa: PTH101


async def _self_query(daemon: Daemon) -> None:
    """Ask the daemon something through its own query path: proof that it makes progress."""
    await asyncio.to_thread(search, Query(text="ready"), daemon.query, None)


async def _watch_load(daemon: Daemon) -> None:
    """Let the ladder see how far behind the live streams are, for as long as the daemon runs."""
    while True:
        try:
            await asyncio.to_thread(daemon.ladder.observe, daemon.lectures.load_s())
        except Exception:  # a full disk takes no notice of a step, and the step still holds
            log.exception("a step of the load could not be announced")
        await asyncio.sleep(_LOAD_S)


async def _drain(daemon: Daemon, server: Server) -> None:
    """Stop in order: be seen to go, take nothing more, make everything durable, end."""
    tell_service_manager("STOPPING=1")
    log.info("stopping")
    end_hard_after(DRAIN_S - 0.5)
    for worker in daemon.workers:
        worker.retire()
    jobs_end = asyncio.create_task(asyncio.to_thread(daemon.jobs.stop))
    await asyncio.to_thread(daemon.archiving.stop)
    await asyncio.to_thread(daemon.reembedding.stop)
    if daemon.summaries is not None:
        await asyncio.to_thread(daemon.summaries.stop)
    await server.stop_serving()
    daemon.feed.close()
    await asyncio.to_thread(daemon.sources.stop)
    await asyncio.to_thread(daemon.lectures.drain, shutting_down())
    await server.stop(_GRACE_S)
    await jobs_end
    for worker in daemon.workers:
        await asyncio.to_thread(worker.stop)
    daemon.catalog.close()
    log.info("stopped; everything acknowledged is on disk")
