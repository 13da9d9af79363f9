"""Reads slides, where the daemon's reader is installed."""

from __future__ import annotations

from collections.abc import Callable

import cv2

from hallscribe_export.calibration import Pictures

Read = Callable[[Pictures], list[str]]

# Less sure lines are mostly wrong. A passage is cut where it has so many words: texts are encoded as short passages.
_LEAST_CONFIDENCE, _WORDS = 0.7, 40
_QUALITY = 92


def reader() -> Read | None:
    """What reads the passages on a picture, uint8 (H, W, 3), RGB; None where rapidocr is not installed."""
    try:
        from hallscribed.adapters.models.ocr import RapidOcrReader
    except ModuleNotFoundError:
        return None
    ocr = RapidOcrReader()

    def read(picture: Pictures) -> list[str]:
        jpeg = cv2.imencode(".jpg", picture[..., ::-1], (cv2.IMWRITE_JPEG_QUALITY, _QUALITY))[1]
        lines = [line.text for line in ocr.read(jpeg.tobytes()) if line.confidence >= _LEAST_CONFIDENCE]
        return passages(lines)

    return read


def passages(lines: list[str]) -> list[str]:
    """The lines of a slide joined to passages."""
    words = " ".join(lines).split()
    return [" ".join(words[first : first + _WORDS]) for first in range(0, len(words), _WORDS)]
