"""What is given up, one thing after the other, while the box cannot keep up with live frames; and taken up again.

First what is only put off (summaries, reading), then what costs detail (how often a still picture, and a changing one,
is encoded). Frames are never given up: each still gets its outcome, and changes are still seen.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from hallscribed.domain.errors import Reason
from hallscribed.domain.record import SystemNotice

# Behind so far, for so long: one rung up. Hardly behind for so long: one down.
_BEHIND_S, _BEHIND_FOR_S = 2.0, 3.0
_LEVEL_S, _LEVEL_FOR_S = 0.5, 30.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rung:
    """What holds at one height; the first rung gives up nothing.

    Attributes:
        name: stable, for machines.
        detail: what is given up, for people.
        summaries, reading: whether the language model and the reading of slides go on.
        heartbeat_times: how many times as long as otherwise a still picture keeps its vector.
        encode_gap_s: the least time between two vectors of one lecture, media time.
    """

    name: str
    detail: str
    summaries: bool = True
    reading: bool = True
    heartbeat_times: float = 1.0
    encode_gap_s: float = 0.0


RUNGS = (
    Rung("full", "nothing is given up"),
    Rung("no_summaries", "summaries by the language model wait", summaries=False),
    Rung("no_reading", "reading of slides waits as well", summaries=False, reading=False),
    Rung(
        "long_heartbeat",
        "still pictures are encoded a fifth as often",
        summaries=False,
        reading=False,
        heartbeat_times=5.0,
    ),
    Rung(
        "rare_encoding",
        "changing pictures are encoded every five seconds at most",
        summaries=False,
        reading=False,
        heartbeat_times=5.0,
        encode_gap_s=5.0,
    ),
)


class Ladder:
    """Shared by all threads; ``observe`` is called by one.

    Args:
        announce: told of every step, up or down.
        clock: seconds.
    """

    def __init__(self, announce: Callable[[SystemNotice], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._announce = announce
        self._clock = clock
        self._height = 0
        self._behind_since: float | None = None
        self._level_since: float | None = None
        self._lock = threading.Lock()

    @property
    def height(self) -> int:
        """How many rungs above doing everything."""
        return self._height

    @property
    def rung(self) -> Rung:
        """What holds now."""
        return RUNGS[self._height]

    def observe(self, lag_s: float) -> None:
        """Take note of how far the box is behind its live streams; call it about once a second."""
        now = self._clock()
        with self._lock:
            self._behind_since = (self._behind_since or now) if lag_s > _BEHIND_S else None
            self._level_since = (self._level_since or now) if lag_s < _LEVEL_S else None
            step = self._step(now)
            if step:
                self._height += step
                self._behind_since = self._level_since = None
        if step:
            self._tell(step, lag_s)

    def _step(self, now: float) -> int:
        if self._behind_since is not None and now - self._behind_since >= _BEHIND_FOR_S:
            return int(self._height < len(RUNGS) - 1)
        if self._level_since is not None and now - self._level_since >= _LEVEL_FOR_S:
            return -int(self._height > 0)
        return 0

    def _tell(self, step: int, lag_s: float) -> None:
        why = f"frames are {lag_s:.1f} s behind" if step > 0 else "frames keep up again"
        detail = f"{why}: {self.rung.detail} (step {self._height} of {len(RUNGS) - 1}); no frame is lost"
        log.warning("load: %s", detail)
        self._announce(SystemNotice(Reason.OVERLOAD, detail))
