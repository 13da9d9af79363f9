"""Pictures for an encoder's export: some to calibrate INT8 with, others, held out, to measure what it changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from hallscribed.adapters.models.manifest import Manifest

Pictures = NDArray[np.uint8]

# Of the pictures with which the published checkpoints were trained, for values scaled to 0..1, R, G, B.
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
CALIBRATING, HELD_OUT = 24, 36
# Fewer would leave nothing to compare the ten nearest with.
_LEAST = 16
_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
_BUILT_IN = "the built-in lecture"


@dataclass(frozen=True, slots=True)
class Frames:
    """Pictures in the order in which they were shown, the whole of each stretched to the input's side S.

    Attributes:
        origin: where they are from; never a path of this machine.
        calibrating, held_out: uint8 (N, S, S, 3), RGB; no picture is in both.
    """

    origin: str
    calibrating: Pictures
    held_out: Pictures

    @property
    def count(self) -> int:
        """Of both."""
        return len(self.calibrating) + len(self.held_out)

    @property
    def sha256(self) -> str:
        """Of all pixels, those for calibration first."""
        return hashlib.sha256(self.calibrating.tobytes() + self.held_out.tobytes()).hexdigest()


def read_frames(source: Path | None, side: int) -> Frames:
    """The pictures of a folder (by name), a video, or the lecture that is built in.

    What comes first calibrates, the rest is held out: so a slide is seldom in both, as it would be if they took turns.

    Raises:
        ValueError: there are too few pictures, or one cannot be read; the message says what would do.
    """
    if source is None:
        return _split(_BUILT_IN, _lecture(side))
    if source.is_dir():
        return _split(f"{source.name} (a folder)", _folder(source, side))
    return _split(f"{source.name} (a video)", _video(source, side))


def _split(origin: str, pictures: list[Pictures]) -> Frames:
    first = len(pictures) * CALIBRATING // (CALIBRATING + HELD_OUT)
    held_out = np.stack(pictures[first:])
    seen = {picture.tobytes() for picture in held_out}
    calibrating = [picture for picture in pictures[:first] if picture.tobytes() not in seen]
    if not calibrating:
        raise ValueError(f"{origin} shows one picture only: give pictures that differ, such as a whole lecture")
    return Frames(origin, np.stack(calibrating), held_out)


def stretched(picture: Pictures, side: int) -> Pictures:
    """BGR uint8 (H, W, 3) to RGB uint8 (side, side, 3), scaled as the daemon does."""
    shrinks = picture.shape[0] > side or picture.shape[1] > side
    small = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2RGB), np.uint8)


def scaled(picture: Pictures) -> NDArray[np.float32]:
    """RGB uint8 (..., S, S, 3) to what the encoder takes, float32 (..., 3, S, S)."""
    mean, std = np.asarray(IMAGENET_MEAN), np.asarray(IMAGENET_STD)
    values = picture.astype(np.float32) * (1.0 / (255.0 * std)).astype(np.float32) - (mean / std).astype(np.float32)
    return np.ascontiguousarray(np.moveaxis(values, -1, -3), np.float32)


def calibration_inputs(side: int) -> Iterator[NDArray[np.float32]]:
    """The built-in lecture's pictures for calibration as inputs, each float32 (1, 3, side, side)."""
    for picture in read_frames(None, side).calibrating:
        yield scaled(picture)[None]


def prepared_pictures(manifest: Manifest, count: int) -> Iterator[NDArray[np.float32]]:
    """So many of its pictures that are held out, as inputs of a bundle that takes single pictures.

    ValueError when it takes something else.
    """
    picture = manifest.picture
    if picture is None or picture.frames != 1:
        raise ValueError(f"a bundle of {manifest.model_id} takes no single pictures")
    held_out = read_frames(None, picture.size).held_out
    for number in np.linspace(0, len(held_out) - 1, count).round().astype(int):
        yield scaled(held_out[number])[None]


def _even(total: int) -> list[int]:
    """At most as many numbers below ``total`` as are wanted, evenly spread."""
    wanted = min(total, CALIBRATING + HELD_OUT)
    return [int((place + 0.5) * total / wanted) for place in range(wanted)]


def _lecture(side: int) -> list[Pictures]:
    """The lecture that ``make demo`` shows, in equal steps of time."""
    try:
        from hallscribe.demo.lecture import DURATION_S
        from hallscribe.demo.sample import LectureFilm
    except ModuleNotFoundError as error:
        raise ValueError(
            f"the built-in lecture is drawn with {error.name}, which is not installed: run make setup-export again, "
            "or give pictures of your own with --calibration"
        ) from error
    film, count = LectureFilm(), CALIBRATING + HELD_OUT
    times = [(number + 0.5) * DURATION_S / count for number in range(count)]
    return [stretched(film.frame(time, number), side) for number, time in enumerate(times)]


def _folder(folder: Path, side: int) -> list[Pictures]:
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in _SUFFIXES)
    if len(files) < _LEAST:
        raise ValueError(
            f"{folder} holds {len(files)} pictures ({', '.join(_SUFFIXES)}): give at least {_LEAST}, better "
            f"{CALIBRATING + HELD_OUT}, such as frames of a lecture in the order in which they were shown"
        )
    pictures = []
    for number in _even(len(files)):
        picture = cv2.imread(str(files[number]), cv2.IMREAD_COLOR)
        if picture is None:
            raise ValueError(f"{files[number]} is no picture that can be read: remove it, or give another folder")
        pictures.append(stretched(np.asarray(picture, np.uint8), side))
    return pictures


def _video(file: Path, side: int) -> list[Pictures]:
    video = cv2.VideoCapture(str(file))
    pictures: list[Pictures] = []
    try:
        total = int(video.get(cv2.CAP_PROP_FRAME_COUNT)) if video.isOpened() else 0
        for number in _even(total) if total > 0 else []:
            video.set(cv2.CAP_PROP_POS_FRAMES, number)
            read, picture = video.read()
            # Some files count frames at their end that cannot be decoded.
            if read:
                pictures.append(stretched(np.asarray(picture, np.uint8), side))
    finally:
        video.release()
    if len(pictures) < _LEAST:
        raise ValueError(
            f"{file} is no video of which {_LEAST} frames can be read ({len(pictures)} were): give a longer one, in a "
            "format that OpenCV decodes, or a folder of pictures"
        )
    return pictures
