"""Takes a camera's pictures, in a process of its own: a decoder may hang, or die of what a camera sends.

    stdin: one line of JSON, which is what _taken takes -> stdout: pictures, each as HEADER says, then its JPEG

What OpenCV and FFmpeg complain of goes to stderr. It is run as a file and imports nothing of ours, to start at once.
"""

from __future__ import annotations

import json
import os
import resource
import struct
import sys
import time
from collections.abc import Iterator

import cv2

# When the picture came, in seconds of the machine's CLOCK_MONOTONIC; the bytes of the JPEG; its width and height.
HEADER = struct.Struct("<dIII")

_PATIENCE_MS = 5000
_MEMORY_BYTES = 4 << 30


def _opened(address: str) -> cv2.VideoCapture:
    if "://" not in address:
        os.close(os.open(address, os.O_RDWR))  # says why, where it cannot be had
        return cv2.VideoCapture(address, cv2.CAP_V4L2)
    patience = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _PATIENCE_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, _PATIENCE_MS]
    return cv2.VideoCapture(address, cv2.CAP_FFMPEG, patience)


def _taken(address: str, every_s: float, longest_side: int, quality: int) -> Iterator[bytes]:
    """A picture every so often. All are taken from the camera, so that none of them waits and is old."""
    capture, due = _opened(address), 0.0
    while capture.grab():
        now = time.monotonic()
        if now < due:
            continue
        decoded, picture = capture.retrieve()
        if not decoded:
            continue
        # On the beat, unless it was missed.
        due = due + every_s if now - due < every_s / 2 else now + every_s
        height, width = picture.shape[:2]
        scale = longest_side / max(height, width)
        if scale < 1:
            width, height = max(1, round(width * scale)), max(1, round(height * scale))
            picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        jpeg = cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, quality))[1].tobytes()
        yield HEADER.pack(now, len(jpeg), width, height) + jpeg


def main() -> None:
    """Until the camera ends, or whoever reads the pictures does."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core would hold pictures
    cv2.setNumThreads(1)
    asked = json.loads(sys.stdin.readline())
    # What is printed to stdout, as OpenCV does with what FFmpeg says, goes where complaints go.
    with os.fdopen(os.dup(1), "wb") as pictures:
        os.dup2(2, 1)
        for picture in _taken(**asked):
            pictures.write(picture)
            pictures.flush()


if __name__ == "__main__":
    main()
