"""When a frame is worth encoding: what the vector in use leaves out, times how long it did so, has become too much."""

from __future__ import annotations

import math

from hallscribed.domain.frame import Grid, Seen

HEARTBEAT_S = 300.0
# Less of the picture than this is noise or a cursor.
UNCHANGED_SHARE = 0.01
# Share of the picture times seconds: another slide is encoded at once, three words after half a minute.
ENOUGH = 0.3
NEVER = math.inf


class Debt:
    """What one lecture's last vector owes to the frames that reuse it.

    A vector that stands for a frame of which a tenth has changed owes a tenth of a second's picture; at ``ENOUGH``
    the next frame is encoded. So a page that is turned costs one run of the encoder, a pointer that wanders hardly
    any, and a person who walks one in a few seconds. When the picture is again as it was, nothing is owed.

    Attributes:
        reference: grid of the frame that the vector is of.
        owed_s: share of the picture times seconds.
        frames: how many are owed something.
    """

    def __init__(self) -> None:
        self.reference: Grid | None = None
        self.owed_s = 0.0
        self.frames = 0
        self._encoded_at = -math.inf
        self._seen_at: float | None = None

    def worth(self, media_time: float, *, gap_s: float = 0.0, heartbeat_s: float = HEARTBEAT_S) -> float:
        """The least share of changed cells for which the frame at ``media_time`` is to be encoded; ``NEVER`` for none.

        Args:
            gap_s: the least time between two vectors.
            heartbeat_s: after so long a frame is encoded whatever it shows.
        """
        since = media_time - self._encoded_at
        if since < gap_s:
            return NEVER
        if since >= heartbeat_s:
            return 0.0
        elapsed = self._elapsed(media_time)
        return max(UNCHANGED_SHARE, (ENOUGH - self.owed_s) / elapsed) if elapsed > 0 else NEVER

    def learn(self, seen: Seen, media_time: float) -> None:
        """Take note of what was made of the frame at ``media_time``."""
        if seen.vector is not None:
            self.reference, self._encoded_at = seen.grid, media_time
        if seen.vector is None and seen.changed > UNCHANGED_SHARE:
            self.owed_s += seen.changed * self._elapsed(media_time)
            self.frames += 1
        else:
            self.owed_s, self.frames = 0.0, 0
        self._seen_at = media_time

    def _elapsed(self, media_time: float) -> float:
        return 1.0 if self._seen_at is None else media_time - self._seen_at
