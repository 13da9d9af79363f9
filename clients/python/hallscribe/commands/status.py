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
    yield "skip rate", f"{found.skip_rate:.0%} of the frames were not encoded"
    for queue in found.queues:
        room = f" of {queue.capacity} a lecture" if queue.capacity else ""
        yield f"{queue.name} queue", f"{queue.depth} waiting{room}"
    for worker in found.workers:
        runs = f"process {worker.pid}" if worker.pid else "not running"
        yield f"{worker.name} worker", f"{runs}, replaced {worker.restarts} times"
    yield "encoder", _encoder(found.encoder)
    yield "summariser", _summariser(found.summariser)
    for stage in found.stages:
        yield f"stage {stage.name}", f"{stage.p50_ms:.1f} ms median, {stage.p99_ms:.1f} ms p99, {stage.count} runs"
    yield "free space", f"{found.free_bytes / 2**30:.1f} GiB"
    for number, note in enumerate(found.recovery):
        yield "" if number else "at start", note


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
