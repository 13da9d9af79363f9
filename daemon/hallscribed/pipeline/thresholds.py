"""The detector's thresholds."""

from __future__ import annotations

from dataclasses import dataclass


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
        burst: how many times the ordinary movement of the source a change of a part of the picture must be.
        writing: the same for a build.
        sudden: share of what moved of late that must have moved at once.
        drift: the same where much moves all the time, for any change: a camera that pans, a film.
        replaced_area: share of the picture whose content must give way to other content.
        arrived: share of the new content that must be new; a body only takes away.
        spread: share of the columns with content that must lose some where nothing arrives.
        gradual: share of the old content that must go when it went by degrees.
        strong: share of the old content that must go when a view was seen once or twice only.
        strong_area: least share of the picture that must change then.
        screen: share of the content within the box that must go where both views are filmed.
        fills: share of its box that a change must fill where one of both views is filmed.
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
    writing: float = 8.0
    sudden: float = 0.6
    drift: float = 0.4
    replaced_area: float = 0.03
    arrived: float = 0.1
    spread: float = 0.5
    gradual: float = 0.6
    strong: float = 0.4
    strong_area: float = 0.03
    screen: float = 0.8
    fills: float = 0.5
    replaced: float = 0.6
    absorb_frames: int = 8
