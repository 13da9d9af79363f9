"""A frame, from its encoded bytes to its durable outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from hallscribed.domain.errors import Reason

GRID_ROWS = 36
GRID_COLUMNS = 64
MAX_MEDIA_TIME_S = 7 * 24 * 3600.0
MAX_SIDE = 8192
MAX_PIXELS = 33_200_000
KEY_FRAME_SIDE = 1920


class ImageFormat(StrEnum):
    """How a frame's bytes are to be read; AUTO tells by the first bytes."""

    AUTO = "auto"
    JPEG = "jpeg"
    PNG = "png"
    RAW_RGB = "raw_rgb"


class Outcome(StrEnum):
    """What became of a frame; every frame ends in exactly one."""

    KEPT = "kept"
    REUSED = "reused"
    SKIPPED = "skipped"
    REJECTED = "rejected"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """A frame as it arrived.

    Attributes:
        position: 1, 2, 3 ... on its track.
        media_time: seconds since the lecture's start.
        data: the encoded picture, or raw RGB rows.
        format: how to read ``data``.
        width, height: pixels; raw frames only, else 0.
        capture_time: Unix seconds of the capture; evidence only.
    """

    position: int
    media_time: float
    data: bytes
    format: ImageFormat = ImageFormat.AUTO
    width: int = 0
    height: int = 0
    capture_time: float | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """A frame as the gate and the detector see it: 36 x 64 cells.

    Attributes:
        luma: mean luma of each cell, uint8 (36, 64).
        edge: edge energy of each cell, uint8 (36, 64).
        entropy: of the luma histogram, bits, 0..8.
    """

    luma: NDArray[np.uint8]
    edge: NDArray[np.uint8]
    entropy: float

    def to_bytes(self) -> bytes:
        """Luma then edge, row by row: 4608 bytes."""
        return self.luma.tobytes() + self.edge.tobytes()

    @staticmethod
    def from_bytes(data: bytes, entropy: float = 0.0) -> Grid:
        """The inverse of ``to_bytes``; ValueError on another length."""
        cells = np.frombuffer(data, np.uint8).reshape(2, GRID_ROWS, GRID_COLUMNS)
        return Grid(cells[0], cells[1], entropy)


@dataclass(frozen=True, slots=True)
class Seen:
    """What perception made of one frame.

    Attributes:
        grid: the gate's view of it.
        changed: share of grid cells that differ from the reference, 0..1; 1 without a reference.
        vector: the encoder's pooled vector, float32 (D,), unprojected; None when the gate found the frame unchanged,
            or when it was not to be encoded.
        took_ms: what it cost, by stage: decode, gate, encode.
        is_key_frame: its bytes are a key frame as they are, a JPEG of at most 1920 pixels.
    """

    grid: Grid
    changed: float
    vector: NDArray[np.float32] | None
    took_ms: Mapping[str, float] = field(default_factory=dict)
    is_key_frame: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """A frame that perception would not or could not look at."""

    outcome: Outcome
    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The durable outcome of ``count`` frames from ``position`` on."""

    position: int
    count: int
    outcome: Outcome
    reason: Reason | None = None
    detail: str = ""
    duplicate: bool = False


@dataclass(frozen=True, slots=True)
class FrameRecord:
    """A frame, or a run of frames, ready to become durable.

    Attributes:
        acknowledgement: position, count, outcome, reason.
        media_time: seconds; that of the run's last frame; None when it was no number.
        capture_time: Unix seconds, or None.
        novelty: 0..1 for frames that were looked at, else None.
        vector: float32 (D,), for a KEPT frame; a REUSED frame points at the last one before it.
    """

    acknowledgement: Acknowledgement
    media_time: float | None = None
    capture_time: float | None = None
    novelty: float | None = None
    vector: NDArray[np.float32] | None = None
