from __future__ import annotations

import logging
import socket
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from hallscribed.adapters.models.ocr import RapidOcrReader

WIDTH, HEIGHT = 960, 540


@pytest.fixture(scope="module")
def reader() -> Iterator[RapidOcrReader]:
    """A reader, in a process that refuses to reach any network."""

    def refuse(*_: object) -> None:
        raise AssertionError("the reader went to the network")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        yield RapidOcrReader(threads=1)


def slide(lines: Sequence[tuple[str, int, int]], size: tuple[int, int] = (WIDTH, HEIGHT)) -> NDArray[np.uint8]:
    """A slide with (text, x, y) lines."""
    picture = np.full((size[1], size[0], 3), 245, np.uint8)
    for text, x, y in lines:
        cv2.putText(picture, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (40, 30, 30), 2, cv2.LINE_AA)
    return picture


def jpeg(picture: NDArray[np.uint8]) -> bytes:
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()


def test_reads_lines_with_their_places(reader: RapidOcrReader) -> None:
    lines = reader.read(jpeg(slide([("Matrix products", 60, 80), ("rows times columns", 100, 300)])))
    assert [line.text.lower() for line in lines] == ["matrix products", "rows times columns"]
    title = lines[0]
    assert title.confidence > 0.8
    assert 0.02 < title.left < 0.10
    assert 0.06 < title.top < title.bottom < 0.22


def test_finishes_a_column_before_the_next(reader: RapidOcrReader) -> None:
    left = [("left column one", 40, 200), ("left column two", 40, 260), ("left column three", 40, 320)]
    right = [("right column one", 520, 200), ("right column two", 520, 260), ("right column three", 520, 320)]
    lines = reader.read(jpeg(slide([*right, *left, ("A title over both of the columns", 160, 80)])))
    said = [line.text.lower().split()[0] for line in lines]
    assert said == ["a", "left", "left", "left", "right", "right", "right"]


def test_a_picture_without_text_has_no_lines(reader: RapidOcrReader, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        assert reader.read(jpeg(slide([]))) == []
    assert not [record for record in caplog.records if record.name == "RapidOCR"]


def test_a_tiny_and_a_large_picture(reader: RapidOcrReader) -> None:
    assert reader.read(jpeg(np.zeros((1, 1, 3), np.uint8))) == []
    large = cv2.resize(slide([("gradient descent", 60, 200)]), (3840, 2160))
    (line,) = reader.read(jpeg(large))
    assert line.text.lower() == "gradient descent"
    assert 0 <= line.left < line.right <= 1


@pytest.mark.parametrize("data", [b"", b"no picture", jpeg(slide([("cut", 60, 200)]))[:700]])
def test_what_is_no_picture_is_said(reader: RapidOcrReader, data: bytes) -> None:
    with pytest.raises(RuntimeError, match="cannot be decoded"):
        reader.read(data)


def test_a_header_that_promises_too_much_is_not_decoded(reader: RapidOcrReader) -> None:
    data = bytearray(cv2.imencode(".png", slide([]))[1].tobytes())
    data[16:24] = (9000).to_bytes(4, "big") + (9000).to_bytes(4, "big")
    with pytest.raises(RuntimeError):
        reader.read(bytes(data))
