"""The V-JEPA 2 encoder: pictures to pooled vectors."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from hallscribed.adapters.models.bundle import Bundle
from hallscribed.adapters.models.manifest import Picture
from hallscribed.domain.embedding import EmbeddingSpace, Matrix
from hallscribed.domain.errors import Misconfigured
from hallscribed.ports import Runtime


def single_picture(bundle: Bundle) -> Picture:
    """How the bundle's pictures are prepared. Misconfigured when it is of another kind, or takes clips."""
    picture = bundle.manifest.picture
    if picture is None:
        raise bundle.is_not("encoder")
    if picture.frames != 1:
        raise Misconfigured(
            f"{bundle.path} takes clips of {picture.frames} frames, and the daemon encodes single pictures: "
            "export the checkpoint with --frames 2"
        )
    return picture


class VjepaEncoder:
    """Behind ports.Encoder: one frame a run, which the graph takes as a clip of that frame standing still.

    Args:
        bundle: of kind encoder; it says how pictures are prepared.
        runtime: with the bundle's graph open.

    Raises:
        Misconfigured: the bundle is of another kind, or takes clips.
    """

    def __init__(self, bundle: Bundle, runtime: Runtime) -> None:
        picture = single_picture(bundle)
        self._side = (picture.size, picture.size)
        # (value / 255 - mean) / std in one product and one difference.
        self._scale = (1.0 / (255.0 * np.asarray(picture.std))).astype(np.float32)
        self._shift = (np.asarray(picture.mean) / np.asarray(picture.std)).astype(np.float32)
        self._input = bundle.manifest.inputs[0].name
        self._output = bundle.manifest.outputs[0].name
        self._space = bundle.space
        self._runtime = runtime

    @property
    def space(self) -> EmbeddingSpace:
        """The space of the pooled vectors."""
        return self._space

    def encode(self, pictures: Sequence[NDArray[np.uint8]]) -> Matrix:
        """Encode RGB pictures, each uint8 (H, W, 3), of any size; float32 (N, D), not normalised.

        Raises:
            ValueError: the encoder gave NaN or infinity.
            RuntimeError: the runtime failed.
        """
        vectors = np.empty((len(pictures), self._space.dimensions), np.float32)
        for row, picture in enumerate(pictures):
            vectors[row] = self._runtime.run({self._input: self._prepared(picture)})[self._output][0]
        if not np.isfinite(vectors).all():
            raise ValueError("the encoder gave a vector that is no number; the frame was not kept")
        return vectors

    def _prepared(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """RGB uint8 (H, W, 3) to float32 (1, 3, size, size). The whole picture: slides matter up to their edges."""
        shrinks = picture.shape[0] > self._side[0] or picture.shape[1] > self._side[1]
        small = cv2.resize(picture, self._side, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
        values = small.astype(np.float32) * self._scale - self._shift
        return np.ascontiguousarray(values.transpose(2, 0, 1)[np.newaxis])
