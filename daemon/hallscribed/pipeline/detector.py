"""The detector: where one segment of a lecture ends and the next begins."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from hallscribed.domain.embedding import Vector
from hallscribed.domain.event import Boundary, EventKind
from hallscribed.domain.frame import GRID_COLUMNS, GRID_ROWS, Grid
from hallscribed.pipeline.change import Change, change_between
from hallscribed.pipeline.history import History, Template
from hallscribed.pipeline.noise import Restlessness
from hallscribed.pipeline.novelty import Trajectory
from hallscribed.pipeline.view import (
    CELL_COUNT,
    Mask,
    View,
    aligned,
    differs,
    is_between,
    is_blank,
    is_slide_like,
    mean_of,
)

_SETTLED = 3
_WINDOW = 6


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """Thresholds, chosen by the sweep in docs/detector.md.

    Attributes:
        luma_step, edge_step: least difference of a cell, in grey levels, on a source without noise.
        lost: share of the old content that must go for another slide.
        lost_nearby: the same within the box around the change, for a screen that is a part of the picture.
        lost_area: least share of the picture that must go.
        gained_area: least share of the picture that must come, at once, for a build.
        lost_with_title: share of the old content that must go where the title goes too.
    title: share of the title that must go.
    box: least share of the picture that the box around such a change holds.
    arrived: share of the new content that must be new; a body only takes away.
    gradual: share of the old content that must go when it went by degrees.
    strong: share of the old content that must go when a view was seen once or twice only.
        replaced: share of a filmed view that must change for another scene.
        absorb_frames: frames after which a small change that stays is part of the slide.
    """

    luma_step: float = 4.0
    edge_step: float = 7.0
    lost: float = 0.25
    lost_nearby: float = 0.5
    lost_area: float = 0.008
    gained_area: float = 0.005
    lost_with_title: float = 0.06
    title: float = 0.5
    box: float = 0.12
    burst: float = 3.0
    sudden: float = 0.6
    replaced_area: float = 0.03
    arrived: float = 0.1
    spread: float = 0.5
    gradual: float = 0.6
    strong: float = 0.4
    replaced: float = 0.6
    absorb_frames: int = 8


@dataclass(frozen=True, slots=True)
class Glance:
    """One sampled frame: ``vector`` is the encoder's, float32 (D,), of this frame or of the one it reuses, or None."""

    position: int
    media_time: float
    grid: Grid
    vector: Vector | None


@dataclass(frozen=True, slots=True)
class Observation:
    """What one glance brought: novelty 0..1, and boundaries in order of time."""

    novelty: float
    boundaries: Sequence[Boundary]


@dataclass(slots=True)
class _Moment:
    glance: Glance
    view: View
    novelty: float
    moved: float
    flips: float = 0.0
    growth: float = 0.0
    differing: Mask = field(default_factory=lambda: np.zeros((GRID_ROWS, GRID_COLUMNS), np.bool_))


