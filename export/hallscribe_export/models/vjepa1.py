"""V-JEPA's encoder (Bardes et al. 2024, arXiv 2404.08471): fixed places are added to the tokens, nothing turns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hallscribe_export.graph.port import Array, Graph, Node
from hallscribe_export.models.config import EncoderConfig, checked
from hallscribe_export.models.encoder import FEATURES, INPUT, OUTPUT, EncoderShape, encoder_shapes, outputs, tokens
from hallscribe_export.models.layers import stacked

__all__ = ["FEATURES", "INPUT", "OUTPUT", "Vjepa1Shape", "describe", "parameter_shapes"]

MODEL_TYPE = "vjepa"
_PLACES = "encoder.embeddings.position_embeddings"


@dataclass(frozen=True)
class Vjepa1Shape(EncoderShape):
    """The encoder's size.

    Attributes:
        frames_per_clip: of the clips that it has places for; a shorter one takes the first of them.
    """

    frames_per_clip: int = 16

    def __post_init__(self) -> None:
        """Refuse what it has no places for."""
        EncoderShape.__post_init__(self)
        if self.frames > self.frames_per_clip:
            raise ValueError(
                f"{self.frames} frames are more than the {self.frames_per_clip} that this model has places for: "
                f"take {self.frames_per_clip} or fewer, or a V-JEPA 2 checkpoint"
            )

    @classmethod
    def from_config(cls, config: Mapping[str, Any], *, frames: int = 1, crop_size: int | None = None) -> Vjepa1Shape:
        """The size that a ``config.json`` gives.

        Args:
            frames: 1 for single pictures, else of a clip.
            crop_size: side of the input, pixels; it has places for that of its training only.

        Raises:
            ValueError: a field says something that the description does not do; it is named.
        """
        read = checked(EncoderConfig, config)
        if read.model_type != MODEL_TYPE:
            raise ValueError(f"model_type is {read.model_type!r}, not {MODEL_TYPE!r}")
        if crop_size not in (None, read.crop_size):
            raise ValueError(
                f"crop_size is {read.crop_size}, and this model has places for that side only, not for {crop_size}: "
                f"take {read.crop_size}, or a V-JEPA 2 checkpoint"
            )
        return cls(
            hidden_size=read.hidden_size,
            num_attention_heads=read.num_attention_heads,
            num_hidden_layers=read.num_hidden_layers,
            mlp_ratio=read.mlp_ratio,
            crop_size=read.crop_size,
            patch_size=read.patch_size,
            tubelet_size=read.tubelet_size,
            layer_norm_eps=read.layer_norm_eps,
            frames=frames,
            frames_per_clip=read.frames_per_clip,
        )


def parameter_shapes(shape: Vjepa1Shape) -> dict[str, tuple[int, ...]]:
    """Every parameter of the encoder and its shape, under names as Hugging Face gives V-JEPA 2's."""
    places = shape.frames_per_clip // shape.tubelet_size * shape.grid**2
    return {_PLACES: (1, places, shape.hidden_size), **encoder_shapes(shape)}


def describe(graph: Graph[Node], weights: Mapping[str, Array], shape: Vjepa1Shape, *, features: bool = False) -> None:
    """Build the encoder; inputs and outputs as of V-JEPA 2's.

    What is shorter than a whole clip takes its earliest places, as Meta's code of V-JEPA 2 does with fixed places;
    a single picture takes those of the first tubelet.
    """
    places = np.ascontiguousarray(weights[_PLACES][:, : shape.tokens])
    x = graph.add(tokens(graph, weights, shape), graph.constant(places))
    outputs(graph, stacked(graph, x, weights, shape.stack), shape, features)
