"""What is shown: the open segment's settled view, and the segments before it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hallscribed.domain.event import EventKind
from hallscribed.domain.frame import GRID_COLUMNS, GRID_ROWS, Grid
from hallscribed.pipeline.change import Change, change_between
from hallscribed.pipeline.history import History, Template
from hallscribed.pipeline.rules import is_scene
from hallscribed.pipeline.thresholds import DetectorSettings
from hallscribed.pipeline.view import Mask, Tolerance, View, aligned, differs, is_between, is_faded
from hallscribed.pipeline.window import SETTLED, Moment

_DRIFT = 0.15
_MOVES = 0.1


class Shown:
    """The settled view that new frames are held against, and what it takes to tell one segment from another."""

    def __init__(self, history: Sequence[tuple[int, Grid]], settings: DetectorSettings, opened: int = 0) -> None:
        """Segment number and settled grid of the segments so far, the last one open; thresholds; how many were opened,
        those that no longer stand among them.
        """
        self._settings = settings
        self._history = History(history[:-1])
        self._template = Template()
        self._number = history[-1][0] if history else 1
        self._last = max(self._number, opened)
        self._before_blank: View | None = None
        self._opened: tuple[int, View] | None = None
        self._age = np.zeros((GRID_ROWS, GRID_COLUMNS), np.int16)
        self.view: View | None = View.of(history[-1][1]) if history else None
        self._settled = self.view

    def template(self) -> Mask:
        """Cells that every recent slide shares, bool (36, 64)."""
        return self._template.cells()

    def goes_on(self, position: int, before: View, after: View) -> bool:
        """Whether the open segment was but a moment of a transition that leads to ``after`` at a position."""
        if is_faded(before, after):
            return True
        if self._opened is None or position - self._opened[0] > SETTLED:
            return False
        return is_between(before, self._opened[1], after)

    def grown(self, tolerance: Tolerance) -> View | None:
        """What the open segment has come to since it settled, where that is more; None where it is not."""
        if self.view is None or self._settled is None:
            return None
        everywhere = np.ones((GRID_ROWS, GRID_COLUMNS), np.bool_)
        differing = differs(self.view, self._settled, tolerance)
        change = change_between(self._settled, self.view, differing, everywhere, ~everywhere, tolerance)
        more = change.gained_area >= self._settings.gained_area and change.gained_area > change.lost_area
        return self.view if more else None

    def telling(
        self, kind: EventKind, run: Sequence[Moment], after: View, stable: Mask, change: Change, tolerance: Tolerance
    ) -> tuple[EventKind | None, int]:
        """The kind to tell, None for the same content after a blank, and the segment that is shown again, or 0."""
        if kind in (EventKind.BUILD, EventKind.BLANK):
            return kind, 0
        if self._before_blank is not None and self._is_same(self._before_blank, after, stable, tolerance):
            return None, 0
        revisited = self._history.find(after, stable, tolerance)
        if revisited:
            return EventKind.REVISIT, revisited
        moves = any(moment.moved > _MOVES for moment in run[1:])
        whole = change.area > self._settings.replaced
        scene = whole and is_scene(change, self.view or after, after, moves)
        return (EventKind.SCENE_CHANGE if scene else EventKind.SLIDE_CHANGE), 0

    def turn_page(self, kind: EventKind, position: int, after: View, change: Change) -> None:
        """Close the open segment; the next one begins at a position and shows ``after``."""
        before = self.view or after
        if kind is not EventKind.BUILD:
            self._history.add(self._number, before)
        if kind is EventKind.SLIDE_CHANGE:
            self._template.outlive(before, change.cells, change.trusted)
        elif kind is EventKind.SCENE_CHANGE:
            self._template.forget()
        self._before_blank = before if kind is EventKind.BLANK else None
        self._opened = (position, before)
        self._last += 1
        self._number = self._last
        self.settle(after)

    def settle(self, view: View) -> None:
        """The open segment shows this."""
        self.view = self._settled = view
        self._age[:] = 0

    def absorb(self, moment: Moment, last: Moment | None, tolerance: Tolerance) -> None:
        """Follow slow drift, and take small changes that stay as part of the slide."""
        view = self.view or moment.view
        still = moment.differing
        if last is not None:
            still = still & ~differs(moment.view, last.view, tolerance)
        self._age = np.where(still, self._age + 1, 0).astype(np.int16)
        stays = self._age >= self._settings.absorb_frames
        rate = np.where(moment.differing, np.where(stays, 1.0, 0.0), _DRIFT).astype(np.float32)
        self.view = View(
            view.luma + rate * (moment.view.luma - view.luma), view.edge + rate * (moment.view.edge - view.edge)
        )

    def _is_same(self, one: View, other: View, stable: Mask, tolerance: Tolerance) -> bool:
        fitted, differing = aligned(other, one, tolerance)
        change = change_between(one, fitted, differing & stable, stable, self.template(), tolerance)
        return max(change.lost, change.gained) < 0.5 * self._settings.lost
