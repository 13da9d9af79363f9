"""A camera's picture into a lecture, one frame a second, until Ctrl-C; then the lecture is finished.

    python camera.py rtsp://192.0.2.7/stream --lecture algebra-1
    python camera.py /dev/video0 --lecture algebra-1

A camera that goes away is opened again, and a daemon that restarts is waited for, however long that takes; a second
Ctrl-C ends also that. Run again with --keep-open, it goes on with the lecture.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import signal
import sys
import threading
import time
from collections.abc import Iterator

import cv2

import hallscribe

EVERY_S = 1.0
OPENED_AGAIN_AFTER_S = (1.0, 2.0, 5.0, 10.0, 30.0)
STALLED_MS = 5000
QUALITY = 90


def opened(camera: str) -> cv2.VideoCapture:
    """The camera; a stream that stalls is given up after five seconds."""
    if "://" not in camera:
        return cv2.VideoCapture(camera)
    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, STALLED_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, STALLED_MS]
    return cv2.VideoCapture(camera, cv2.CAP_FFMPEG, limits)


def frames(camera: str, start: hallscribe.StreamStart, stopping: threading.Event) -> Iterator[hallscribe.Frame]:
    """A frame a second, with its time since the lecture's start. All pictures are taken, so that none waits."""
    last = start.last_media_time_s
    begun = time.monotonic() - (0.0 if last is None else last + EVERY_S)
    due, failures = 0.0, 0
    while not stopping.is_set():
        capture = opened(camera)
        while capture.grab() and not stopping.is_set():
            media_time_s = time.monotonic() - begun
            if media_time_s < due:
                continue
            taken, picture = capture.retrieve()
            if taken:
                jpeg = cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, QUALITY))[1].tobytes()
                yield hallscribe.Frame(media_time_s, jpeg, hallscribe.ImageFormat.JPEG)
                due, failures = media_time_s + EVERY_S, 0
        capture.release()
        if not stopping.is_set():
            wait_s = OPENED_AGAIN_AFTER_S[min(failures, len(OPENED_AGAIN_AFTER_S) - 1)]
            print(f"\nno picture from the camera; it is opened again in {wait_s:.0f} s", file=sys.stderr)
            failures += 1
            stopping.wait(wait_s)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Push a camera's picture to a lecture, one frame a second.")
    parser.add_argument("camera", help="an address (rtsp://...) or a device (/dev/video0)")
    parser.add_argument("--lecture", required=True, help="the lecture's id; made if there is none")
    parser.add_argument("--target", help="where the daemon is, if not at its usual socket")
    parser.add_argument("--keep-open", action="store_true", help="do not finish the lecture at the end")
    asked = parser.parse_args()
    stopping = threading.Event()

    def stop(number: int, _: object) -> None:
        stopping.set()
        signal.signal(number, signal.SIG_DFL)  # a second one ends it at once, as while the daemon is away

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    with hallscribe.Client(asked.target) as client:
        with contextlib.suppress(hallscribe.AlreadyExists):
            client.create_lecture(asked.lecture)
        pushing = client.push(
            asked.lecture,
            lambda start: frames(asked.camera, start, stopping),
            # Others are told it; an address may hold a password.
            producer_id=f"camera {hashlib.sha256(asked.camera.encode()).hexdigest()[:16]}",
            retry_for_s=None,
        )
        for progress in pushing:
            print(f"\r{progress.durable_position} frames are durable {progress.trouble}", end="", file=sys.stderr)
        print(file=sys.stderr)
        if not asked.keep_open:
            client.finish_lecture(asked.lecture)


if __name__ == "__main__":
    main()
