"""The detector: where one segment of a lecture ends and the next begins.

What holds still now is compared with what the open segment showed, over cells that can be judged: neither a film nor
a body covers them. Much of the old content gone is another slide; content that came at once is a build. See
docs/detector.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hallscribed.domain.event import Boundary, EventKind
from hallscribed.domain.frame import GRID_COLUMNS, GRID_ROWS, Grid
from hallscribed.pipeline.change import Change, change_between, extent_between
from hallscribed.pipeline.noise import Restlessness
from hallscribed.pipeline.novelty import Trajectory
from hallscribed.pipeline.rules import Circumstances, confidence, is_cut, kind_of
from hallscribed.pipeline.shown import Shown
from hallscribed.pipeline.thresholds import DetectorSettings
from hallscribed.pipeline.view import (
    CELL_COUNT,
    Mask,
    View,
    aligned,
    differs,
    is_blank,
    is_partly,
    is_slide_like,
    mean_of,
)
from hallscribed.pipeline.window import LOOKBACK_S, SETTLED, Glance, Moment, Window, is_settled

__all__ = ["Detector", "DetectorSettings", "Glance", "Observation"]

_CHOSEN = DetectorSettings()
_WELL_JUDGED = 0.25
_GROWTH_RATE = 0.15
_GROWTH_CAP = 100
_RESTLESS_RATE = 0.1


@dataclass(frozen=True, slots=True)
class Observation:
    """What one glance brought: novelty 0..1, and boundaries in order of time."""

    novelty: float
    boundaries: Sequence[Boundary]


class Detector:
    """One lecture's detector; no boundary points further back than ``lookback_s``."""

    lookback_s = LOOKBACK_S

    def __init__(
        self, history: Sequence[tuple[int, Grid]] = (), settings: DetectorSettings = _CHOSEN, *, opened: int = 0
    ) -> None:
        """Begin a lecture, or go on with one.

        Args:
            history: segment number and settled grid of the segments so far; the last one is open.
            settings: thresholds.
            opened: how many segments were opened so far, those that no longer stand among them.
        """
        self._settings = settings
        self._noise = Restlessness(settings.luma_step, settings.edge_step)
        self._tolerance = self._noise.tolerance()
        self._trajectory = Trajectory()
        self._shown = Shown(history, settings, opened)
        self._window = Window()
        self._growth = self._restless = 0.0

    def settled_grid(self) -> Grid | None:
        """What the open segment shows; None before the first frame."""
        return None if self._shown.view is None else self._shown.view.grid()

    def has_settled(self) -> bool:
        """Whether what is shown now holds still, and is what the open segment shows."""
        run = self._window.settled_run()
        return bool(run) and not self._differs_long_enough(run)

    def observe(self, glance: Glance) -> Observation:
        """Take in the next sampled frame."""
        view = View.of(glance.grid)
        if self._shown.view is None:
            self._shown.settle(view)
        reference = self._shown.view or view
        moment = self._moment(glance, view, reference)
        self._window.add(moment)
        boundaries = self._decide(reference)
        if not boundaries:
            self._shown.absorb(moment, self._window.before_last(), self._tolerance)
        return Observation(moment.novelty, boundaries)

    def closing_position(self) -> int:
        """The frame that shows best what the open segment has come to since it settled; 0 where it is as it was."""
        return self._closing(self._window.moments())

    def _closing(self, moments: Sequence[Moment]) -> int:
        grown = self._shown.grown(self._tolerance)
        if grown is None or not moments:
            return 0
        away = [np.count_nonzero(differs(moment.view, grown, self._tolerance)) for moment in moments]
        return moments[int(np.argmin(away))].glance.position

    def finish(self) -> list[Boundary]:
        """What the window still holds at the lecture's end."""
        moments = self._window.moments()
        run = self._run_to(moments)
        found = None
        if self._shown.view is not None and run and not is_settled(run):
            found = self._judge(self._shown.view, run, None)
        self._window.clear()
        return [found] if found else []

    def _moment(self, glance: Glance, view: View, reference: View) -> Moment:
        """Compare a frame with the one before it and with the reference, and learn from both."""
        self._tolerance = self._noise.tolerance()
        fitted, differing = aligned(view, reference, self._tolerance)
        moments = self._window.moments()
        moved = flips = 0.0
        growth = self._growth
        if moments:
            last = View.of(moments[-1].glance.grid)
            moving = aligned(view, last, self._tolerance)[1]
            restful = ~self._noise.live()
            moved, flips = float(np.mean(moving)), float(np.mean(moving & restful))
            self._noise.learn(last, view, moving)
            fresh = int(np.count_nonzero(differing & ~moments[-1].differing & restful))
            self._growth += _GROWTH_RATE * (min(fresh, _GROWTH_CAP) - self._growth)
            self._restless += _RESTLESS_RATE * (float(moved > 0.05) - self._restless)
        else:
            # After a restart what is shown now may have come meanwhile, and then it came at once.
            flips = float(np.mean(differing))
        novelty = self._trajectory.step(glance.vector, moved, glance.over)
        return Moment(glance, fitted, differing, novelty, moved, flips, growth)

    def _decide(self, reference: View) -> list[Boundary]:
        """First a view that has just ended after a frame or two, then one that has settled, then a cut in a film."""
        found: list[Boundary | None] = []
        moments = self._window.moments()
        latest = moments[-1]
        if len(moments) > 1 and latest.moved >= self._settings.lost_area:
            run = self._run_to(moments[:-1]) if self._breaks(moments[-2].view, latest.view) else []
            if run and not is_settled(run) and run[0] is not moments[0]:
                found.append(self._judge(reference, run, latest.view))
        run = self._window.settled_run()
        if run and self._differs_long_enough(run):
            found.append(self._judge(self._shown.view or reference, run, None))
        if not any(found) and max(moment.moved for moment in moments[-2:]) > self._settings.replaced / 2:
            found.append(self._cut(self._shown.view or reference))
        return [boundary for boundary in found if boundary]

    def _differs_long_enough(self, run: Sequence[Moment]) -> bool:
        together = np.logical_and.reduce([moment.differing for moment in run])
        least = min(self._settings.lost_area, self._settings.gained_area)
        return bool(np.count_nonzero(together) >= least * CELL_COUNT)

    def _run_to(self, moments: list[Moment]) -> list[Moment]:
        """The frames at the end that show the same as the last of them."""
        start = len(moments)
        while start and not self._breaks(moments[start - 1].view, moments[-1].view):
            start -= 1
        return moments[start:]

    def _breaks(self, one: View, other: View) -> bool:
        """Whether two frames show plainly different things."""
        if is_blank(one) != is_blank(other):
            return True
        fitted, differing = aligned(other, one, self._tolerance)
        if np.count_nonzero(differing) < 2 * self._settings.lost_area * CELL_COUNT:
            return False
        return extent_between(one, fitted, differing, self._shown.template(), self._tolerance) >= self._settings.lost

    def _judge(self, before: View, run: list[Moment], following: View | None) -> Boundary | None:
        """Whether a run of like frames shows something else than the open segment."""
        after = mean_of([moment.view for moment in run])
        template, tolerance = self._shown.template(), self._tolerance
        restless = np.any([differs(moment.view, after, tolerance) for moment in run], axis=0)
        stable = ~restless & ~self._noise.live()
        differing = np.logical_and.reduce([moment.differing for moment in run]) & stable
        change = change_between(before, after, differing, stable, template, tolerance)
        if change.lost < self._settings.gradual:
            # What has differed for longer came by degrees: a body, a pen; only a change of nearly all may do that.
            fresh = differing & ~self._window.long_differing(run, before, after, drawn=is_slide_like(after, stable))
            change = change_between(before, after, fresh, stable & (fresh | ~differing), template, tolerance)
        if change.judged < _WELL_JUDGED and self._breaks(run[0].view, run[-1].view):
            return None
        settled, sudden = is_settled(run), self._window.suddenness(run)
        novelty = run[0].novelty if run[0].glance.vector is not None else None
        # A fade moves all of the picture, and is no restlessness.
        fading = self._window.transition(run, before, after) if self._restless > _RESTLESS_RATE else 0
        restless_of_late = max(0.0, self._restless - _RESTLESS_RATE * fading)
        how = Circumstances(len(run), settled, sudden, run[0].growth, restless_of_late, novelty, following)
        kind = kind_of(change, before, after, how, self._settings)
        return None if kind is None else self._open(kind, run, before, after, stable, change)

    def _cut(self, before: View) -> Boundary | None:
        """A cut between two filmed views, of which nothing may hold still."""
        moments = self._window.moments()
        if len(moments) < SETTLED:
            return None
        old, new = moments[-4:-2], moments[-2:]
        if not is_cut([moment.view for moment in old], [moment.view for moment in new]):
            return None
        everywhere = np.ones((GRID_ROWS, GRID_COLUMNS), np.bool_)
        after = new[-1].view
        differing = differs(before, after, self._tolerance)
        change = change_between(before, after, differing, everywhere, ~everywhere, self._tolerance)
        if change.area < self._settings.replaced:
            return None
        return self._open(EventKind.SCENE_CHANGE, new, before, after, everywhere, change)

    def _open(
        self, kind: EventKind, run: list[Moment], before: View, after: View, stable: Mask, change: Change
    ) -> Boundary | None:
        """Close the open segment and begin the next; None when this but ends the transition that opened it."""
        first = run[0].glance
        if self._shown.goes_on(first.position, before, after):
            self._shown.settle(after)
            self._window.restart(run[0], after, self._tolerance)
            return None
        told, revisited = self._shown.telling(kind, run, after, stable, change, self._tolerance)
        closing = self._closing(self._window.moments()[: self._window.place(run[0])])
        start = self._first_to_show(run, before, after).glance
        self._noise.forgive(change.cells)
        if kind is EventKind.BUILD:
            after = View(
                np.where(change.trusted, after.luma, before.luma), np.where(change.trusted, after.edge, before.edge)
            )
        self._growth = run[0].growth
        self._shown.turn_page(kind, first.position, after, change)
        self._window.restart(run[0], after, self._tolerance)
        novelty = max(moment.novelty for moment in run)
        return Boundary(
            position=start.position,
            media_time=start.media_time,
            kind=told,
            confidence=confidence(kind, change, len(run), novelty),
            key_position=run[-1].glance.position,
            evidence={
                "changed": round(change.changed, 4),
                "lost": round(change.lost, 4),
                "gained": round(change.gained, 4),
                "area": round(change.area, 4),
                "novelty": round(novelty, 4),
            },
            revisited=revisited,
            closing_position=closing,
        )

    def _first_to_show(self, run: list[Moment], before: View, after: View) -> Moment:
        """A dissolve shows the new content before it has settled."""
        moments = self._window.moments()
        place = self._window.place(run[0])
        while place > 1 and is_partly(moments[place - 1].view, before, after):
            place -= 1
        return moments[place]
