"""A frame of a lecture in a WebDataset shard: its picture, and beside it what is true of it."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

_QUALITY = 90


@dataclass(frozen=True, slots=True)
class Sample:
    """A frame as it lies in a shard.

    Attributes:
        stem: what its two members are called.
        picture: uint8 (H, W, 3), RGB.
        told: what is true of it, as JSON.
    """

    stem: str
    picture: NDArray[np.uint8]
    told: dict[str, Any]


def write_samples(file: Path, samples: Iterable[Sample]) -> None:
    """Write a shard; it appears under its name when it is whole."""
    partial = file.with_suffix(".partial")
    with tarfile.open(partial, "w") as tar:
        for sample in samples:
            jpeg = cv2.imencode(".jpg", sample.picture[..., ::-1], (cv2.IMWRITE_JPEG_QUALITY, _QUALITY))[1]
            _add(tar, f"{sample.stem}.jpg", jpeg.tobytes())
            _add(tar, f"{sample.stem}.json", json.dumps(sample.told, ensure_ascii=False).encode())
    partial.replace(file)


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    tar.addfile(member, io.BytesIO(data))


def read_samples(file: Path) -> Iterator[Sample]:
    """The samples of a shard, in its order.

    Raises:
        ValueError: it is cut off, or a picture or its description is missing; the message names the file.
    """
    try:
        with tarfile.open(file) as tar:
            jpeg: tuple[str, bytes] | None = None
            for member in tar:
                content = tar.extractfile(member)
                stem, _, kind = member.name.rpartition(".")
                data = content.read() if content is not None else b""
                if kind == "jpg":
                    jpeg = stem, data
                elif kind == "json" and jpeg is not None and jpeg[0] == stem:
                    yield Sample(stem, _decoded(file, stem, jpeg[1]), json.loads(data))
            _check_end(file, tar.offset)
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise ValueError(f"{file} is no sound shard ({error}): delete it and render it again") from error


def _check_end(file: Path, offset: int) -> None:
    """A tar that is cut off between members reads as if it were whole, but for the empty block at its end."""
    with file.open("rb") as stream:
        stream.seek(offset)
        if stream.read(tarfile.BLOCKSIZE) != tarfile.NUL * tarfile.BLOCKSIZE:
            raise ValueError("it is cut off")


def _decoded(file: Path, stem: str, jpeg: bytes) -> NDArray[np.uint8]:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError(f"{stem}.jpg in {file} is no picture")
    return np.asarray(picture[..., ::-1], np.uint8)
