"""Pushes frames to a daemon and notes when each was sent and when it was durable."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from hallscribe import AsyncClient, Client
from hallscribe.values import Frame, Progress, StreamStart
from hallscribe_bench.budget.material import Timed

_WITHIN_S = 120.0


@dataclass(slots=True)
class Pushed:
    """One lecture's frames.

    Attributes:
        sent: seconds (of one clock) when each was handed over, by position from 1.
        durable: when each was known to be durable.
        outcomes: how many ended how.
    """

    sent: list[float] = field(default_factory=list)
    durable: list[float] = field(default_factory=list)
    outcomes: dict[str, int] = field(default_factory=dict)

    @property
    def latencies_ms(self) -> list[float]:
        """From sending to durable, in order."""
        return [1000 * (end - begin) for begin, end in zip(self.sent, self.durable, strict=False)]

    def note(self, progress: Progress) -> None:
        """Take over what the daemon told."""
        now = time.perf_counter()
        while len(self.durable) < min(progress.durable_position, len(self.sent)):
            self.durable.append(now)
        counts = progress.counts
        self.outcomes = {name: getattr(counts, name) for name in counts.__dataclass_fields__}


def one_by_one(
    client: Client, lecture: str, frames: Iterable[Timed], each: Callable[[int], None] = lambda _: None
) -> Pushed:
    """Create the lecture and push, each frame after the one before is durable.

    Args:
        each: called with the number of durable frames after each.
    """
    pushed, news = Pushed(), threading.Condition()

    def source(start: StreamStart) -> Iterator[Frame]:
        for media_time, image in frames:
            pushed.sent.append(time.perf_counter())
            yield Frame(media_time, image)
            with news:
                if not news.wait_for(lambda: len(pushed.durable) == len(pushed.sent), _WITHIN_S):
                    raise TimeoutError(f"frame {len(pushed.sent)} of {lecture} was not durable in {_WITHIN_S:.0f} s")

    client.create_lecture(lecture)
    for progress in client.push(lecture, source):
        with news:
            pushed.note(progress)
            news.notify()
        each(len(pushed.durable))
    return pushed


async def live(
    client: AsyncClient, lecture: str, frames: Sequence[Timed], seconds: float, offset_s: float = 0.0
) -> Pushed:
    """Create the lecture and push a frame a second by the clock, round and round, for so many seconds."""
    pushed = Pushed()

    def source(start: StreamStart) -> Iterator[Frame]:
        begun = time.perf_counter() + offset_s
        for number in range(int(seconds)):
            wait = begun + number - time.perf_counter()
            if wait > 0:
                time.sleep(wait)
            pushed.sent.append(time.perf_counter())
            yield Frame(float(number), frames[number % len(frames)][1])

    await client.create_lecture(lecture)
    async with aclosing(client.push(lecture, source)) as steps:
        async for progress in steps:
            pushed.note(progress)
    return pushed


def many_live(target: str, lectures: Sequence[tuple[str, Sequence[Timed]]], seconds: float) -> list[Pushed]:
    """All of them at once, spread over the second, from one event loop; for a process of its own."""

    async def run() -> list[Pushed]:
        async with AsyncClient(target) as client:
            return await asyncio.gather(
                *(
                    live(client, name, frames, seconds, number / len(lectures))
                    for number, (name, frames) in enumerate(lectures)
                )
            )

    return asyncio.run(run())
