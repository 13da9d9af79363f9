"""A user's own recordings as pictures with texts: what was said near a frame, and what can be read on it."""

from __future__ import annotations

import functools
import hashlib
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from hallscribe.video import MediaClock
from hallscribe_export.calibration import Pictures
from hallscribe_export.train.reading import Read, reader
from hallscribe_export.train.shown import Part, Shown, Text
from hallscribe_export.writing import file_sha256
from hallscribed.domain.errors import HallscribeError
from hallscribed.domain.lecture import Cue
from hallscribed.pipeline.captions import parse_captions

_VIDEOS = (".mp4", ".mkv", ".webm", ".mov", ".m4v", ".avi")
_CAPTIONS = (".vtt", ".srt", ".sbv")
_SBV_TIMING = re.compile(r"^(\d+:\d\d:\d\d\.\d+),(\d+:\d\d:\d\d\.\d+)[ \t]*$", re.MULTILINE)
_SENTENCE_END = re.compile(r"[.?!…][\"')\]]*$")
_LONGEST = 240
# A frame goes with what is said up to so long before and after it.
_NEAR_S = 6.0
# A picture that stands still is taken once in so many seconds; it does while its small grey copy changes by less.
_AGAIN_S, _THUMB, _STILL = 10.0, (64, 36), 3.0


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, and when it is said, seconds."""

    start: float
    end: float
    text: str


def find_recordings(folder: Path) -> tuple[tuple[Part, ...], tuple[str, ...]]:
    """The videos of a folder that have captions, and what their user should know.

    Raises:
        ValueError: there are none.
    """
    videos = sorted(file for file in folder.iterdir() if file.suffix.lower() in _VIDEOS)
    with_captions = [(video, captions) for video in videos if (captions := _captions_of(video)) is not None]
    if not with_captions:
        raise ValueError(
            f"{folder} holds no shards and no video with captions: put talk.vtt, .srt or .sbv beside talk.mp4 "
            f"(videos: {', '.join(_VIDEOS)})"
        )
    read = reader()
    notes = []
    if len(with_captions) < len(videos):
        silent = sorted({video.name for video in videos} - {video.name for video, _ in with_captions})
        notes.append(f"left out, as they have no captions: {', '.join(silent)}")
    if read is None:
        notes.append("rapidocr is not installed: slides are not read, captions are the only texts")
    return tuple(_part(video, captions, read) for video, captions in with_captions), tuple(notes)


def _part(video: Path, captions: Path, read: Read | None) -> Part:
    known = f"{file_sha256(video)}{file_sha256(captions)}{'captions' if read is None else 'captions and slides'}"
    shown = functools.partial(_shown, video, captions, read)
    return Part(video.stem, hashlib.sha256(known.encode()).hexdigest(), 1 + _seconds(video), shown)


def _seconds(file: Path) -> int:
    """How long a video says that it is."""
    video = cv2.VideoCapture(str(file))
    try:
        rate = video.get(cv2.CAP_PROP_FPS) if video.isOpened() else 0.0
        return max(0, int(video.get(cv2.CAP_PROP_FRAME_COUNT) / rate)) if rate > 0 else 0
    finally:
        video.release()


def _captions_of(video: Path) -> Path | None:
    """Under the video's name with or without its own ending; the kinds in their order, in capitals or not."""
    beside = [each for each in video.parent.iterdir() if each.stem in (video.stem, video.name)]
    beside.sort(key=lambda each: (each.stem != video.stem, each.suffix != each.suffix.lower(), each.name))
    return next(
        (each for suffix in _CAPTIONS for each in beside if each.suffix.lower() == suffix and each.is_file()), None
    )


def read_captions(file: Path) -> list[Said]:
    """The sentences of WebVTT, SubRip or SBV captions.

    Raises:
        ValueError: they are damaged; the message names the file and the line.
    """
    data = file.read_bytes()
    try:
        if file.suffix.lower() == ".sbv":
            # But for its timing lines SBV is SubRip.
            text = data.decode("utf-8-sig", errors="replace")
            data = _SBV_TIMING.sub(r"\1 --> \2", text.replace("\r\n", "\n")).encode()
        return as_sentences(parse_captions(data))
    except HallscribeError as error:
        # Its last sentence is of captions that were sent to a daemon.
        why = str(error).rpartition(". ")[0] or error
        raise ValueError(f"{file} cannot be read as captions ({why}): mend it, or take it away") from error


def as_sentences(cues: Sequence[Cue]) -> list[Said]:
    """Cues joined up to the end of a sentence, or until they are long."""
    said: list[Said] = []
    parts: list[Cue] = []
    for cue in cues:
        parts.append(cue)
        text = " ".join(part.text for part in parts)
        if _SENTENCE_END.search(text) or len(text) >= _LONGEST:
            said.append(Said(parts[0].start, cue.end, text))
            parts = []
    if parts:
        said.append(Said(parts[0].start, parts[-1].end, " ".join(part.text for part in parts)))
    return said


def _shown(video: Path, captions: Path, read: Read | None) -> Iterator[Shown]:
    said, looks, last, on_it = read_captions(captions), 0, _Look(), tuple[Text, ...]()
    for time_s, picture in each_second(video):
        changed = last.changed(picture)
        if changed:
            last, looks = _Look(_thumb(picture), time_s), looks + 1
            on_it = tuple(map(Text, read(picture))) if read is not None else ()
        elif time_s - last.time_s < _AGAIN_S:
            continue
        last = _Look(last.thumb, time_s)
        near = (each for each in said if each.start - _NEAR_S <= time_s <= each.end + _NEAR_S)
        texts = (*(Text(each.text) for each in near), *on_it)
        if texts:
            yield Shown(picture, video.stem, f"{video.stem} {looks}", "", frozenset(), texts)


@dataclass(frozen=True, slots=True)
class _Look:
    """What is shown as a small grey copy, and when it was last taken."""

    thumb: NDArray[np.float32] | None = None
    time_s: float = 0.0

    def changed(self, picture: Pictures) -> bool:
        return self.thumb is None or float(np.abs(_thumb(picture) - self.thumb).mean()) > _STILL


def _thumb(picture: Pictures) -> NDArray[np.float32]:
    small = cv2.resize(picture, _THUMB, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.float32)


def each_second(file: Path) -> Iterator[tuple[float, Pictures]]:
    """A video's frames, RGB uint8 (H, W, 3), about one a second, and their times.

    Raises:
        ValueError: it cannot be decoded.
    """
    video = cv2.VideoCapture(str(file))
    try:
        rate = video.get(cv2.CAP_PROP_FPS) if video.isOpened() else 0.0
        clock, wanted = MediaClock(max(rate, 1.0)), 0.0
        while rate > 0 and video.grab():
            time_s = clock.advance(video.get(cv2.CAP_PROP_POS_MSEC) / 1000)
            if time_s >= wanted:
                decoded, picture = video.retrieve()
                if decoded:
                    yield time_s, np.ascontiguousarray(picture[..., ::-1], np.uint8)
                    wanted = math.floor(time_s) + 1.0
        if clock.time is None:
            raise ValueError(f"{file} is no video that OpenCV decodes: mend it, or take it away")
    finally:
        video.release()
