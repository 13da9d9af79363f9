"""Reading video files: what one is, and the frames of it that are worth sending.

    probe_video(path)  -> VideoInfo
    sample_video(path) -> VideoSampling, which yields SampledFrame

Every frame is decoded, because codecs need it, but only sampled frames are converted and encoded as JPEG. A recorder
that writes a frame only when something changes leaves seconds without one: what was shown is then sent again.
"""

from __future__ import annotations

import codecs
import math
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

# Read once, when OpenCV first opens a file. FFmpeg writes to the terminal by itself otherwise; what a damaged file
# means to the user is said in our own words.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

import cv2

from hallscribe.container import is_cut_off

_ASSUMED_FRAMES_PER_SECOND = 25.0
_LATEST_MEDIA_TIME_S = 7 * 24 * 3600.0
_SEEK_AHEAD_S = 10.0
# Frames a second between which a film has its frames at even times; others come as something changes, and the last one
# before a pause is what stays.
_EVEN_RATES = (12.0, 120.0)
# A picture that is said to have stayed for longer is a time that went wrong.
_STAYS_S = 3600.0
_PLAYLISTS = (b"#EXTM3U", b"ffconcat", b"<?xml")
_STILL_PICTURES = (b"\xff\xd8\xff", b"\x89PNG")


class NotAVideo(ValueError):
    """The file cannot be read as a video; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What a video file says about itself, with its first frame's true size.

    Attributes:
        duration_s: by the container's count of frames, in seconds; rough where it hides some; 0 when unknown.
        width, height: of the first decoded frame, in pixels.
        frames_per_second: by the container; 25 when it says nothing sensible.
        frame_count: by the container; 0 when unknown.
    """

    duration_s: float
    width: int
    height: int
    frames_per_second: float
    frame_count: int


@dataclass(frozen=True, slots=True)
class SampledFrame:
    """One frame to send.

    Attributes:
        media_time_s: seconds since the video's beginning; grows from frame to frame.
        jpeg: the picture.
        width, height: of the JPEG, in pixels.
    """

    media_time_s: float
    jpeg: bytes
    width: int
    height: int


def probe_video(path: str | os.PathLike[str]) -> VideoInfo:
    """Open a video and decode its first frame. Raises NotAVideo."""
    file = Path(path)
    with _opened(file) as capture:
        decoded, picture = capture.read()
        if not decoded or picture is None:
            raise NotAVideo(
                f"no picture could be decoded from {file}: the file is damaged or its codec is unknown; "
                "nothing was sent. Convert it to MP4 (H.264) and try again"
            )
        info = _info(capture, picture)
        if _beginning(file).startswith(_STILL_PICTURES) and not capture.grab():
            raise NotAVideo(f"{file} is a still picture, not a video; nothing was sent. Give a video file")
        return info


def sample_video(
    path: str | os.PathLike[str],
    frames_per_second: float = 1.0,
    start_after_s: float | None = None,
    quality: int = 90,
    longest_side: int = 1920,
) -> VideoSampling:
    """Sample a video file: the first frame of every slot of ``1 / frames_per_second`` seconds of media time.

    Args:
        path: a regular file.
        frames_per_second: of media time; more than the video has yields every frame.
        start_after_s: yield only frames later than this media time (going on where an earlier run ended).
        quality: of the JPEG, 1..100.
        longest_side: larger pictures are made smaller, in pixels.

    Raises:
        NotAVideo: at once, before the first frame is asked for.
        ValueError: an argument is out of its range.
    """
    if not (frames_per_second > 0 and math.isfinite(frames_per_second)):
        raise ValueError(f"frames_per_second must be above 0, not {frames_per_second}")
    return VideoSampling(Path(path), frames_per_second, start_after_s, quality, longest_side)


