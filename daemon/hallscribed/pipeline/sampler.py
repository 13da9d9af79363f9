"""The sampler: one frame a second, by media time, out of any input rate."""

from __future__ import annotations

_PERIOD_MEMORY = 0.2


class Sampler:
    """Keeps the frame nearest to each whole interval.

    How far a frame may lie before its interval and still stand for it is half the input's own period: a 30 FPS
    source is cut exactly, and a source that sends one frame a second, early or late, loses none.
    """

    def __init__(self, frames_per_second: float = 1.0, last_media_time: float | None = None) -> None:
        """Start afresh, or go on after a frame at ``last_media_time``; ValueError unless the rate is positive."""
        if not frames_per_second > 0:
            raise ValueError(f"the sampling rate must be positive, not {frames_per_second}")
        self._interval = 1.0 / frames_per_second
        self._due = None if last_media_time is None else last_media_time + self._interval
        self._seen = last_media_time
        self._period = self._interval

    def accepts(self, media_time: float) -> bool:
        """Whether the frame at this media time, in seconds, is the one to keep; call it for every frame in order."""
        self._learn_period(media_time)
        tolerance = min(self._period, self._interval) / 2
        if self._due is not None and media_time < self._due - tolerance:
            return False
        on_beat = self._due is not None and media_time - self._due < self._interval / 2
        self._due = (self._due if on_beat and self._due is not None else media_time) + self._interval
        return True

    def _learn_period(self, media_time: float) -> None:
        if self._seen is not None and media_time > self._seen:
            gap = min(media_time - self._seen, self._interval)
            first = self._period == self._interval
            self._period += (gap - self._period) * (1.0 if first else _PERIOD_MEMORY)
        self._seen = media_time
