"""Pictures to calibrate and to measure with."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from hallscribe_export.calibration import CALIBRATING, HELD_OUT, Frames, read_frames, scaled
from hallscribed.adapters.models.bundle import default_encoder_path, load
from hallscribed.adapters.models.vjepa import VjepaEncoder

SIDE = 32


def pictures_in(folder: Path, count: int) -> Path:
    folder.mkdir()
    rng = np.random.default_rng(1)
    for number in range(count):
        cv2.imwrite(str(folder / f"{number:03}.png"), rng.integers(0, 255, (40, 60, 3), np.uint8))
    return folder


def shared(frames: Frames) -> int:
    held_out = {each.tobytes() for each in frames.held_out}
    return sum(each.tobytes() in held_out for each in frames.calibrating)


def test_the_built_in_lecture_is_the_same_every_time_and_never_in_both() -> None:
    frames = read_frames(None, SIDE)
    assert frames.calibrating.shape == (CALIBRATING, SIDE, SIDE, 3)
    assert frames.held_out.shape == (HELD_OUT, SIDE, SIDE, 3)
    assert shared(frames) == 0
    assert frames.sha256 == read_frames(None, SIDE).sha256
    assert frames.sha256 != read_frames(None, SIDE * 2).sha256


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path: Path) -> None:
    folder = pictures_in(tmp_path / "deck", 20)
    frames = read_frames(folder, SIDE)
    assert (len(frames.calibrating), len(frames.held_out)) == (8, 12)
    assert frames.count == 20
    assert frames.origin == "deck (a folder)"
    last = cv2.cvtColor(cv2.imread(str(folder / "019.png")), cv2.COLOR_BGR2RGB)
    assert np.array_equal(frames.held_out[-1], cv2.resize(last, (SIDE, SIDE), interpolation=cv2.INTER_AREA))
    assert shared(frames) == 0


def test_of_many_pictures_some_are_taken(tmp_path: Path) -> None:
    assert read_frames(pictures_in(tmp_path / "deck", 100), SIDE).count == CALIBRATING + HELD_OUT


def test_a_picture_that_comes_again_is_not_calibrated_with(tmp_path: Path) -> None:
    folder = pictures_in(tmp_path / "deck", 20)
    (folder / "000.png").write_bytes((folder / "019.png").read_bytes())
    frames = read_frames(folder, SIDE)
    assert (len(frames.calibrating), len(frames.held_out)) == (7, 12)


def test_a_video(tmp_path: Path) -> None:
    file = tmp_path / "talk.mp4"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"mp4v"), 5.0, (64, 48))
    for number in range(40):
        writer.write(np.full((48, 64, 3), 6 * number, np.uint8))
    writer.release()
    frames = read_frames(file, SIDE)
    assert frames.count == 40
    brightness = [float(each.mean()) for each in (*frames.calibrating, *frames.held_out)]
    assert brightness == sorted(brightness)


def test_what_cannot_be_used_is_refused_with_what_would_do(tmp_path: Path) -> None:
    few = pictures_in(tmp_path / "few", 3)
    with pytest.raises(ValueError, match=r"few holds 3 pictures.*at least 16"):
        read_frames(few, SIDE)
    broken = pictures_in(tmp_path / "broken", 20)
    (broken / "007.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"007\.png is no picture"):
        read_frames(broken, SIDE)
    (tmp_path / "talk.mp4").write_bytes(b"no video")
    with pytest.raises(ValueError, match=r"talk\.mp4 is no video"):
        read_frames(tmp_path / "talk.mp4", SIDE)
    same = pictures_in(tmp_path / "same", 20)
    for file in same.iterdir():
        file.write_bytes((same / "000.png").read_bytes())
    with pytest.raises(ValueError, match="one picture only"):
        read_frames(same, SIDE)


def test_inputs_are_those_that_the_daemon_makes() -> None:
    bundle = load(default_encoder_path())
    taken: list[np.ndarray] = []

    class Runtime:
        name = "none"

        def run(self, feeds: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
            taken.extend(feeds.values())
            return {"pooled": np.ones((1, bundle.space.dimensions), np.float32)}

    picture = np.random.default_rng(1).integers(0, 255, (bundle.size, bundle.size, 3), np.uint8)
    VjepaEncoder(bundle, Runtime()).encode([picture])  # type: ignore[arg-type]
    assert np.array_equal(taken[0][0], scaled(picture))
