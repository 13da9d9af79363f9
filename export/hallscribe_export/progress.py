"""How a long export says where it is."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

# A log gets a line for each step, and further ones only for steps that take longer than this.
_LINE_EVERY_S = 10.0


class Progress(Protocol):
    """Told by whoever works, shown by whoever asked for the work."""

    def step(self, name: str) -> None:
        """A step begins; the one before it is done."""

    def advance(self, done: int, total: int) -> None:
        """``done`` of the step's ``total`` parts are behind it."""


class Silent:
    """Shows nothing."""

    def step(self, name: str) -> None:
        """Nothing."""

    def advance(self, done: int, total: int) -> None:
        """Nothing."""


class Lines:
    """One line for each step, and one every ten seconds of a long one: for logs.

    Args:
        console: where to; its writer must not be a terminal that shows bars.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._name = ""
        self._told = 0.0

    def step(self, name: str) -> None:
        """See Progress."""
        self._name, self._told = name, time.monotonic()
        self._console.print(name, markup=False, highlight=False)

    def advance(self, done: int, total: int) -> None:
        """See Progress."""
        if time.monotonic() - self._told >= _LINE_EVERY_S:
            self._told = time.monotonic()
            self._console.print(f"{self._name}: {done} of {total}", markup=False, highlight=False)


class _Moving:
    """Bars on a terminal: one a step, finished steps stay above."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._task: TaskID | None = None

    def step(self, name: str) -> None:
        """See Progress."""
        self.finish()
        self._task = self._bars.add_task(name, total=None)

    def advance(self, done: int, total: int) -> None:
        """See Progress."""
        if self._task is not None:
            self._bars.update(self._task, completed=done, total=total)

    def finish(self) -> None:
        """The last step is done."""
        if self._task is not None:
            self._bars.update(self._task, completed=1, total=1)
            self._bars.stop_task(self._task)


@contextlib.contextmanager
def shown(console: Console | None = None) -> Iterator[Progress]:
    """Progress on standard error, or on ``console``: bars where it is a terminal, else lines."""
    told = console or Console(stderr=True, highlight=False, soft_wrap=True)
    if not told.is_terminal:
        yield Lines(told)
        return
    columns = (SpinnerColumn(finished_text="✓"), TextColumn("{task.description}", markup=False))
    bars = Bars(*columns, BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), console=told)
    with bars:
        moving = _Moving(bars)
        yield moving
        moving.finish()
