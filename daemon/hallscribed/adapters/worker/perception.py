"""The perception worker: check, decode, gate, encode. It keeps nothing between requests."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from hallscribed.adapters.models.bundle import load
from hallscribed.adapters.models.vjepa import VjepaEncoder
from hallscribed.adapters.runtime.factory import open_runtime
from hallscribed.adapters.source.decode import PictureRefused, check_header, decode, decode_gray, is_key_frame, to_jpeg
from hallscribed.adapters.worker.child import Answer, Handler, serve
from hallscribed.adapters.worker.memory import trim
from hallscribed.adapters.worker.message import Header
from hallscribed.domain.errors import Reason
from hallscribed.domain.frame import EncodedFrame, Grid, ImageFormat
from hallscribed.pipeline.gate import changed_share, grid_of
from hallscribed.ports import Encoder

# The gate needs no more (64 x 36 cells of 15 pixels each), nor does the encoder.
_GATE_SIDE = 960


def get_ready(settings: Header) -> Handler:
    """Load the encoder and encode once, so that the first frame waits for nothing."""
    cv2.setNumThreads(1)
    bundle = load(Path(settings["bundle"]))
    encoder = VjepaEncoder(bundle, open_runtime(settings["runtime"], bundle, settings["threads"]))
    encoder.encode([np.zeros((bundle.size, bundle.size, 3), np.uint8)])
    trim()

    def handle(header: Header, parts: list[bytes]) -> Answer:
        frame = _frame(header, parts[0])
        try:
            check_header(frame)
            if header["do"] == "picture":
                return {}, [to_jpeg(frame)]
            if header["do"] == "embed":
                return {}, [encoder.encode([decode(frame, _GATE_SIDE)])[0].tobytes()]
            reference = Grid.from_bytes(parts[1]) if len(parts) > 1 else None
            return _perceive(encoder, frame, reference, header["worth"], likely=header["likely"])
        except PictureRefused as refused:
            return {"outcome": "rejected", "reason": refused.reason.value, "detail": refused.detail}, ()

    return handle


def _perceive(encoder: Encoder, frame: EncodedFrame, reference: Grid | None, worth: float, *, likely: bool) -> Answer:
    clock = _Clock()
    luma, picture = decode_gray(frame, _GATE_SIDE, colours=likely)
    clock.ended("decode")
    grid = grid_of(luma)
    changed = 1.0 if reference is None else changed_share(grid, reference)
    clock.ended("gate")
    header: Header = {
        "changed": changed,
        "entropy": grid.entropy,
        "is_key_frame": is_key_frame(frame),
        "took_ms": clock.took_ms,
    }
    if changed < worth:
        return header, [grid.to_bytes()]
    picture = decode(frame, _GATE_SIDE) if picture is None else picture  # what changed little by little
    clock.ended("decode")
    try:
        vector = encoder.encode([picture])[0]
    except (RuntimeError, ValueError) as error:
        return {"outcome": "failed", "reason": Reason.ENCODER_FAILED.value, "detail": str(error)}, ()
    clock.ended("encode")
    return header, [grid.to_bytes(), np.asarray(vector, np.float32).tobytes()]


class _Clock:
    """Milliseconds of one stage after the other."""

    def __init__(self) -> None:
        self.took_ms: dict[str, float] = {}
        self._begun = time.perf_counter()

    def ended(self, stage: str) -> None:
        """The stage that ran until now, or a further part of it."""
        now = time.perf_counter()
        self.took_ms[stage] = self.took_ms.get(stage, 0.0) + 1000 * (now - self._begun)
        self._begun = now


def _frame(header: Header, data: bytes) -> EncodedFrame:
    frame = EncodedFrame(0, 0.0, data, ImageFormat(header["format"]))
    return replace(frame, width=header["width"], height=header["height"])


if __name__ == "__main__":
    serve(get_ready)
