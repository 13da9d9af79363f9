"""The model under test: its parts, and what they are."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from hallscribe_export.graph.port import Array
from hallscribe_export.heads_file import TrainedHeads, read_heads
from hallscribe_export.train.evaluation.encoders import Foresight, FullEncoder, encoder_weights, foresight_weights
from hallscribed.adapters.models.bundle import Bundle, load

_DIGITS = 12


@dataclass(frozen=True)
class Model:
    """Opened as it is needed.

    Attributes:
        folder: in the hub's layout, the weights in full precision with the predictor's.
        bundle_path: the encoder's bundle.
        heads_path: ``heads.safetensors``, or the folder that holds it.
    """

    folder: Path
    bundle_path: Path
    heads_path: Path

    @cached_property
    def encoder(self) -> FullEncoder:
        """In full precision. ValueError when it is damaged."""
        return FullEncoder.read(self.folder)

    @cached_property
    def foresight(self) -> Foresight:
        """The predictor. ValueError when there is none."""
        return Foresight(self.folder)

    @cached_property
    def bundle(self) -> Bundle:
        """Checked. Misconfigured when it is damaged."""
        return load(self.bundle_path)

    @cached_property
    def heads(self) -> TrainedHeads:
        """For this bundle's vectors.

        ValueError when they are damaged, or were trained for another encoder.
        """
        heads = read_heads(self.heads_path)
        trained_for, space = heads.description.visual.space, self.bundle.space.name
        if trained_for != space:
            raise ValueError(f"{heads.file} is for the space {trained_for!r}, {self.bundle_path} makes {space!r}")
        return heads

    def identity(self) -> dict[str, str]:
        """A sum of each part, shortened: the same for the same weights, or the same graphs, whatever holds them."""
        return {
            "encoder": _sum_of(encoder_weights(self.folder)),
            "predictor": self._predictor(),
            "bundle": f"{self.bundle.manifest.model_id} {_short(self._graphs())}",
            "heads": _sum_of(self.heads.weights),
        }

    def _predictor(self) -> str:
        try:
            return _sum_of(foresight_weights(self.folder))
        except ValueError:
            return "none"

    def _graphs(self) -> bytes:
        manifest = self.bundle.manifest
        names = sorted({name for files in manifest.runtimes.values() for name in files})
        return "".join(manifest.files[name].sha256 for name in names).encode()


def _sum_of(weights: Mapping[str, Array]) -> str:
    named = (name.encode() + np.ascontiguousarray(weights[name]).tobytes() for name in sorted(weights))
    return _short(b"".join(named))


def _short(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:_DIGITS]
