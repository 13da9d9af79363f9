"""The built-in lecture as files: a video, its captions, and what truly happens in it.

render_sample(folder) -> Sample(video, captions, truth)
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from dataclasses import astuple, dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from hallscribe.demo.camera import Camera
from hallscribe.demo.canvas import HEIGHT, WIDTH
from hallscribe.demo.ink import board_ink
from hallscribe.demo.lecture import (
    DURATION_S,
    INK_S,
    POINTERS,
    WALKS,
    TruthRow,
    cues,
    shot_at,
    truth_rows,
    webvtt,
)
from hallscribe.demo.slides import draw_slide

# Part of the files' names: a change to the lecture raises it, and the old files are not taken for the new ones.
VERSION = 1
_SEED = 20


@dataclass(frozen=True, slots=True)
class Sample:
    """A rendered lecture: paths of the video (MP4), the captions (WebVTT) and the truth (tab-separated)."""

    video: Path
    captions: Path
    truth: Path


@dataclass(frozen=True, slots=True)
class Shape:
    """How the lecture is rendered; ``pace`` multiplies every time, so 0.1 makes a lecture of 17 seconds."""

    width: int = WIDTH
    height: int = HEIGHT
    frames_per_second: float = 5.0
    pace: float = 1.0


FULL = Shape()


class LectureFilm:
    """The lecture's pictures, one for any time, in order or not."""

    def __init__(self) -> None:
        self._camera = Camera(_SEED, WALKS, POINTERS)
        self._ink = board_ink()
        self._pages: dict[tuple[str, int], NDArray[np.uint8]] = {}

    def frame(self, time: float, number: int) -> NDArray[np.uint8]:
        """The picture at a time of the lecture in seconds: (720, 1280, 3) uint8 BGR."""
        shot = shot_at(time)
        key = (shot.slide, shot.step)
        if key not in self._pages:
            self._pages[key] = draw_slide(*key)
        page = self._pages[key]
        if shot.slide == "board":
            page = self._ink.reveal(page, (time - INK_S[0]) / (INK_S[1] - INK_S[0]))
        return self._camera.photograph(page, time, number)


def render_sample(folder: Path, progress: Callable[[float], None] | None = None, shape: Shape = FULL) -> Sample:
    """Render the lecture into a folder, unless it lies there already.

    Args:
        folder: made if absent.
        progress: called with the share done, 0..1.
        shape: size, rate and pace.

    Raises:
        OSError: the folder cannot be written, or this OpenCV cannot write MP4.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = f"sky-v{VERSION}-{shape.width}x{shape.height}-{shape.frames_per_second:g}fps-{shape.pace:g}"
    sample = Sample(folder / f"{name}.mp4", folder / f"{name}.vtt", folder / f"{name}.tsv")
    sample.captions.write_text(webvtt(cues(shape.pace)), encoding="utf-8")
    _write_truth(sample.truth, truth_rows(shape.pace))
    if not sample.video.exists():
        # Renamed when complete, so that an interrupted run leaves no half lecture behind.
        partial = sample.video.with_name(f".{os.getpid()}-{sample.video.name}")
        try:
            _write_video(partial, shape, progress)
            partial.replace(sample.video)
        finally:
            partial.unlink(missing_ok=True)
    if progress is not None:
        progress(1.0)
    return sample


def _write_video(path: Path, shape: Shape, progress: Callable[[float], None] | None) -> None:
    size = (shape.width, shape.height)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), shape.frames_per_second, size)
    if not writer.isOpened():
        raise OSError(f"OpenCV cannot write MP4 to {path}; nothing was rendered. Check that the folder can be written")
    film = LectureFilm()
    count = round(DURATION_S * shape.pace * shape.frames_per_second)
    try:
        for number in range(count):
            picture = film.frame(number / shape.frames_per_second / shape.pace, number)
            if size != (WIDTH, HEIGHT):
                picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
            writer.write(picture)
            if progress is not None:
                progress(number / count)
    finally:
        writer.release()


def _write_truth(path: Path, rows: list[TruthRow]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(["t_s", "kind", "end_s"])
        table.writerows(astuple(row) for row in rows)