class Detector:
    """Compares what holds still now with what the open segment holds."""

    lookback_s = float(_WINDOW)

    def __init__(
        self,
        history: Sequence[tuple[int, Grid]] = (),
        settings: DetectorSettings = DetectorSettings(),
    ) -> None:
        """Begin a lecture, or go on with one.

        Args:
            history: segment number and settled grid of the segments so far; the last one is open.
            settings: thresholds.
        """
        self._settings = settings
        self._noise = Restlessness(settings.luma_step, settings.edge_step)
        self._tolerance = self._noise.tolerance()
        self._trajectory = Trajectory()
        self._history = History(history[:-1])
        self._template = Template()
        self._reference = View.of(history[-1][1]) if history else None
        self._number = history[-1][0] if history else 1
        self._covered: tuple[int, View] | None = None
        self._moments: deque[_Moment] = deque(maxlen=_WINDOW)
        self._growth = 0.0
        self._restless = 0.0
        self._opened: tuple[int, View] | None = None
        self._age = np.zeros((GRID_ROWS, GRID_COLUMNS), np.int16)

    def settled_grid(self) -> Grid | None:
        """What the open segment shows; None before the first frame."""
        return None if self._reference is None else self._reference.grid()

    def observe(self, glance: Glance) -> Observation:
        """Take in the next sampled frame."""
        view = View.of(glance.grid)
        tolerance = self._tolerance = self._noise.tolerance()
        moved = flips = 0.0
        if self._moments:
            last = View.of(self._moments[-1].glance.grid)
            moving = aligned(view, last, tolerance)[1]
            moved = float(np.mean(moving))
            flips = float(np.mean(moving & ~self._noise.live()))
            self._noise.learn(last, view, moving)
        moment = _Moment(glance, view, self._trajectory.step(glance.vector, moved), moved, flips)
        if self._reference is None:
            self._reference = view
        moment.view, moment.differing = aligned(view, self._reference, tolerance)
        moment.growth = self._growth
        self._learn_growth(moment)
        self._moments.append(moment)
        boundaries = self._decide()
        if not boundaries:
            self._absorb()
        return Observation(moment.novelty, boundaries)

    def _learn_growth(self, moment: _Moment) -> None:
        """How many cells a frame brings, as a rule: writing goes on and on, a build comes once."""
        if self._moments:
            fresh = int(np.count_nonzero(moment.differing & ~self._moments[-1].differing & ~self._noise.live()))
            self._growth += 0.15 * (min(fresh, 100) - self._growth)
            self._restless += 0.1 * (float(moment.moved > 0.05) - self._restless)

    def finish(self) -> list[Boundary]:
        """What the window still holds at the lecture's end."""
        moments = list(self._moments)
        run = self._run_before(len(moments))
        found = self._judge(run, None) if 0 < len(run) < _SETTLED else None
        self._moments.clear()
        return [found] if found else []

    def _decide(self) -> list[Boundary]:
        found: list[Boundary | None] = []
        moments = list(self._moments)
        latest = moments[-1]
        if (
            len(moments) > 1
            and latest.moved >= self._settings.lost_area
            and self._breaks(moments[-2].view, latest.view)
        ):
            run = self._run_before(len(moments) - 1)
            if len(run) < _SETTLED and run[0] is not moments[0]:
                found.append(self._judge(run, latest.view))
        moments = list(self._moments)
        if len(moments) >= _SETTLED and self._differs_for_long():
            found.append(self._judge(moments[-_SETTLED:], latest.view))
        if not any(found) and max(moment.moved for moment in moments[-2:]) > self._settings.replaced / 2:
            found.append(self._scene())
        return [boundary for boundary in found if boundary]

    def _differs_for_long(self) -> bool:
        together = np.logical_and.reduce([moment.differing for moment in list(self._moments)[-_SETTLED:]])
        least = min(self._settings.lost_area, self._settings.gained_area)
        return bool(np.count_nonzero(together) >= least * CELL_COUNT)

    def _run_before(self, end: int) -> list[_Moment]:
        """The frames up to ``end`` that show the same as the last of them."""
        moments = list(self._moments)[:end]
        start = len(moments)
        while start and not self._breaks(moments[start - 1].view, moments[-1].view):
            start -= 1
        return moments[start:]

    def _breaks(self, one: View, other: View) -> bool:
        """Whether two frames show plainly different things."""
        if is_blank(one) != is_blank(other):
            return True
        tolerance = self._tolerance
        everywhere = np.ones((GRID_ROWS, GRID_COLUMNS), np.bool_)
        fitted, differing = aligned(other, one, tolerance)
        change = change_between(one, fitted, differing, everywhere, self._template.cells(), tolerance)
        return change.changed >= self._settings.lost and change.area >= 2 * self._settings.lost_area

    def _judge(self, run: list[_Moment], following: View | None) -> Boundary | None:
        """Whether a run of like frames shows something else than the open segment."""
        assert self._reference is not None
        before, after = self._reference, mean_of([moment.view for moment in run])
        tolerance = self._tolerance
        stable = ~np.any([differs(moment.view, after, tolerance) for moment in run], axis=0) & ~self._noise.live()
        differing = np.logical_and.reduce([moment.differing for moment in run]) & stable
        fresh = differing & ~self._long_differing(run)
        whole = change_between(before, after, differing, stable, self._template.cells(), tolerance)
        # What has differed for longer came by degrees: a body, a pen; only a change of nearly all may do that.
        change = whole
        if whole.lost < self._settings.gradual:
            change = change_between(
                before, after, fresh, stable & (fresh | ~differing), self._template.cells(), tolerance
            )
        kind = self._kind(change, before, after, run, following if len(run) < _SETTLED else None)
        if kind is None:
            return None
        if self._goes_on(after, run):
            self._settle(run, after, None)
            return None
        return self._open(kind, run, after, stable, change)

    def _long_differing(self, run: list[_Moment]) -> Mask:
        """Cells that differed in each of the three frames before a run already."""
        moments = list(self._moments)
        first = moments.index(run[0])
        if first < 2:
            return np.zeros((GRID_ROWS, GRID_COLUMNS), np.bool_)
        return np.logical_and.reduce([moment.differing for moment in moments[max(0, first - 3) : first]])

    def _goes_on(self, after: View, run: list[_Moment]) -> bool:
        """Whether the open segment was but a moment of a transition that leads here."""
        if self._opened is None or self._reference is None:
            return False
        position, previous = self._opened
        return run[0].glance.position - position <= _SETTLED and is_between(self._reference, previous, after)

    def _kind(
        self, change: Change, before: View, after: View, run: list[_Moment], following: View | None
    ) -> EventKind | None:
        settings = self._settings
        short = len(run) < _SETTLED
        if is_blank(after):
            covers = not is_blank(before) and len(run) > 1 and change.area > settings.replaced
            return EventKind.BLANK if covers else None
        if short:
            if following is not None and is_between(after, before, following):
                return None
            drawn = is_slide_like(after, change.box) or (change.area > 0.8 and self._is_calm())
            enough = change.lost >= settings.strong and max(change.arrived, change.spread - 0.4) >= settings.arrived
            return EventKind.SLIDE_CHANGE if drawn and enough else None
        sudden = self._suddenness(run) >= settings.sudden
        if np.mean(change.trusted) > 0.2 and self._is_other(change, before, after, sudden):
            return EventKind.SLIDE_CHANGE
        if change.gained_area >= settings.gained_area and sudden and (
            is_slide_like(before, change.box) and (change.wide or is_slide_like(before, change.trusted))
        ):
            return EventKind.SLIDE_CHANGE if is_blank(before) and change.gained_area > 0.03 else EventKind.BUILD
        return None

    def _is_other(self, change: Change, before: View, after: View, sudden: bool) -> bool:
        """Whether a settled view is another slide, not the same one with more on it or somebody before it."""
        settings = self._settings
        box = float(np.mean(change.box))
        if change.lost_area < settings.lost_area:
            return False
        # A body takes away and brings nothing, in a few columns.
        brings = change.arrived >= settings.arrived or (change.spread >= settings.spread and change.wide)
        if not brings and change.lost < settings.gradual:
            return False
        drawn = is_slide_like(before, change.box), is_slide_like(after, change.box)
        # A part of the picture counts when it is shaped like a slide and changed more than this source does anyway.
        apart = box > settings.box and change.wide and change.area * CELL_COUNT > settings.burst * self._growth
        if not any(drawn):
            exchanged = box > 0.5 and change.title >= settings.title and min(change.lost, change.arrived) >= 0.2
            return change.changed >= settings.replaced or (exchanged and apart and sudden)
        if change.lost >= settings.lost:
            return True
        if not apart or (not all(drawn) and box < 0.25):
            return False
        return (
            change.lost_nearby >= settings.lost_nearby
            or change.replaced_area >= settings.replaced_area
            or (change.title >= settings.title and change.lost >= settings.lost_with_title)
        )

    def _suddenness(self, run: list[_Moment]) -> float:
        """How much of what moved around a run moved as the run began: a build does, writing and panning do not."""
        moments = list(self._moments)
        first = moments.index(run[0])
        at_once = sum(moment.flips for moment in moments[max(0, first - 1) : first + 1])
        around = sum(moment.flips for moment in moments[max(0, first - 3) : first + _SETTLED])
        return at_once / around if around else 0.0

    def _is_calm(self) -> bool:
        """Whether most frames of late were like the one before."""
        return self._restless < 0.1

    def _scene(self) -> Boundary | None:
        """A cut between two filmed views: alike within, unlike across."""
        moments = list(self._moments)
        if len(moments) < 3 or self._reference is None:
            return None
        old, new = moments[:-2][-2:], moments[-2:]
        if any(is_blank(moment.view) for moment in new):
            return None
        across = min(_unlikeness(one.view, other.view) for one in old for other in new)
        within = max(_unlikeness(new[0].view, new[1].view), _unlikeness(old[0].view, old[-1].view))
        if across < 0.45 or across < 2.5 * within:
            return None
        everywhere = np.ones((GRID_ROWS, GRID_COLUMNS), np.bool_)
        after = new[-1].view
        tolerance = self._tolerance
        differing = differs(self._reference, after, tolerance)
        change = change_between(self._reference, after, differing, everywhere, ~everywhere, tolerance)
        if change.area < self._settings.replaced:
            return None
        if self._goes_on(after, new):
            self._settle(new[-1:], after, None)
            return None
        return self._open(EventKind.SCENE_CHANGE, new, after, everywhere, change)

    def _open(self, kind: EventKind, run: list[_Moment], after: View, stable: Mask, change: Change) -> Boundary:
        """Close the open segment and begin the next."""
        assert self._reference is not None
        before, tolerance = self._reference, self._tolerance
        revisited = 0
        told: EventKind | None = kind
        if kind is EventKind.BLANK:
            self._covered = (self._number, before)
        elif self._covered is not None and self._same(self._covered[1], after, stable):
            told = None
        if kind is not EventKind.BUILD and kind is not EventKind.BLANK and told is not None:
            revisited = self._history.find(after, stable, tolerance)
            if revisited:
                told = EventKind.REVISIT
            elif kind is EventKind.SLIDE_CHANGE and not is_slide_like(after, change.box) and change.area > self._settings.replaced:
                told = EventKind.SCENE_CHANGE
        if kind is not EventKind.BUILD:
            self._growth = run[0].growth
            self._history.add(self._number, before)
        self._noise.forgive(change.cells)
        if kind is EventKind.SLIDE_CHANGE:
            self._template.outlive(before, change.cells, change.trusted)
        elif kind is EventKind.SCENE_CHANGE:
            self._template.forget()
        if kind is not EventKind.BLANK:
            self._covered = None
        self._opened = (run[0].glance.position, before)
        self._settle(run, after, change if kind is EventKind.BUILD else None)
        self._number += 1
        novelty = max(moment.novelty for moment in run)
        return Boundary(
            position=run[0].glance.position,
            media_time=run[0].glance.media_time,
            kind=told,
            confidence=self._confidence(kind, change, run),
            key_position=run[-1].glance.position,
            evidence={
                "changed": round(change.changed, 4),
                "lost": round(change.lost, 4),
                "gained": round(change.gained, 4),
                "area": round(change.area, 4),
                "novelty": round(novelty, 4),
            },
            revisited=revisited,
        )

    def _same(self, one: View, other: View, stable: Mask) -> bool:
        tolerance = self._tolerance
        fitted, differing = aligned(other, one, tolerance)
        nothing = np.zeros((GRID_ROWS, GRID_COLUMNS), np.bool_)
        change = change_between(one, fitted, differing & stable, stable, nothing, tolerance)
        return change.lost < 0.5 * self._settings.lost and change.gained < 0.5 * self._settings.lost

    def _confidence(self, kind: EventKind, change: Change, run: list[_Moment]) -> float:
        evidence = change.gained if kind is EventKind.BUILD else max(change.lost, change.changed)
        settled = len(run) / _SETTLED
        return round(float(np.clip(0.4 + 0.4 * evidence + 0.2 * settled, 0, 1)), 3)

    def _settle(self, run: list[_Moment], after: View, build: Change | None) -> None:
        """Take the run as the new reference and look at the frames after it in its light."""
        assert self._reference is not None
        if build is not None:
            keep = ~build.trusted
            after = View(
                np.where(keep, self._reference.luma, after.luma), np.where(keep, self._reference.edge, after.edge)
            )
        self._reference = after
        self._age[:] = 0
        start = next(i for i, moment in enumerate(self._moments) if moment is run[0])
        kept = list(self._moments)[start:]
        self._moments.clear()
        tolerance = self._tolerance
        for moment in kept:
            moment.view, moment.differing = aligned(View.of(moment.glance.grid), after, tolerance)
            self._moments.append(moment)

    def _absorb(self) -> None:
        """Follow slow drift, and take small changes that stay as part of the slide."""
        assert self._reference is not None
        moment = self._moments[-1]
        still = moment.differing
        if len(self._moments) > 1:
            still = still & ~differs(moment.view, self._moments[-2].view, self._tolerance)
        self._age = np.where(still, self._age + 1, 0).astype(np.int16)
        rate = np.where(moment.differing, np.where(self._age >= self._settings.absorb_frames, 1.0, 0.0), 0.15)
        step = rate.astype(np.float32)
        view, reference = moment.view, self._reference
        self._reference = View(
            reference.luma + step * (view.luma - reference.luma), reference.edge + step * (view.edge - reference.edge)
        )


def _unlikeness(one: View, other: View) -> float:
    """One less the correlation of two pictures' luma, 0..1; 1 when either is flat."""
    first, second = one.luma - one.luma.mean(), other.luma - other.luma.mean()
    scale = float(np.sqrt((first * first).sum() * (second * second).sum()))
    return 1.0 if scale < CELL_COUNT else float(np.clip(1.0 - float((first * second).sum()) / scale, 0, 1))
