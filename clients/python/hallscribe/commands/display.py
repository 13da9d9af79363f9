"""What `ingest` shows while it works: a progress bar for people, a JSON object a step for programs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from types import TracebackType

from rich.progress import BarColumn, TaskProgressColumn, TextColumn
from rich.progress import Progress as Bar

from hallscribe.async_client import AsyncClient
from hallscribe.commands.fields import progress_fields
from hallscribe.errors import HallscribeError
from hallscribe.notes import clock
from hallscribe.output import Output
from hallscribe.printing import printable
from hallscribe.values import EventAdded, EventWithdrawn, Lecture, Progress


class IngestDisplay:
    """Open it inside ``with``: the bar is taken away at the end, and what was done is said in a line.

    Args:
        output: where to show.
        duration_s: the video's length; 0 when unknown.
    """

    def __init__(self, output: Output, duration_s: float) -> None:
        self._output = output
        self._events = 0
        self._began = time.monotonic()
        self._first: int | None = None
        self._last_line = ""
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[counts]}"),
            console=output.error_console,
            transient=True,
            disable=output.as_json or not output.error_console.is_terminal,
        )
        self._task = self._bar.add_task("sending", total=duration_s or None, counts="")

    def __enter__(self) -> IngestDisplay:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    @asynccontextmanager
    async def counting_events(self, client: AsyncClient, lecture_id: str) -> AsyncIterator[None]:
        """Count the lecture's events for the bar while the frames go in."""
        counting = None if self._bar.disable else asyncio.create_task(self._count_events(client, lecture_id))
        try:
            yield
        finally:
            if counting is not None:
                counting.cancel()
                await asyncio.gather(counting, return_exceptions=True)

    async def _count_events(self, client: AsyncClient, lecture_id: str) -> None:
        try:
            async for record in client.subscribe(lecture_id, "beginning"):
                self._events += isinstance(record.happening, EventAdded)
                self._events -= isinstance(record.happening, EventWithdrawn)
        except HallscribeError:
            # A count beside the bar is not worth ending the work for; the push itself tells what is wrong.
            return

    def progress(self, progress: Progress, media_time_s: float) -> None:
        """A step of the push or pull."""
        if self._output.as_json:
            self._output.line(progress_fields(progress))
        self._first = progress.durable_position if self._first is None else self._first
        rate = (progress.durable_position - self._first) / max(0.001, time.monotonic() - self._began)
        counts = progress.counts
        text = f"{rate:.1f} frames/s · kept {counts.kept} · reused {counts.reused} · skipped {counts.skipped}"
        if refused := counts.rejected + counts.failed + counts.dropped:
            text += f" · not taken {refused}"
        description = "waiting for the daemon" if progress.trouble else "sending"
        self._bar.update(
            self._task, completed=media_time_s, description=description, counts=f"{text} · events {self._events}"
        )

    def reading(self, lecture: Lecture, most: int) -> None:
        """Still reading what was shown."""
        fields = {**progress_fields(Progress(lecture.durable_position, lecture.durable_position, lecture.counts))}
        fields["pending_jobs"] = lecture.pending_jobs
        if self._output.as_json and str(fields) != self._last_line:
            self._output.line(fields)
        self._last_line = str(fields)
        done = most - lecture.pending_jobs
        self._bar.update(
            self._task, description="reading", total=max(1, most), completed=done, counts=f"{done} of {most} slides"
        )

    def done(self, progress: Progress, lecture: Lecture) -> None:
        """Everything that was asked for is done."""
        self._bar.stop()
        if self._output.as_json:
            self._output.line({**progress_fields(progress), "pending_jobs": lecture.pending_jobs})
            return
        counts = ", ".join(f"{count} {name}" for name, count in asdict(lecture.counts).items() if count) or "none"
        told = f"{lecture.lecture_id}: {lecture.frames} frames ({counts}), {clock(lecture.duration_s)} long"
        self._output.text(printable(f"{told}, {lecture.state.value}\n"))
