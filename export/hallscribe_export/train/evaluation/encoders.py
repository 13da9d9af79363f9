"""The encoders that are compared, and the predictor: pictures to vectors, and what follows them."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hallscribe_export.calibration import scaled
from hallscribe_export.graph.openvino_graph import OpenVinoGraph
from hallscribe_export.graph.port import Array
from hallscribe_export.models import predictor
from hallscribe_export.models.encoder import FEATURES, INPUT, OUTPUT
from hallscribe_export.models.family import Encoder, read_encoder
from hallscribe_export.models.predictor import PredictorShape
from hallscribe_export.models.vjepa2 import Vjepa2Shape
from hallscribe_export.progress import Progress
from hallscribe_export.quantise.prediction import predictor_shape, predictor_weights
from hallscribe_export.quantise.work import Work
from hallscribe_export.sources.tensors import Weights
from hallscribe_export.untrained import random_weights
from hallscribe_export.verification.values import cores
from hallscribed.adapters.models.bundle import Bundle
from hallscribed.adapters.models.vjepa import VjepaEncoder
from hallscribed.adapters.runtime.factory import open_runtime
from hallscribed.adapters.runtime.openvino_runtime import OpenVinoRuntime

Pictures = NDArray[np.uint8]


class FullEncoder:
    """An encoder in full precision.

    Args:
        encoder, weights: what it is made of; with ``read`` those of a folder.
    """

    def __init__(self, encoder: Encoder, weights: Mapping[str, Array]) -> None:
        self.side = encoder.shape.crop_size
        graph = OpenVinoGraph("full")
        encoder.describe(graph, weights, features=True)
        self._runtime = _opened(graph)

    @classmethod
    def read(cls, folder: Path) -> FullEncoder:
        """The encoder of a folder in the hub's layout. ValueError when it is damaged."""
        return cls(read_encoder(folder), encoder_weights(folder))

    @classmethod
    def untrained(cls, folder: Path) -> FullEncoder:
        """The same architecture with the random weights with which training begins.

        ValueError when it is no V-JEPA 2.
        """
        encoder = read_encoder(folder)
        if not isinstance(encoder.shape, Vjepa2Shape):
            raise ValueError(f"{folder} is no V-JEPA 2: only such a model begins with known weights")
        return cls(encoder, random_weights(encoder.shape))

    def pooled(self, pictures: Pictures, progress: Progress | None = None) -> Array:
        """Vectors (N, D) of pictures uint8 (N, S, S, 3)."""
        rows = []
        for number, picture in enumerate(pictures):
            rows.append(self._run(picture)[0])
            if progress is not None:
                progress.advance(number + 1, len(pictures))
        return np.stack(rows)

    def both(self, picture: NDArray[np.uint8]) -> tuple[Array, Array]:
        """The vector (D,) of a picture uint8 (S, S, 3), and its tokens (tokens, D)."""
        return self._run(picture)

    def _run(self, picture: NDArray[np.uint8]) -> tuple[Array, Array]:
        found = self._runtime.run({INPUT: scaled(picture[None])})
        features = np.asarray(found[FEATURES], np.float32)
        pooled = np.asarray(found[OUTPUT], np.float32).ravel()
        return pooled, features.reshape(-1, features.shape[-1])


class Foresight:
    """The predictor of a folder: from the tokens of a picture to those of the one that follows.

    Raises:
        ValueError: the folder has no predictor, or it is damaged.
    """

    def __init__(self, folder: Path) -> None:
        shape: PredictorShape = predictor_shape(_work(folder))
        graph = OpenVinoGraph("full")
        predictor.describe(graph, foresight_weights(folder), shape)
        self._runtime = _opened(graph)

    def next(self, tokens: Array) -> Array:
        """Tokens (tokens, D) of the next picture."""
        found = self._runtime.run({predictor.INPUT: np.ascontiguousarray(tokens[None], np.float32)})
        return np.asarray(found[predictor.OUTPUT], np.float32).reshape(tokens.shape)


def encoder_weights(folder: Path) -> Weights:
    """The encoder's weights in a folder in the hub's layout. ValueError when it is damaged."""
    return _work(folder).weights()


def foresight_weights(folder: Path) -> Weights:
    """The predictor's. ValueError when there is none, or it is damaged."""
    return predictor_weights(_work(folder))


def _work(folder: Path) -> Work:
    return Work(folder, 1, read_encoder(folder).shape.crop_size, True)


def bundle_encoder(bundle: Bundle, runtime: str) -> VjepaEncoder:
    """A bundle's encoder as the daemon opens it. Misconfigured when it has nothing for that runtime."""
    return VjepaEncoder(bundle, open_runtime(runtime, bundle, cores()))


def _opened(graph: OpenVinoGraph) -> OpenVinoRuntime:
    # A compiled graph keeps what it needs of its files.
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        return OpenVinoRuntime(folder / graph.save(folder, "graph")[0], cores())
