"""`hallscribe status`: how the daemon is doing, for technicians."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from rich.table import Table

from hallscribe.async_client import AsyncClient
from hallscribe.commands.fields import status_fields
from hallscribe.notes import clock
from hallscribe.output import Output, cell
from hallscribe.values import EncoderStatus, Status, SummariserState, SummariserStatus


async def status(client: AsyncClient, output: Output) -> None:
    """Print the daemon's state."""
    found = await client.status()
    if output.as_json:
        output.line(status_fields(found))
        return
    table = Table.grid(padding=(0, 2))
    for name, value in _rows(found, client.target):
        table.add_row(name, cell(value))
    output.show(table)


def _rows(found: Status, target: str) -> Iterator[tuple[str, str]]:
    up = (datetime.now(UTC) - found.start_time).total_seconds()
    yield "daemon", f"hallscribed {found.version} at {target}, up {clock(up)}"
    yield "state", f"read-only: {found.read_only_detail}" if found.read_only_detail else "taking frames"
    yield "lectures", f"{found.lectures}, of which {found.open_lectures} open"
    yield "errors", f"{found.error_count} since the start"
    yield "load", _load(found)
    yield "frames", _frames(found)
    for queue in found.queues:
        room = f" of {queue.capacity} a lecture" if queue.capacity else ""
        yield f"{queue.name} queue", f"{queue.depth} waiting{room}"
    for worker in found.workers:
        runs = f"process {worker.pid} with {_mebibytes(worker.memory_bytes)}" if worker.pid else "not running"
        yield f"{worker.name} worker", f"{runs}, replaced {worker.restarts} times"
    yield "gateway", _mebibytes(found.memory_bytes)
    yield "encoder", _encoder(found.encoder)
    yield "summariser", _summariser(found.summariser)
    for stage in found.stages:
        yield f"stage {stage.name}", f"{stage.p50_ms:.1f} ms median, {stage.p99_ms:.1f} ms p99, {stage.count} runs"
    yield "free space", f"{found.free_bytes / 2**30:.1f} GiB"
    for number, note in enumerate(found.recovery):
        yield "" if number else "at start", note


def _load(found: Status) -> str:
    behind = f"{found.lag_s:.1f} s behind live" if found.lag_s >= 0.1 else "keeps up with live"
    load = found.load
    return f"{behind}; step {load.step} of {load.steps}: {load.detail}" if load.step else behind


def _frames(found: Status) -> str:
    frames = found.frames
    told = f"{frames.kept} kept, {frames.reused} reused, {frames.skipped} skipped"
    for name, count in (("rejected", frames.rejected), ("failed", frames.failed), ("dropped", frames.dropped)):
        told += f", {count} {name}" if count else ""
    return f"{told}; {found.skip_rate:.0%} were not encoded"


def _mebibytes(count: int) -> str:
    return f"{count / 2**20:.0f} MiB of its own memory"


def _summariser(summariser: SummariserStatus) -> str:
    if summariser.state in (SummariserState.ABSENT, SummariserState.UNSPECIFIED):
        return "absent: summaries are extractive"
    parts = [f"{summariser.model} {summariser.state.value.replace('_', ' ')}"]
    if summariser.pid:
        used, limit = summariser.memory_bytes / 2**30, summariser.memory_limit_bytes / 2**30
        parts.append(f"process {summariser.pid} with {used:.1f} of {limit:.1f} GiB")
    parts += [f"{summariser.waiting_jobs} waiting", f"{summariser.written} written"]
    if summariser.failures:
        parts.append(f"{summariser.failures} failed")
    line = ", ".join(parts)
    return f"{line}; {summariser.failure_detail}" if summariser.failure_detail else line


def _encoder(encoder: EncoderStatus) -> str:
    parts = [encoder.model or "none", f"on {encoder.runtime}" if encoder.runtime else ""]
    line = " ".join(part for part in parts if part)
    if not encoder.trained:
        return f"{line}; untrained weights: visual text search not available"
    return line if encoder.aligned else f"{line}; not aligned with text: visual text search not available"
