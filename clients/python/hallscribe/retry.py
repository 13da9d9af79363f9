"""How long, and how often, to try again."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from hallscribe.errors import DaemonLost, DeadlinePassed, Exhausted, HallscribeError, Internal, Unavailable

R = TypeVar("R")

_FIRST_DELAY_S = 0.1
_LONGEST_DELAY_S = 2.0


def may_pass(error: HallscribeError) -> bool:
    """True for what may be gone a moment later: trouble on the way or in the daemon, a limit, a restart."""
    if isinstance(error, Unavailable | DeadlinePassed):
        return True
    if isinstance(error, Exhausted):  # the transport's own is of a message that will be as large the next time
        return error.reason != error.code
    # A daemon that dies can end a call with an error of the transport; one that it explains itself is final.
    return isinstance(error, Internal) and not error.explained and error.code != "UNIMPLEMENTED"


class Patience:
    """Decides after each failure whether to try again, and when.

    It lasts ``retry_for_s`` from the first failure since the last progress (None: for ever). Delays double from 0.1 s
    to 2 s and are drawn at random from their upper half, so that many clients do not come back at once.

    Args:
        retry_for_s: seconds.
        target: named in what is raised in the end.
        clock: seconds that never go back.
    """

    def __init__(self, retry_for_s: float | None, target: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._retry_for_s = retry_for_s
        self._target = target
        self._clock = clock
        self._failing_since: float | None = None
        self._delay = _FIRST_DELAY_S

    def progressed(self) -> None:
        """Something went well: forget the failures before it."""
        self._failing_since = None
        self._delay = _FIRST_DELAY_S

    def delay(self, error: HallscribeError) -> float:
        """Seconds to wait before trying again; raises when that would not help or has been tried long enough."""
        if not may_pass(error):
            raise error
        now = self._clock()
        if self._failing_since is None:
            self._failing_since = now
        delay = max(random.uniform(0.5, 1) * self._delay, error.retry_after_s or 0.0)
        self._delay = min(2 * self._delay, _LONGEST_DELAY_S)
        if self._retry_for_s is None:
            return delay
        left = self._retry_for_s - (now - self._failing_since)
        if left <= 0:
            raise self._given_up(error) from error
        return min(delay, left)

    def _given_up(self, error: HallscribeError) -> HallscribeError:
        if not isinstance(error, Unavailable):
            return error
        why = f" ({error.message})" if error.explained else ""
        return DaemonLost(
            error.reason,
            f"the daemon at {self._target} could not be reached for {self._retry_for_s:g} s{why}; "
            "what it acknowledged is kept. Check that it runs there",
            code=error.code,
            explained=error.explained,
        )


async def persist(
    call: Callable[[], Awaitable[R]],
    patience: Patience,
    trouble: Callable[[HallscribeError], None] = lambda error: None,
) -> R:
    """Make a call that may be made again, until it succeeds or patience ends; ``trouble`` is told of each failure."""
    while True:
        try:
            return await call()
        except HallscribeError as error:
            delay = patience.delay(error)
            trouble(error)
            await asyncio.sleep(delay)
