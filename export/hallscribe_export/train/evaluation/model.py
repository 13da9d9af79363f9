"""The model under test: its files, and what they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hallscribe_export.checkpoint import weight_files
from hallscribe_export.heads_file import TrainedHeads, read_heads
from hallscribe_export.train.evaluation.encoders import Foresight, FullEncoder
from hallscribe_export.writing import file_sha256
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
        """Names and sums of the files, shortened: the same for the same model."""
        return {
            "weights": "+".join(file_sha256(file)[:_DIGITS] for file in weight_files(self.folder)),
            "bundle": f"{self.bundle.space.name} {self.bundle.manifest.manifest_sha256[:_DIGITS]}",
            "heads": self.heads.sha256[:_DIGITS],
        }
