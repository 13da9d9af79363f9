"""What every process that works on an encoder's export is told, and the graph that it is about."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallscribe_export.calibration import Pictures, scaled
from hallscribe_export.graph.port import Array
from hallscribe_export.jobs import family_of
from hallscribe_export.models.encoder import INPUT, OUTPUT
from hallscribe_export.models.family import Encoder, read_encoder
from hallscribe_export.recipe import recipe
from hallscribe_export.sources.tensors import Weights, read_weights
from hallscribe_export.verification.values import cores
from hallscribed.adapters.runtime.onnx_runtime import OnnxRuntime
from hallscribed.adapters.runtime.openvino_runtime import OpenVinoRuntime
from hallscribed.ports import Runtime

# Tokens of all cases together, within bounds of their number: what measuring takes is kept within minutes.
_TOKENS, _LEAST_CASES = 24_576, 6
# A clip shows so many pictures, each standing still for a while where it is longer, as a lecture does.
_SHOWN = 16


@dataclass(frozen=True, slots=True)
class Work:
    """An encoder's graph.

    Attributes:
        checkpoint: folder in the hub's layout.
        frames: 1 for single pictures, else of a clip.
        side: of the input, pixels.
        features: whether every token's vector is an output, too.
    """

    checkpoint: Path
    frames: int
    side: int
    features: bool

    def encoder(self) -> Encoder:
        """ValueError as ``read_encoder``."""
        return read_encoder(self.checkpoint, frames=self.frames, crop_size=self.side)

    def weights(self) -> Weights:
        """The encoder's. ValueError as ``read_weights``."""
        ignored = (*recipe(family_of(self.checkpoint)).ignored, "predictor.")
        return read_weights(self.checkpoint, self.encoder().parameter_shapes(), ignored)


@dataclass(frozen=True, slots=True)
class Cases:
    """Inputs: pictures, uint8 (P, S, S, 3), and which of them each input shows, int64 (N, T)."""

    pictures: Pictures
    clips: NDArray[np.int64]

    def __len__(self) -> int:
        """N."""
        return len(self.clips)

    def input(self, number: int) -> Array:
        """Float32 (1, 3, S, S), or (1, T, 3, S, S)."""
        values = scaled(self.pictures[self.clips[number]])
        return values if len(values) == 1 else values[None]

    def numbers(self, count: int) -> NDArray[np.int64]:
        """So many numbers of cases at most, evenly spread."""
        return np.unique(np.linspace(0, len(self) - 1, count).round().astype(np.int64))

    def some(self, count: int) -> Cases:
        """So many of them at most, evenly spread."""
        return self.of(self.numbers(count))

    def of(self, numbers: NDArray[np.int64]) -> Cases:
        """Those cases, with no picture that they do not show."""
        shown, places = np.unique(self.clips[numbers], return_inverse=True)
        return Cases(self.pictures[shown], places.reshape(len(numbers), -1).astype(np.int64))


def cases_of(pictures: Pictures, frames: int, tokens: int) -> Cases:
    """Single pictures as they are; clips of them, fewer the more tokens one has."""
    if frames == 1:
        return Cases(pictures, np.arange(len(pictures))[:, None])
    count = min(len(pictures), max(_LEAST_CASES, _TOKENS // tokens))
    starts = np.linspace(0, len(pictures), count, endpoint=False).astype(np.int64)
    stands = -(-frames // _SHOWN)
    return Cases(pictures, (starts[:, None] + np.arange(frames)[None] // stands) % len(pictures))


def opened(runtime: str, graph: Path, precision: str) -> Runtime:
    """The graph in the daemon's own runtime; ``precision`` is what OpenVINO calculates in."""
    if runtime == "openvino":
        return OpenVinoRuntime(graph, cores(), precision)
    return OnnxRuntime(graph, cores())


def pooled(graph: Runtime, cases: Cases, progress: Any = None) -> Array:
    """The vectors (N, D) of all cases."""
    rows = []
    for number in range(len(cases)):
        rows.append(np.asarray(graph.run({INPUT: cases.input(number)})[OUTPUT], np.float32)[0])
        if progress is not None:
            progress.advance(number + 1, len(cases))
    return np.stack(rows)
