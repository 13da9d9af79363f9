"""Whose turn it is to use the one encoder that all streams share."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_WAITS_S = 0.2


class Turns:
    """One frame at a time may be encoded; shared by the threads of all streams.

    A frame that comes live waits a moment for its turn and then does without: it reuses the vector there is, and what
    it shows is encoded with a frame after it. So streams that begin in the same second delay each other by one run of
    the encoder, not by one for each of them. A frame of a recording waits as long as it must.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, *, live: bool) -> Iterator[bool]:
        """Whether the frame may be encoded inside; it may always be looked at."""
        mine = self._lock.acquire(timeout=_WAITS_S if live else -1)
        try:
            yield mine
        finally:
            if mine:
                self._lock.release()
