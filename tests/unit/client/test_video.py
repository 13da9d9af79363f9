"""Video files, good and bad, as the client reads them."""

from __future__ import annotations

import itertools
import math
import os
import wave
from pathlib import Path

import cv2
import numpy as np
import pytest

from hallscribe.video import MediaClock, NotAVideo, probe_video, sample_video


def write_video(path: Path, codec: str, rate: float, seconds: float, size: tuple[int, int] = (160, 90)) -> Path:
    """A film whose brightness says its second."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), rate, size)
    noise = np.random.default_rng(1)
    for number in range(round(seconds * rate)):
        picture = noise.integers(0, 60, (size[1], size[0], 3), dtype=np.uint8)
        writer.write(picture + np.uint8(min(195, 10 * int(number / rate))))
    writer.release()
    return path


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("video") / "film.avi", "MJPG", 10, 8)


def test_one_frame_a_second_each_at_its_time(film: Path) -> None:
    frames = list(sample_video(film))
    assert [frame.media_time_s for frame in frames] == pytest.approx(range(8))
    brightness = [cv2.imdecode(np.frombuffer(frame.jpeg, np.uint8), 0).mean() for frame in frames]
    assert brightness == sorted(brightness)
    assert brightness[-1] - brightness[0] == pytest.approx(70, abs=5)


def test_more_frames_than_the_video_has_yields_all(film: Path) -> None:
    assert len(list(sample_video(film, frames_per_second=1000))) == 80


def test_going_on_after_a_time_gives_the_frames_that_were_missing(film: Path) -> None:
    everything = [frame.media_time_s for frame in sample_video(film)]
    rest = [frame.media_time_s for frame in sample_video(film, start_after_s=everything[3])]
    assert rest == everything[4:]


def test_going_on_far_into_a_file_finds_the_same_frames_as_reading_it_all(tmp_path: Path) -> None:
    path = write_video(tmp_path / "long.mp4", "mp4v", 5, 60, (64, 36))
    everything = [frame.media_time_s for frame in sample_video(path)]
    assert len(everything) == 60
    assert [frame.media_time_s for frame in sample_video(path, start_after_s=40.0)] == everything[41:]


def test_what_a_file_says_about_itself(film: Path) -> None:
    info = probe_video(film)
    assert (info.width, info.height, info.frame_count) == (160, 90, 80)
    assert (info.duration_s, info.frames_per_second) == pytest.approx((8.0, 10.0))


@pytest.mark.parametrize(("name", "codec"), [("film.mp4", "mp4v"), ("film.webm", "VP80"), ("film.mkv", "MJPG")])
def test_containers(tmp_path: Path, name: str, codec: str) -> None:
    path = write_video(tmp_path / name, codec, 10, 3)
    assert [round(frame.media_time_s) for frame in sample_video(path)] == [0, 1, 2]


def test_an_animated_gif_is_a_video(tmp_path: Path) -> None:
    animation = cv2.Animation()
    animation.frames = [np.full((40, 60, 3), 20 * number, np.uint8) for number in range(6)]
    animation.durations = [500] * 6
    assert cv2.imwriteanimation(str(tmp_path / "a.gif"), animation)
    assert [frame.media_time_s for frame in sample_video(tmp_path / "a.gif")] == pytest.approx([0, 1, 2])


def write_recording(path: Path, shown: dict[float, int], lasts_s: float) -> Path:
    """A recording that has a frame only where something changes: brightness by time in seconds, in Motion JPEG."""
    animation = cv2.Animation()
    times = [*shown, lasts_s]
    animation.frames = [np.full((40, 60, 3), level, np.uint8) for level in shown.values()]
    animation.durations = [round(1000 * (after - time)) for time, after in itertools.pairwise(times)]
    assert cv2.imwriteanimation(str(path), animation)
    return path


def levels(path: Path, **options: float) -> list[tuple[int, int]]:
    frames = sample_video(path, **options)
    pictures = [(frame.media_time_s, cv2.imdecode(np.frombuffer(frame.jpeg, np.uint8), 0)) for frame in frames]
    return [(round(time), 50 * round(float(picture.mean()) / 50)) for time, picture in pictures]


def test_a_recorder_that_writes_only_what_changes_leaves_no_second_without_a_picture(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "a.gif", {0.0: 50, 0.3: 100, 15.2: 150, 20.0: 200}, 30.0)
    shown = levels(path)
    assert [time for time, _ in shown] == list(range(30))
    # What stays is the last that was shown in a second, not the first.
    assert [level for _, level in shown] == [50, *[100] * 14, *[150] * 5, *[200] * 10]


def test_a_pause_that_was_cut_off_is_gone_on_with(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "a.gif", {0.0: 50, 0.3: 100, 15.2: 150, 20.0: 200}, 30.0)
    assert levels(path, start_after_s=10.0) == [entry for entry in levels(path) if entry[0] > 10]


def test_pictures_are_made_smaller_never_larger(film: Path) -> None:
    small = next(sample_video(film, longest_side=80))
    assert (small.width, small.height) == (80, 45)
    assert cv2.imdecode(np.frombuffer(small.jpeg, np.uint8), 1).shape == (45, 80, 3)
    same = next(sample_video(film, longest_side=4000))
    assert (same.width, same.height) == (160, 90)


def test_a_file_cut_in_half_yields_what_it_has_and_says_where_it_ended(film: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.avi"
    cut.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
    frames = sample_video(cut)
    assert frames.ended_early_at_s is None
    times = [frame.media_time_s for frame in frames]
    assert 2 <= len(times) <= 5
    assert frames.ended_early_at_s is not None
    assert times[-1] <= frames.ended_early_at_s < 5


def test_a_whole_file_did_not_end_early(film: Path) -> None:
    frames = sample_video(film)
    assert len(list(frames)) == 8
    assert frames.ended_early_at_s is None


def bad_files(folder: Path) -> dict[str, tuple[Path, str]]:
    """Files that are no videos, and a word of what is said about each."""
    files = {
        name: (folder / name, word)
        for name, word in {
            "missing.mp4": "does not exist",
            "empty.mp4": "0 bytes",
            "words.txt": "text file",
            "words.mp4": "text file",
            "list.m3u8": "text file",
            "hidden.m3u8": "text file",
            "sound.wav": "no video",
            "noise.mp4": "no video",
            "picture.jpg": "still picture",
            "pipe.mp4": "not a regular file",
        }.items()
    }
    (folder / "empty.mp4").touch()
    for name in ("words.txt", "words.mp4"):
        (folder / name).write_text("Schöne Worte, aber kein Film.\n" * 300, encoding="utf-8")
    (folder / "list.m3u8").write_text("#EXTM3U\n#EXTINF:10,\n/etc/hosts\n")
    (folder / "hidden.m3u8").write_bytes(b"#EXTM3U\n#EXTINF:10,\n/etc/hosts\n\0")
    with wave.open(str(folder / "sound.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(np.zeros(8000, np.int16).tobytes())
    (folder / "noise.mp4").write_bytes(np.random.default_rng(2).bytes(20_000))
    cv2.imwrite(str(folder / "picture.jpg"), np.zeros((60, 80, 3), np.uint8))
    os.mkfifo(folder / "pipe.mp4")
    return files


def test_what_is_no_video_is_refused_with_a_reason(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for path, word in bad_files(tmp_path).values():
        for read in (probe_video, sample_video):
            with pytest.raises(NotAVideo, match=word):
                read(path)
    assert capfd.readouterr() == ("", ""), "libraries must not write to the terminal"


def test_a_folder_is_no_video(tmp_path: Path) -> None:
    with pytest.raises(NotAVideo, match="not UTF-8"):
        probe_video(tmp_path / "caf\udce9.mp4")
    with pytest.raises(NotAVideo, match="not a regular file"):
        probe_video(tmp_path)


@pytest.mark.parametrize("rate", [0.0, -1.0, math.nan, math.inf])
def test_a_senseless_rate_is_refused(film: Path, rate: float) -> None:
    with pytest.raises(ValueError, match="frames_per_second"):
        sample_video(film, frames_per_second=rate)


@pytest.mark.parametrize(
    ("presented", "expected"),
    [
        ([0, 0.5, 1.0, 1.5], [0, 0.5, 1.0, 1.5]),
        ([0, 0, 0, 0], [0, 0.25, 0.5, 0.75]),
        ([3.0, 3.2, 0.0, 0.1], [3.0, 3.2, 3.45, 3.7]),
        ([math.nan, 0.1, 1e9, 0.5], [0, 0.1, 0.35, 0.5]),
        ([0, 7.0, 7.0, 7.1], [0, 7.0, 7.25, 7.5]),
    ],
    ids=["followed", "missing", "restarting", "senseless", "repeated"],
)
def test_media_time_always_grows(presented: list[float], expected: list[float]) -> None:
    clock = MediaClock(frames_per_second=4)
    times = [clock.advance(time) for time in presented]
    assert times == pytest.approx(expected)
    assert all(after > before for before, after in itertools.pairwise(times))
