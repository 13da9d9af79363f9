"""Reading pictures with PP-OCR, whose detection and recognition models lie inside the ``rapidocr`` package."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import rapidocr
from numpy.typing import NDArray

from hallscribed.adapters.source.decode import PictureRefused, decode
from hallscribed.domain.event import TextLine
from hallscribed.domain.frame import KEY_FRAME_SIDE, EncodedFrame
from hallscribed.pipeline.layout import in_reading_order

_MODELS = Path(rapidocr.__file__).parent / "models"
_DETECTION = "PP-OCRv6_det_small.onnx"
_RECOGNITION = "PP-OCRv6_rec_small.onnx"
# Text of 11 pixels on a 1080-line picture is still found; 960 loses a twentieth of such words, full size costs twice.
_DETECTION_SIDE = 1280


class RapidOcrReader:
    """Reads the lines of a slide; implements ports.Reader.

    The models are named by their files, so that nothing is ever looked for on a network. Slides stand upright: the
    classifier of upside-down lines is left out. Lines are recognised one by one, because a batch pads each to its
    longest: a quarter more time and twice the memory.

    Args:
        threads: of the graphs' intra-operation pool, at least 1.

    Raises:
        RuntimeError: the package does not hold its models.
    """

    def __init__(self, threads: int = 1) -> None:
        for name in (_DETECTION, _RECOGNITION):
            if not (_MODELS / name).is_file():
                raise RuntimeError(f"rapidocr holds no {name}: reinstall the locked version; slides are not read")
        _send_log_records_on()
        cv2.setNumThreads(threads)
        self._ocr = rapidocr.RapidOCR(
            params={
                # A picture without text is no warning.
                "Global.log_level": "error",
                "Global.use_cls": False,
                "Global.max_side_len": KEY_FRAME_SIDE,
                "EngineConfig.onnxruntime.intra_op_num_threads": threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                "Det.model_path": str(_MODELS / _DETECTION),
                "Det.limit_type": "max",
                "Det.limit_side_len": _DETECTION_SIDE,
                "Rec.model_path": str(_MODELS / _RECOGNITION),
                "Rec.rec_batch_num": 1,
            }
        )

    def read(self, picture: bytes) -> Sequence[TextLine]:
        """Lines of a JPEG or PNG picture in reading order; none when it shows no text.

        RuntimeError when it cannot be decoded or the models fail on it.
        """
        pixels = _decoded(picture)
        height, width = pixels.shape[:2]
        try:
            found = self._ocr(pixels)
        except Exception as error:
            # The package's own exceptions share no base; what it raises here is about this picture.
            raise RuntimeError(f"the picture of {width}x{height} could not be read: {error}") from error
        if found.boxes is None or found.txts is None:
            return []
        lines = [
            _line(text, float(score), np.asarray(box, np.float64) / (width, height))
            for text, score, box in zip(found.txts, found.scores, found.boxes, strict=True)
        ]
        return in_reading_order(lines)


def _line(text: str, confidence: float, corners: NDArray[np.float64]) -> TextLine:
    left, top = np.clip(corners.min(axis=0), 0, 1).tolist()
    right, bottom = np.clip(corners.max(axis=0), 0, 1).tolist()
    return TextLine(" ".join(text.split()), min(1.0, max(0.0, confidence)), left, top, right, bottom)


def _decoded(picture: bytes) -> NDArray[np.uint8]:
    """BGR uint8 (H, W, 3); looks at the size before it decodes."""
    try:
        pixels = decode(EncodedFrame(0, 0.0, picture), KEY_FRAME_SIDE)
    except PictureRefused as refused:
        raise RuntimeError(f"the picture cannot be decoded: {refused}") from refused
    return np.ascontiguousarray(pixels[:, :, ::-1])


def _send_log_records_on() -> None:
    """Give the package's records to the daemon's log; by itself it writes to the terminal in colour."""
    theirs = logging.getLogger("RapidOCR")
    for handler in list(theirs.handlers):
        theirs.removeHandler(handler)
    theirs.propagate = True
