"""Which files were cut off, by their own account."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from hallscribe.container import is_cut_off
from hallscribe.video import sample_video


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp4", "mp4v"), ("a.avi", "MJPG"), ("a.webm", "VP80"), ("a.mkv", "MJPG")]
)
def test_whole_and_cut_files(tmp_path: Path, name: str, codec: str) -> None:
    path = tmp_path / name
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), 10, (64, 36))
    noise = np.random.default_rng(1)
    for _ in range(20):
        writer.write(noise.integers(0, 255, (36, 64, 3), dtype=np.uint8))
    writer.release()
    whole = path.read_bytes()
    assert is_cut_off(path) is False
    for share in (0.2, 0.5, 0.9):
        path.write_bytes(whole[: round(len(whole) * share)])
        assert is_cut_off(path) is True
    path.write_bytes(whole[:-1])
    assert is_cut_off(path) is True


def box(kind: bytes, payload: bytes) -> bytes:
    return (8 + len(payload)).to_bytes(4, "big") + kind + payload


@pytest.mark.parametrize(
    ("content", "cut"),
    [
        (box(b"ftyp", b"isom") + box(b"mdat", b"x" * 9), False),
        (box(b"ftyp", b"isom") + b"\0\0\0\1mdat" + (20).to_bytes(8, "big") + b"xxxx", False),
        (box(b"ftyp", b"isom") + b"\0\0\0\1mdat" + (1 << 40).to_bytes(8, "big") + b"xxxx", True),
        (box(b"ftyp", b"isom") + b"\0\0\0\0mdatxxxx", False),
        (box(b"ftyp", b"isom") + b"\0\0\0\3mdat", True),
        (b"RIFF" + (4).to_bytes(4, "little") + b"AVI " + b"RIFF" + (4).to_bytes(4, "little") + b"AVIX", False),
        (b"RIFF" + (4).to_bytes(4, "little") + b"AVI " + b"RIFF" + (5).to_bytes(4, "little") + b"AV", True),
        (b"RIFF" + (4).to_bytes(4, "little") + b"AVI " + b"appended", False),
        (b"\x1a\x45\xdf\xa3\x81x\x18\x53\x80\x67\x84abcd", False),
        (b"\x1a\x45\xdf\xa3\x81x\x18\x53\x80\x67\x40\x05abcd", True),
        (b"\x1a\x45\xdf\xa3\x81x\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xffabcd", None),
        (b"\x1a\x45\xdf\xa3", None),
        (b"GIF89a, which says nothing of its length", None),
        (b"", None),
    ],
)
def test_by_the_byte(tmp_path: Path, content: bytes, cut: bool | None) -> None:
    (tmp_path / "file").write_bytes(content)
    assert is_cut_off(tmp_path / "file") is cut


def test_a_whole_file_that_announces_too_much_did_not_end_early(tmp_path: Path) -> None:
    """As one with an edit list does: its index counts frames that are never shown."""
    path = tmp_path / "a.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 36))
    for _ in range(50):
        writer.write(np.zeros((36, 64, 3), np.uint8))
    writer.release()
    content = bytearray(path.read_bytes())
    # The header's frame counts: dwTotalFrames of avih and dwLength of strh.
    for name, place in ((b"avih", 8 + 16), (b"strh", 8 + 32)):
        at = content.index(name) + place
        assert int.from_bytes(content[at : at + 4], "little") == 50
        content[at : at + 4] = (500).to_bytes(4, "little")
    path.write_bytes(content)
    frames = sample_video(path)
    assert len(list(frames)) == 5
    assert frames.info.duration_s > 40
    assert frames.ended_early_at_s is None
