from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from hallscribe_export.train import recordings
from hallscribe_export.train.material import find_material
from hallscribe_export.train.reading import passages
from hallscribe_export.train.recordings import each_second, read_captions
from support.shards import picture

VTT = """WEBVTT

00:00:00.000 --> 00:00:02.000
This is a red page

00:00:02.000 --> 00:00:04.000
with a panel on it.

00:00:30.000 --> 00:00:33.000
Now it is lime.
"""
RATE = 5.0


def film(file: Path, looks: list[tuple[str, str, int]]) -> Path:
    """A video that shows each look for so many seconds."""
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter_fourcc(*"mp4v"), RATE, (160, 90))
    for colour, shape, seconds in looks:
        for number in range(int(seconds * RATE)):
            writer.write(np.ascontiguousarray(picture(colour, shape, number)[..., ::-1]))
    writer.release()
    return file


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A recording of a red page for 20 seconds and a lime one for 20; slides are not read."""
    film(tmp_path / "talk.mp4", [("red", "panel", 20), ("lime", "beam", 20)])
    (tmp_path / "talk.vtt").write_text(VTT)
    monkeypatch.setattr(recordings, "reader", lambda: None)
    return tmp_path


def test_a_frame_goes_with_what_is_said_near_it(folder: Path) -> None:
    (part,) = find_material(folder).parts
    shown = list(part.read())
    by_look = {name: [each for each in shown if each.look == name] for name in ("talk 1", "talk 2")}
    assert {len(each) for each in by_look.values()} <= {1, 2}
    said = {text.text for each in by_look["talk 1"] for text in each.texts}
    assert said == {"This is a red page with a panel on it."}
    assert {text.text for each in by_look["talk 2"] for text in each.texts} == {"Now it is lime."}
    assert np.abs(by_look["talk 1"][0].picture.mean((0, 1)) - (150, 20, 20)).max() < 40
    assert all(not each.facts and each.lecture == "talk" and not each.split for each in shown)


def test_what_is_read_on_a_slide_goes_with_it_and_each_slide_is_read_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def read(pixels: np.ndarray) -> list[str]:
        seen.append(pixels.mean(axis=(0, 1)))
        return [f"slide {len(seen)}"]

    monkeypatch.setattr(recordings, "reader", lambda: read)
    material = find_material(folder)
    texts = [{text.text for text in each.texts} for each in material.parts[0].read()]
    assert len(seen) == 2
    assert {"This is a red page with a panel on it.", "slide 1"} in texts
    assert {"Now it is lime.", "slide 2"} in texts
    assert material.notes == ()


def test_its_user_is_told_what_is_left_out(folder: Path) -> None:
    film(folder / "silent.mp4", [("pink", "ball", 2)])
    material = find_material(folder)
    assert [part.name for part in material.parts] == ["talk"]
    assert any("silent.mp4" in note for note in material.notes)
    assert any("rapidocr is not installed" in note for note in material.notes)


def test_other_captions_are_another_recording(folder: Path) -> None:
    before = find_material(folder).parts[0].sha256
    assert find_material(folder).parts[0].sha256 == before
    (folder / "talk.vtt").write_text(VTT.replace("lime", "green"))
    assert find_material(folder).parts[0].sha256 != before


def test_the_three_kinds_of_captions_say_the_same(tmp_path: Path) -> None:
    srt = "1\n00:00:01,000 --> 00:00:02,500\nOne & two.\n\n2\n00:00:03,000 --> 00:00:04,000\nThree\n"
    sbv = "0:00:01.000,0:00:02.500\nOne & two.\n\n0:00:03.000,0:00:04.000\nThree\n"
    vtt = "WEBVTT\n\n00:01.000 --> 00:02.500\nOne &amp; two.\n\n00:03.000 --> 00:04.000\nThree\n"
    said = []
    for name, text in (("a.srt", srt), ("a.sbv", sbv), ("a.vtt", vtt), ("b.sbv", sbv.replace("\n", "\r\n"))):
        (tmp_path / name).write_bytes(text.encode())
        said.append([(each.start, each.end, each.text) for each in read_captions(tmp_path / name)])
    assert said == [[(1.0, 2.5, "One & two."), (3.0, 4.0, "Three")]] * 4


@pytest.mark.parametrize(
    ("video", "captions"),
    [("TALK.MP4", "TALK.VTT"), ("TALK.MP4", "TALK.srt"), ("talk.mp4", "talk.Vtt"), ("Talk.mp4", "Talk.mp4.SRT")],
)
def test_endings_are_alike_in_capitals(folder: Path, video: str, captions: str) -> None:
    (folder / "talk.mp4").rename(folder / video)
    (folder / "talk.vtt").rename(folder / captions)
    (folder / "other.VTT").write_text(VTT)
    (part,) = find_material(folder).parts
    assert part.name == Path(video).stem


def test_damaged_captions_are_refused_by_name(folder: Path) -> None:
    (folder / "talk.vtt").write_text("WEBVTT\n\nno cue at all\n")
    with pytest.raises(ValueError, match=r"talk\.vtt cannot be read as captions") as caught:
        list(find_material(folder).parts[0].read())
    assert "(captions, line 3: " in str(caught.value)
    assert str(caught.value).endswith("mend it, or take it away")
    assert "send it again" not in str(caught.value), "what the daemon says of captions that were sent"


def test_a_file_that_is_no_video_is_refused_by_name(folder: Path) -> None:
    (folder / "talk.mp4").write_bytes(b"no video")
    with pytest.raises(ValueError, match=r"talk\.mp4 is no video"):
        list(find_material(folder).parts[0].read())


def test_frames_are_a_second_apart(folder: Path) -> None:
    times = [time_s for time_s, _ in each_second(folder / "talk.mp4")]
    assert times == pytest.approx(list(range(40)), abs=1 / RATE)


def test_frames_are_of_the_time_at_which_they_are_shown(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Uneven:
        """Thirty frames a second by its own word, of which a third is there, as a shared screen has it."""

        def __init__(self, _: str) -> None:
            self.taken = 0

        def isOpened(self) -> bool:  # noqa: N802
            return True

        def get(self, what: int) -> float:
            return 30.0 if what == cv2.CAP_PROP_FPS else 100.0 * (self.taken - 1)

        def grab(self) -> bool:
            self.taken += 1
            return self.taken <= 100

        def retrieve(self) -> tuple[bool, np.ndarray]:
            return True, np.full((4, 4, 3), self.taken, np.uint8)

        def release(self) -> None:
            pass

    monkeypatch.setattr(recordings.cv2, "VideoCapture", Uneven)
    shown = [(time_s, int(picture[0, 0, 0])) for time_s, picture in each_second(folder / "talk.mp4")]
    assert shown == [(float(second), 10 * second + 1) for second in range(10)]


def test_a_folder_without_anything_says_what_would_do(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"talk\.vtt"):
        find_material(tmp_path)
    with pytest.raises(ValueError, match="render-lectures"):
        find_material(tmp_path / "absent")


def test_the_lines_of_a_slide_become_passages() -> None:
    assert passages(["Sorting", "in place"]) == ["Sorting in place"]
    assert [len(each.split()) for each in passages(["word"] * 100)] == [40, 40, 20]
    assert passages([]) == []