class VideoSampling(Iterator[SampledFrame]):
    """The sampled frames of one file, with what is known about it.

    Attributes:
        info: what the file says about itself.
        ended_early_at_s: set when the file ended well before the length it announced, as a cut or damaged one
            does: the media time of the last frame that could be decoded. None otherwise, and before the end.
    """

    def __init__(
        self, path: Path, frames_per_second: float, start_after_s: float | None, quality: int, longest_side: int
    ) -> None:
        self.info = probe_video(path)
        self.ended_early_at_s: float | None = None
        self._path = path
        self._rate = frames_per_second
        self._start_after_s = start_after_s
        self._quality = quality
        self._longest_side = longest_side
        self._frames = self._sample()

    def __next__(self) -> SampledFrame:
        return next(self._frames)

    def close(self) -> None:
        """Let go of the file; a second time does nothing."""
        self._frames.close()

    def __enter__(self) -> VideoSampling:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _sample(self) -> Generator[SampledFrame, None, None]:
        clock, pace = MediaClock(self.info.frames_per_second), _Pace(self._rate, self._start_after_s)
        uneven = not _EVEN_RATES[0] <= self.info.frames_per_second <= _EVEN_RATES[1]
        stays: NDArray[np.uint8] | None = None
        frames, paused = 0, False
        with _opened(self._path) as capture:
            sought = self._sought(capture)
            while capture.grab():
                frames += 1
                time = clock.advance(capture.get(cv2.CAP_PROP_POS_MSEC) / 1000)
                if stays is not None:
                    for again in pace.pause(time):
                        paused = True
                        yield self._encode(again, stays)
                due = pace.is_due(time)
                if not due and not uneven:
                    continue
                decoded, picture = capture.retrieve()
                if decoded and picture is not None:
                    stays = np.asarray(picture, np.uint8)
                    if due:
                        pace.sent(time)
                        yield self._encode(time, stays)
        whole = uneven and not sought and frames >= self.info.frame_count > 0
        self.ended_early_at_s = None if whole else _early_end(self._path, self.info, clock.time)
        # A length that is only announced is believed of a file that has pauses, or of which every frame was there.
        if stays is not None and self.ended_early_at_s is None and (paused or whole):
            for again in pace.pause(self.info.duration_s):
                yield self._encode(again, stays)

    def _sought(self, capture: cv2.VideoCapture) -> bool:
        """Whether reading begins shortly before where it goes on, and not at the file's beginning."""
        start = self._start_after_s
        if start is None or start <= 2 * _SEEK_AHEAD_S:
            return False
        found = _seek(capture, start - _SEEK_AHEAD_S)
        if not found:
            capture.open(str(self._path), cv2.CAP_FFMPEG)
        return found

    def _encode(self, time: float, picture: NDArray[np.uint8]) -> SampledFrame:
        height, width = picture.shape[:2]
        scale = self._longest_side / max(height, width)
        if scale < 1:
            width, height = max(1, round(width * scale)), max(1, round(height * scale))
            picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        _, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, self._quality])
        return SampledFrame(time, jpeg.tobytes(), width, height)


class _Pace:
    """When to send: the first frame of every slot of ``1 / rate`` seconds, and in an empty one again what stays.

    Args:
        rate: frames a second of media time.
        start: nothing is sent up to here, seconds; None sends from the beginning.
    """

    def __init__(self, rate: float, start: float | None) -> None:
        self._rate = rate
        self._start = start
        self._last = 0.0 if start is None else start
        self._slot = -1 if start is None else self._slot_of(start)

    def is_due(self, time: float) -> bool:
        """Whether the frame at a time is the first of its slot."""
        return self._slot_of(time) > self._slot and (self._start is None or time > self._start)

    def sent(self, time: float) -> None:
        """A frame of this time was sent."""
        self._last, self._slot = time, self._slot_of(time)

    def pause(self, following: float) -> Iterator[float]:
        """The times, a second apart or a slot, at which to send again what stays until another time."""
        if following - self._last > _STAYS_S:
            return
        step = max(1.0, 1 / self._rate)
        while self._slot_of(self._last + step) < self._slot_of(following):
            self.sent(self._last + step)
            yield self._last

    def _slot_of(self, time: float) -> int:
        return math.floor(time * self._rate)


