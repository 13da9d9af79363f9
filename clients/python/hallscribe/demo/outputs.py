"""What the demonstration leaves behind: notes.md, its pictures, and timeline.png."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from hallscribe.async_client import AsyncClient
from hallscribe.demo.chart import Answer, Chart, Stretch
from hallscribe.demo.timeline import draw_timeline
from hallscribe.errors import NotFound
from hallscribe.notes import notes_markdown
from hallscribe.values import Notes, Timeline

_THUMBNAIL_WIDTH = 480


async def fetch_pictures(client: AsyncClient, notes: Notes, folder: Path) -> dict[int, Path]:
    """Write every segment's key frame into a folder; earlier ones are removed. Segment number -> file."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.jpg"):
        old.unlink()
    found = {}
    for section in notes.sections:
        number = section.segment.segment_number
        if section.segment.has_picture:
            with contextlib.suppress(NotFound):
                found[number] = folder / f"{number:04}.jpg"
                found[number].write_bytes(await client.picture(notes.lecture.lecture_id, number))
    return found


def write_notes(notes: Notes, pictures: dict[int, Path], path: Path) -> None:
    """Write the notes as Markdown; pictures are named relative to it. Raises OSError."""

    def relative(number: int) -> str | None:
        picture = pictures.get(number)
        return None if picture is None else picture.relative_to(path.parent).as_posix()

    path.write_text(notes_markdown(notes, relative), encoding="utf-8")


def write_timeline(
    notes: Notes, timeline: Timeline, pictures: dict[int, Path], answers: Sequence[Answer], path: Path
) -> None:
    """Draw the lecture's timeline as a PNG. Raises OSError."""
    lecture = notes.lecture
    stretches = [
        Stretch(
            section.segment.start_s,
            section.segment.end_s,
            section.segment.title,
            None if section.event is None else section.event.kind,
            _thumbnail(pictures.get(section.segment.segment_number)),
        )
        for section in notes.sections
    ]
    length = max([lecture.duration_s, *(stretch.end_s for stretch in stretches)])
    title = lecture.title or lecture.lecture_id
    draw_timeline(Chart(title, length, timeline.time_s, timeline.novelty, stretches, answers), path)


def _thumbnail(path: Path | None) -> NDArray[np.uint8] | None:
    """(H, 480, 3) uint8 RGB; None when there is no picture."""
    picture = None if path is None else cv2.imread(str(path))
    if picture is None:
        return None
    height = max(1, round(picture.shape[0] * _THUMBNAIL_WIDTH / picture.shape[1]))
    small = cv2.resize(picture, (_THUMBNAIL_WIDTH, height), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2RGB), np.uint8)
