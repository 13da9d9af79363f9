"""V-JEPA 2's encoder (Assran et al. 2025, arXiv 2506.09985) for single pictures and clips."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hallscribe_export.graph.port import Array, Graph, Node
from hallscribe_export.models.config import EncoderConfig, checked
from hallscribe_export.models.encoder import FEATURES, INPUT, OUTPUT, EncoderShape, encoder_shapes, outputs, tokens
from hallscribe_export.models.layers import rotation, stacked

__all__ = ["FEATURES", "INPUT", "OUTPUT", "Vjepa2Shape", "describe", "parameter_shapes"]

MODEL_TYPE = "vjepa2"


@dataclass(frozen=True)
class Vjepa2Shape(EncoderShape):
    """The encoder's size: it takes any side of whole patches, and clips of any whole tubelets."""

    @classmethod
    def from_config(cls, config: Mapping[str, Any], *, frames: int = 1, crop_size: int | None = None) -> Vjepa2Shape:
        """The size that a ``config.json`` gives.

        Args:
            frames: 1 for single pictures, else of a clip.
            crop_size: side of the input, pixels; None is the one that it was trained with.

        Raises:
            ValueError: a field says something that the description does not do; it is named.
        """
        read = checked(EncoderConfig, config)
        if read.model_type != MODEL_TYPE:
            raise ValueError(f"model_type is {read.model_type!r}, not {MODEL_TYPE!r}")
        return cls(
            hidden_size=read.hidden_size,
            num_attention_heads=read.num_attention_heads,
            num_hidden_layers=read.num_hidden_layers,
            mlp_ratio=read.mlp_ratio,
            crop_size=read.crop_size if crop_size is None else crop_size,
            patch_size=read.patch_size,
            tubelet_size=read.tubelet_size,
            layer_norm_eps=read.layer_norm_eps,
            frames=frames,
        )


def parameter_shapes(shape: Vjepa2Shape) -> dict[str, tuple[int, ...]]:
    """Every parameter of the encoder and its shape, under Hugging Face's names."""
    return encoder_shapes(shape)


def describe(graph: Graph[Node], weights: Mapping[str, Array], shape: Vjepa2Shape, *, features: bool = False) -> None:
    """Build the encoder.

    Takes ``shape.input_shape``, float32, normalised: (1, 3, size, size), or (1, frames, 3, size, size). Gives the
    mean of the tokens, float32 (1, D), and with ``features`` all of them, float32 (1, times, rows, columns, D).
    """
    x = tokens(graph, weights, shape)
    x = stacked(graph, x, weights, shape.stack, rotation(shape.head, shape.places))
    outputs(graph, x, shape, features)
