"""The built-in lecture: its files, and that its truth is what its pictures show."""

from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from hallscribe.demo.lecture import DURATION_S, INK_S, SHOTS, cues, truth_rows, webvtt
from hallscribe.demo.sample import LectureFilm, Sample, Shape, render_sample


@pytest.fixture(scope="module")
def film() -> LectureFilm:
    return LectureFilm()


def pictures(video: Path) -> list[NDArray[np.uint8]]:
    capture = cv2.VideoCapture(str(video))
    found = []
    while (read := capture.read())[0]:
        found.append(np.asarray(read[1], np.uint8))
    capture.release()
    return found


def changed(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    """Share of the pixels that differ by more than noise."""
    difference = np.abs(first.astype(int) - second.astype(int)).max(axis=2)
    return float((difference > 24).mean())


def test_the_video_is_as_long_as_the_lecture(sample: Sample, small_shape: Shape) -> None:
    found = pictures(sample.video)
    assert len(found) == round(DURATION_S * small_shape.pace * small_shape.frames_per_second)
    assert found[0].shape == (180, 320, 3)


def test_every_boundary_in_the_truth_can_be_seen_in_the_video(sample: Sample, small_shape: Shape) -> None:
    found = pictures(sample.video)
    with sample.truth.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert [row["kind"] for row in rows].count("build") == 4
    for row in rows:
        if row["kind"] == "ink":
            continue
        number = round(float(row["t_s"]) * small_shape.frames_per_second)
        assert changed(found[number - 1], found[number + 1]) > 0.01, row


def test_nothing_but_people_pointers_and_noise_moves_between_boundaries(film: LectureFilm) -> None:
    # 14-23 s is one slide with nothing in front of it.
    assert changed(film.frame(15.0, 3), film.frame(22.0, 6)) == 0.0


def test_ink_grows_while_the_truth_says_so(film: LectureFilm) -> None:
    times = np.linspace(INK_S[0], INK_S[1], 6)
    shown = [film.frame(float(time), 0) for time in times]
    dark = [int((picture.min(axis=2) < 140).sum()) for picture in shown]
    assert all(later > earlier for earlier, later in pairwise(dark))
    assert changed(film.frame(INK_S[1] + 0.2, 0), film.frame(87.0, 0)) == 0.0


def test_the_revisit_shows_the_earlier_slide(film: LectureFilm) -> None:
    left = slice(0, 900)
    assert changed(film.frame(47.0, 0)[:, left], film.frame(151.0, 0)[:, left]) == 0.0


def test_the_same_time_gives_the_same_picture(film: LectureFilm) -> None:
    assert np.array_equal(film.frame(53.0, 7), LectureFilm().frame(53.0, 7))


def test_rendered_once(sample: Sample, small_shape: Shape) -> None:
    before = sample.video.stat()
    again = render_sample(sample.video.parent, shape=small_shape)
    assert again == sample
    assert again.video.stat().st_mtime_ns == before.st_mtime_ns
    assert not list(sample.video.parent.glob(".*"))


def test_progress_runs_to_the_end(tmp_path: Path) -> None:
    told: list[float] = []
    render_sample(tmp_path, told.append, Shape(width=160, height=90, frames_per_second=1.0, pace=0.1))
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_captions_are_short_in_order_and_within_the_lecture() -> None:
    found = cues()
    assert all(1 <= len(cue.words.split()) <= 11 for cue in found)
    assert all(cue.start_s < cue.end_s for cue in found)
    assert all(before.end_s <= after.start_s + 1e-9 for before, after in pairwise(found))
    assert found[-1].end_s <= DURATION_S
    assert " ".join(cue.words for cue in found) == " ".join(shot.speech for shot in SHOTS)


def test_webvtt() -> None:
    text = webvtt(cues(pace=0.5))
    assert text.startswith("WEBVTT\n\n00:00:00.300 --> 00:00:")
    assert text.count("-->") == len(cues())


def test_truth_rows_are_in_order_and_paced() -> None:
    rows = truth_rows()
    assert [row.t_s for row in rows] == sorted(row.t_s for row in rows)
    assert {row.kind for row in rows} == {"slide", "build", "ink", "blank", "revisit"}
    assert truth_rows(0.5)[0].t_s == rows[0].t_s / 2
