from __future__ import annotations

import os
import signal
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest

from hallscribed.adapters.source.file import FileSource
from hallscribed.domain.errors import InvalidRequest, Reason, Unavailable


def write_video(path: Path, seconds: int, brightness: int = 20) -> Path:
    """Five frames a second, each second brighter than the one before."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 5, (160, 90))
    noise = np.random.default_rng(1)
    for number in range(5 * seconds):
        picture = noise.integers(0, 60, (90, 160, 3), dtype=np.uint8)
        writer.write(picture + np.uint8(min(190, brightness + 10 * (number // 5))))
    writer.release()
    return path


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("video") / "film.avi", 8)


@contextmanager
def opened(path: Path, patience_s: float = 30.0) -> Iterator[FileSource]:
    source = FileSource(str(path), [path.parent], patience_s=patience_s)
    try:
        yield source
    finally:
        source.close()


def is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def test_frames_once_a_second_with_positions_from_the_caller(film: Path) -> None:
    with opened(film) as source:
        assert source.duration_s == pytest.approx(8.0, abs=0.2)
        frames = list(source.frames(41))
        assert [frame.position for frame in frames] == list(range(41, 49))
        assert [frame.media_time for frame in frames] == pytest.approx(range(8))
        picture = cv2.imdecode(np.frombuffer(frames[0].data, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        assert picture.shape == (90, 160, 3)
        assert source.ended_early_at_s is None
        assert is_gone(source.pid)


def test_goes_on_after_a_media_time(film: Path) -> None:
    with opened(film) as source:
        frames = list(source.frames(6, after_s=4.0))
    assert [frame.media_time for frame in frames] == pytest.approx([5, 6, 7])
    assert frames[0].position == 6


def test_reads_what_was_checked_whatever_bears_its_name_now(tmp_path: Path) -> None:
    film = write_video(tmp_path / "film.avi", 2, brightness=0)
    other = write_video(tmp_path / "other.avi", 4, brightness=180)
    with opened(film) as source:
        other.replace(film)
        frames = list(source.frames(1))
    pictures = [cv2.imdecode(np.frombuffer(frame.data, np.uint8), cv2.IMREAD_GRAYSCALE) for frame in frames]
    assert len(frames) == 2
    assert pictures[0] is not None
    assert pictures[0].mean() < 100


def test_a_video_cut_in_half_gives_what_decodes(film: Path, tmp_path: Path) -> None:
    half = tmp_path / "half.avi"
    half.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
    with opened(half) as source:
        frames = list(source.frames(1))
        assert 2 <= len(frames) <= 6
        assert source.ended_early_at_s is not None
        assert source.ended_early_at_s == pytest.approx(frames[-1].media_time, abs=1.0)


def test_what_is_no_video_is_refused_by_its_own_name(tmp_path: Path) -> None:
    text = tmp_path / "notes.mp4"
    text.write_text("these are notes\n" * 100)
    sound = tmp_path / "sound.wav"
    with wave.open(str(sound), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\1\2" * 8000)
    for path in (text, sound):
        with pytest.raises(InvalidRequest) as caught:
            FileSource(str(path), [tmp_path])
        assert caught.value.reason is Reason.NOT_A_VIDEO
        assert str(path) in caught.value.message
        assert "/proc" not in caught.value.message


def test_a_file_outside_the_roots_starts_no_process(film: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest) as caught:
        FileSource(str(film), [tmp_path])
    assert caught.value.reason is Reason.SOURCE_NOT_ALLOWED


def test_a_child_that_hangs_is_killed(film: Path) -> None:
    with opened(film, patience_s=1.0) as source:
        frames = source.frames(1)
        assert next(frames).position == 1
        os.kill(source.pid, signal.SIGSTOP)
        with pytest.raises(Unavailable) as caught:
            list(frames)
        assert caught.value.reason is Reason.WORKER_LOST
        assert is_gone(source.pid)


def test_a_child_that_dies_is_told(film: Path) -> None:
    with opened(film) as source:
        frames = source.frames(1)
        next(frames)
        os.kill(source.pid, signal.SIGKILL)
        with pytest.raises(Unavailable, match="attach it again"):
            list(frames)


def test_closing_ends_the_frames_and_the_child(film: Path) -> None:
    with opened(film) as source:
        frames = source.frames(1)
        next(frames)
        source.close()
        source.close()
        assert list(frames) == []
        deadline = time.monotonic() + 5
        while not is_gone(source.pid) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert is_gone(source.pid)
