"""The last few sampled frames, as the detector holds them."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hallscribed.domain.embedding import Vector
from hallscribed.domain.frame import GRID_COLUMNS, GRID_ROWS, Grid
from hallscribed.pipeline.view import Mask, Tolerance, View, aligned, is_between

SETTLED = 3
LOOKBACK_S = 12.0
_FRAMES = 6
_SETTLED_S = 4.0


@dataclass(frozen=True, slots=True)
class Glance:
    """One sampled frame.

    Attributes:
        vector: the encoder's, float32 (D,), of this frame or of the one it reuses, or None.
        over: frames in which the picture came to what a new vector is of: more than one where some reused the old.
    """

    position: int
    media_time: float
    grid: Grid
    vector: Vector | None
    over: int = 1


@dataclass(slots=True, eq=False)
class Moment:
    """A glance, and what was made of it.

    Attributes:
        glance: the frame.
        view: what it shows, under the exposure of the open segment's reference.
        differing: cells that are not as in the reference, bool (36, 64).
        novelty: of the encoder's trajectory, 0..1.
        moved: share of cells that moved since the frame before.
        flips: the same, without the places that never hold still.
        growth: new cells that a frame brought as a rule, up to here.
    """

    glance: Glance
    view: View
    differing: Mask
    novelty: float
    moved: float
    flips: float
    growth: float


class Window:
    """At most six frames; of a source that is not slower than that none is older than the lookback."""

    def __init__(self) -> None:
        self._moments: deque[Moment] = deque(maxlen=_FRAMES)

    def add(self, moment: Moment) -> None:
        """Take in the next frame and let go of old ones."""
        oldest = moment.glance.media_time - LOOKBACK_S
        while len(self._moments) >= SETTLED and self._moments[0].glance.media_time < oldest:
            self._moments.popleft()
        self._moments.append(moment)

    def moments(self) -> list[Moment]:
        """Oldest first."""
        return list(self._moments)

    def before_last(self) -> Moment | None:
        """The frame before the newest, if there is one."""
        return self._moments[-2] if len(self._moments) > 1 else None

    def clear(self) -> None:
        """Let go of all."""
        self._moments.clear()

    def restart(self, first: Moment, reference: View, tolerance: Tolerance) -> None:
        """Drop what came before ``first`` and see the rest against a new reference."""
        # The change that led here has been told; it says nothing of how suddenly the next one comes.
        first.flips = 0.0
        kept = self.moments()[self.place(first) :]
        for moment in kept:
            moment.view, moment.differing = aligned(View.of(moment.glance.grid), reference, tolerance)
        self._moments.clear()
        self._moments.extend(kept)

    def place(self, moment: Moment) -> int:
        """Where a moment stands."""
        return self.moments().index(moment)

    def settled_run(self) -> list[Moment]:
        """The last three frames, or two that lie far apart; empty while there are fewer."""
        moments = self.moments()
        if len(moments) >= SETTLED:
            pair = moments[-2:]
            return pair if is_settled(pair) else moments[-SETTLED:]
        return moments if is_settled(moments) else []

    def long_differing(self, run: Sequence[Moment], before: View, after: View, *, drawn: bool) -> Mask:
        """Cells that differed in each of the three frames before a run already.

        Where the run is ``drawn``, and no moment of a film, those of a transition to it do not count.
        """
        earlier = [moment for moment in self._before(run) if not (drawn and is_between(moment.view, before, after))]
        if len(earlier) < 2:
            return np.zeros((GRID_ROWS, GRID_COLUMNS), np.bool_)
        return np.asarray(np.logical_and.reduce([moment.differing for moment in earlier]))

    def transition(self, run: Sequence[Moment], before: View, after: View) -> int:
        """How many of the three frames before a run are moments of a transition to it."""
        return sum(is_between(moment.view, before, after) for moment in self._before(run))

    def _before(self, run: Sequence[Moment]) -> list[Moment]:
        first = self.place(run[0])
        return self.moments()[max(0, first - 3) : first]

    def suddenness(self, run: Sequence[Moment]) -> float:
        """How much of what moved around a run moved as the run began, 0..1: a build does, writing does not."""
        moments, first = self.moments(), self.place(run[0])
        at_once = sum(moment.flips for moment in moments[max(0, first - 1) : first + 1])
        around = sum(moment.flips for moment in moments[max(0, first - 3) : first + SETTLED])
        return at_once / around if around else 0.0


def is_settled(run: Sequence[Moment]) -> bool:
    """Whether a run of like frames has lasted: three of them, or four seconds."""
    lasts = run[-1].glance.media_time - run[0].glance.media_time if run else 0.0
    return len(run) >= SETTLED or lasts >= _SETTLED_S
