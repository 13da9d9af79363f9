"""The picture of a timeline, drawn from made-up data."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from hallscribe.demo.chart import Answer, Chart, Stretch, finished_slides, short
from hallscribe.demo.timeline import draw_timeline
from hallscribe.values import EventKind

KINDS = [EventKind.SLIDE_CHANGE, EventKind.BUILD, EventKind.REVISIT, EventKind.SCENE_CHANGE, EventKind.BLANK]


def picture(red: int, height: int = 90) -> NDArray[np.uint8]:
    return np.full((height, 160, 3), (red, 40, 40), np.uint8)


def chart(many: int, duration: float) -> Chart:
    edges = np.linspace(0, duration, many + 1)
    stretches = [
        Stretch(
            float(edges[i]), float(edges[i + 1]), f"A title, number {i}", KINDS[i % 5] if i else None, picture(i % 255)
        )
        for i in range(many)
    ]
    time = np.arange(0, duration)
    novelty = np.random.default_rng(1).uniform(0, 0.4, len(time))
    return Chart(
        "Made up", duration, list(time), list(novelty), stretches, [Answer("Where?", 3.0), Answer("Who?", None)]
    )


@pytest.mark.parametrize(("many", "duration"), [(14, 172.0), (120, 5400.0)])
def test_the_picture_is_wide_and_not_empty(tmp_path: Path, many: int, duration: float) -> None:
    draw_timeline(chart(many, duration), tmp_path / "timeline.png")
    drawn = cv2.imread(str(tmp_path / "timeline.png"))
    assert drawn is not None
    height, width = drawn.shape[:2]
    assert width == 1870
    assert 700 <= height <= 1200
    background = drawn[2, 2]
    assert (drawn != background).any(axis=2).mean() > 0.1
    # Nothing is cut off at the left and right.
    assert (drawn[:, :4] == background).all()
    assert (drawn[:, -4:] == background).all()


def test_thumbnails_are_in_the_picture(tmp_path: Path) -> None:
    draw_timeline(chart(3, 60.0), tmp_path / "timeline.png")
    drawn = cv2.imread(str(tmp_path / "timeline.png"))
    assert drawn is not None
    thumbnail = picture(0)[0, 0][::-1].astype(int)
    assert (np.abs(drawn.astype(int) - thumbnail).max(axis=2) < 4).mean() > 0.02


@pytest.mark.parametrize(
    "empty",
    [
        Chart("Nothing", 0.0, [], [], []),
        Chart("One", 3.0, [0.0, 1.0], [float("nan"), 0.5], [Stretch(0, 3, "", None, picture(9, height=300))]),
        Chart("Dollar $x_1$", 30.0, [0.0], [1.0], [Stretch(0, 30, "$\\alpha & <b>", None)], [Answer("$?", 30.0)]),
    ],
    ids=["nothing", "one frame", "markup"],
)
def test_little_or_odd_data_is_drawn(tmp_path: Path, empty: Chart) -> None:
    draw_timeline(empty, tmp_path / "timeline.png")
    assert cv2.imread(str(tmp_path / "timeline.png")) is not None


def test_a_built_up_slide_is_shown_once_and_blanks_never() -> None:
    stretches = [
        Stretch(0, 1, "first", None, picture(1)),
        Stretch(1, 2, "first, more", EventKind.BUILD, picture(2)),
        Stretch(2, 3, "", EventKind.BLANK, picture(3)),
        Stretch(3, 4, "no picture", EventKind.SLIDE_CHANGE),
        Stretch(4, 5, "last", EventKind.SLIDE_CHANGE, picture(4)),
    ]
    assert [one.title for one in finished_slides(stretches)] == ["first, more", "last"]


def test_short() -> None:
    assert short("one  two\nthree", 20) == "one two three"
    assert short("one two three", 8) == "one two…"