class MediaClock:
    """Media time of one decoded frame after the other, growing whatever the file says.

    Presentation times are followed while they grow. Where they are missing (OpenCV says 0), go back or make no sense,
    the frame is taken to come one frame interval after the one before.
    """

    def __init__(self, frames_per_second: float) -> None:
        self.time: float | None = None
        self._interval = 1 / frames_per_second

    def advance(self, presented: float) -> float:
        """The time in seconds of the next frame, given its presentation time in seconds."""
        sensible = math.isfinite(presented) and 0 <= presented <= _LATEST_MEDIA_TIME_S
        if self.time is None:
            self.time = presented if sensible else 0.0
        else:
            self.time = presented if sensible and presented > self.time else self.time + self._interval
        return self.time


@contextmanager
def _opened(path: Path) -> Iterator[cv2.VideoCapture]:
    _refuse_what_is_no_video(path)
    told = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    # FFmpeg only: other backends take a name with a % in it for a pattern of picture files.
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    cv2.utils.logging.setLogLevel(told)
    try:
        if not capture.isOpened():
            raise NotAVideo(
                f"no video could be found in {path}: it holds none (sound only?), or its beginning or index is "
                "missing because it was cut off; nothing was sent. Check that it plays, or export it again"
            )
        yield capture
    finally:
        capture.release()


def _refuse_what_is_no_video(path: Path) -> None:
    """Raise NotAVideo for what FFmpeg would block on, follow elsewhere, die of, or draw as if it were a film."""
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise NotAVideo(
            f"the name of {os.fsencode(path)!r} is not UTF-8, and the video library takes no other; nothing was sent. "
            "Rename it, or give a link to it"
        ) from error
    try:
        if not path.is_file():
            found = "is not a regular file" if path.exists() else "does not exist"
            raise NotAVideo(f"{path} {found}; nothing was sent. Give the path of a video file")
        beginning = _beginning(path)
    except OSError as error:
        raise NotAVideo(f"{path} cannot be read ({error.strerror}); nothing was sent. Check its permissions") from error
    if not beginning:
        raise NotAVideo(f"{path} is empty (0 bytes); nothing was sent. Copy or export the video again")
    if beginning.startswith(_PLAYLISTS) or _is_text(beginning):
        raise NotAVideo(f"{path} is a text file, not a video; nothing was sent. Give the video file itself")


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4096)


def _is_text(beginning: bytes) -> bool:
    if b"\0" in beginning:
        return False
    try:
        # Incremental: the read may have cut the last character in two.
        codecs.getincrementaldecoder("utf-8")().decode(beginning)
    except UnicodeDecodeError:
        return False
    return True


def _info(capture: cv2.VideoCapture, picture: NDArray[np.uint8]) -> VideoInfo:
    rate = capture.get(cv2.CAP_PROP_FPS)
    if not (math.isfinite(rate) and 0 < rate <= 1000):
        rate = _ASSUMED_FRAMES_PER_SECOND
    count = capture.get(cv2.CAP_PROP_FRAME_COUNT)
    # Without a length in the container OpenCV multiplies "unknown" by the rate and gets a huge or negative number.
    count = count if math.isfinite(count) and 0 < count / rate <= _LATEST_MEDIA_TIME_S else 0
    height, width = picture.shape[:2]
    return VideoInfo(count / rate, width, height, rate, int(count))


def _seek(capture: cv2.VideoCapture, time: float) -> bool:
    """Seek to just before a media time; False when the file cannot say that it got there."""
    if not capture.set(cv2.CAP_PROP_POS_MSEC, time * 1000) or not capture.grab():
        return False
    return bool(0 < capture.get(cv2.CAP_PROP_POS_MSEC) / 1000 <= time + _SEEK_AHEAD_S / 2)


def _early_end(path: Path, info: VideoInfo, last: float | None) -> float | None:
    """The last time reached, when the file was cut off and more than 2 s and 2 % of its announced length are missing.

    Of a container that does not say how long its file is, only the announced length is known.
    """
    reached = last or 0.0
    missing = info.duration_s - reached - 1 / info.frames_per_second
    if missing <= max(2.0, 0.02 * info.duration_s) or is_cut_off(path) is False:
        return None
    return reached
