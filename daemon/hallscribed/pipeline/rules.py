"""What a change amounts to: the rules, without state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hallscribed.domain.event import EventKind
from hallscribed.pipeline.change import Change
from hallscribed.pipeline.thresholds import DetectorSettings
from hallscribed.pipeline.view import CELL_COUNT, View, is_between, is_blank, is_slide_like

_CUT = 0.45
_CUT_CONTRAST = 2.5
_CALM = 0.1
# Share of late frames in which much moved, from which on a settled view, or a short one, is doubted: a camera that
# pans brings another view at every moment.
_RESTLESS = 0.25
_RESTLESS_SHORT = 0.5
_LEAP = 0.8
_EASE = 0.85


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How a change came about.

    Attributes:
        frames: how many frames show the new view.
        settled: they have lasted long enough to be trusted.
        sudden: share of what moved of late that moved as the change began, 0..1.
        growth: cells that a frame brings as a rule.
        restless: share of late frames in which much moved, 0..1.
        novelty: of the encoder's trajectory, 0..1; None without an encoder.
        following: the view that came after, for a view that did not last.
    """

    frames: int
    settled: bool
    sudden: float
    growth: float
    restless: float
    novelty: float | None
    following: View | None


def kind_of(
    change: Change, before: View, after: View, how: Circumstances, settings: DetectorSettings
) -> EventKind | None:
    """The event that a change is: another slide, a build, a blank; or None."""
    if is_blank(after):
        # A white slide that turns white changes few cells, but loses all that it showed.
        whole = max(change.area, change.lost) > settings.replaced
        covers = not is_blank(before) and how.frames > 1 and whole
        return EventKind.BLANK if covers else None
    if not how.settled:
        return EventKind.SLIDE_CHANGE if _is_short_slide(change, before, after, how, settings) else None
    sudden = how.sudden >= settings.sudden
    if _is_other(change, before, after, how, settings):
        return EventKind.SLIDE_CHANGE
    if is_blank(before) and change.gained_area > 0.03:
        return EventKind.SLIDE_CHANGE
    if not sudden or change.gained_area < max(settings.gained_area, settings.writing * how.growth / CELL_COUNT):
        return None
    drawn = is_slide_like(before, change.box) and (change.wide or is_slide_like(before, change.trusted))
    return EventKind.BUILD if drawn else None


def _is_short_slide(change: Change, before: View, after: View, how: Circumstances, settings: DetectorSettings) -> bool:
    """A view seen once or twice: strong evidence, and no moment of a transition."""
    if how.following is not None and is_between(after, before, how.following):
        return False
    if how.restless > _RESTLESS_SHORT and how.sudden < settings.sudden:
        return False
    drawn = is_slide_like(after, change.box) or (change.area > 0.8 and how.restless < _CALM)
    brings = max(change.arrived, change.spread - 0.4) >= settings.arrived
    return drawn and brings and change.lost >= settings.strong and change.area >= settings.strong_area


def _is_other(change: Change, before: View, after: View, how: Circumstances, settings: DetectorSettings) -> bool:
    """Whether a settled view is another slide, not the same one with more on it or somebody before it."""
    box = float(np.mean(change.box))
    if change.lost_area < settings.lost_area or (how.restless > _RESTLESS and how.sudden < settings.drift):
        return False
    # A body takes away and brings nothing, in a few columns.
    brings = change.arrived >= settings.arrived or (change.spread >= settings.spread and change.wide)
    if not brings and change.lost < settings.gradual:
        return False
    drawn = is_slide_like(before, change.box), is_slide_like(after, change.box)
    # A part of the picture counts when it is shaped like a slide and changed more than this source does anyway.
    apart = box > settings.box and change.wide and change.area * CELL_COUNT > settings.burst * how.growth
    at_once = how.sudden >= settings.sudden
    if not any(drawn):
        exchanged = box > 0.5 and change.title >= settings.title and min(change.lost, change.arrived) >= 0.2
        # A picture shown on a screen gives way to another.
        screen = change.lost_nearby >= settings.screen and change.replaced_area >= settings.replaced_area
        return change.changed >= settings.replaced or ((exchanged or screen) and apart and at_once)
    # Two thresholds: the lower one holds where the encoder's trajectory leaps as well.
    leaps = how.novelty is not None and how.novelty >= _LEAP
    if change.lost >= settings.lost * (_EASE if leaps else 1.0):
        return True
    # Text that gives way to a picture, on a screen that is a part of the view, fills its box.
    fills = at_once and change.area >= settings.fills * box
    if not apart or (not all(drawn) and box < 0.25 and not fills):
        return False
    return (
        change.lost_nearby >= settings.lost_nearby
        or change.replaced_area >= settings.replaced_area
        or (change.title >= settings.title and change.lost >= settings.lost_with_title)
    )


def is_scene(change: Change, before: View, after: View, moves: bool) -> bool:
    """Whether a whole new view is a scene rather than a slide.

    A picture that fills the screen looks the same as a filmed view; between slides it is one of them if it holds still.
    """
    return not is_slide_like(after, change.box) and (moves or not is_slide_like(before, change.box))


def is_cut(old: Sequence[View], new: Sequence[View]) -> bool:
    """Whether two short runs of filmed views are alike within and unlike across.

    The checkerboard kernel of Foote, "Automatic audio segmentation using a measure of audio novelty" (2000), on the
    correlation of pictures.
    """
    if any(is_blank(view) for view in new):
        return False
    across = min(unlikeness(one, other) for one in old for other in new)
    within = max(unlikeness(new[0], new[-1]), unlikeness(old[0], old[-1]))
    return across >= _CUT and across >= _CUT_CONTRAST * within


def unlikeness(one: View, other: View) -> float:
    """One less the correlation of two pictures' luma, 0..1; 1 when either is flat."""
    first, second = one.luma - one.luma.mean(), other.luma - other.luma.mean()
    scale = float(np.sqrt((first * first).sum() * (second * second).sum()))
    return 1.0 if scale < CELL_COUNT else float(np.clip(1.0 - float((first * second).sum()) / scale, 0, 1))


def confidence(kind: EventKind, change: Change, frames: int, novelty: float) -> float:
    """How sure the detector is, 0..1: how much changed, for how long, and whether the encoder saw it too."""
    evidence = change.gained if kind is EventKind.BUILD else max(change.lost, change.changed)
    return round(float(np.clip(0.4 + 0.35 * evidence + 0.05 * min(frames, 3) + 0.1 * novelty, 0, 1)), 3)
