"""V-JEPA 2's predictor (Assran et al. 2025, arXiv 2506.09985): from the tokens of what was seen to what follows.

The split between context and target is fixed and lies in time, so what the model works out from index tensors at run
time (gathering, sorting, positions) is known beforehand: the context's tokens come first and nothing has to be moved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hallscribe_export.graph.port import Array, Graph, Node
from hallscribe_export.models.config import PredictorConfig, checked
from hallscribe_export.models.layers import LEAST_HEAD, Stack, even_heads, rotation, stack_shapes, stacked

INPUT = "context"
OUTPUT = "predicted"
# Of all mask tokens the one that the published code predicts with.
_MASK = 1
_EMBED, _MASKS, _PROJ = (
    "predictor.embeddings.predictor_embeddings",
    "predictor.embeddings.mask_tokens",
    "predictor.proj",
)


@dataclass(frozen=True)
class PredictorShape:
    """The predictor's size, under the names of ``config.json``, and the split that its graph is made for.

    Attributes:
        hidden_size: width of the encoder's tokens.
        frames: of context and target together, whole tubelets.
        context_frames: the first of them, of which the tokens are given; whole tubelets.

    Raises:
        ValueError: a size or a split that no graph can have.
    """

    hidden_size: int
    pred_hidden_size: int
    pred_num_attention_heads: int
    pred_num_hidden_layers: int
    pred_num_mask_tokens: int
    frames: int
    context_frames: int
    pred_mlp_ratio: float = 4
    crop_size: int = 224
    patch_size: int = 16
    tubelet_size: int = 2
    layer_norm_eps: float = 1e-6

    def __post_init__(self) -> None:
        """Refuse what no graph can have."""
        if self.crop_size < self.patch_size or self.crop_size % self.patch_size:
            raise ValueError(f"crop_size {self.crop_size} is no whole number of patches of {self.patch_size} pixels")
        split = (self.frames % self.tubelet_size, self.context_frames % self.tubelet_size)
        if any(split) or not 0 < self.context_frames < self.frames:
            raise ValueError(
                f"{self.context_frames} frames of context out of {self.frames} leave no whole tubelets of "
                f"{self.tubelet_size} frames on both sides"
            )
        heads = self.pred_num_attention_heads
        if not even_heads(self.pred_hidden_size, heads):
            raise ValueError(
                f"pred_hidden_size {self.pred_hidden_size} does not make {heads} equal heads "
                f"(pred_num_attention_heads) of an even number of channels, {LEAST_HEAD} or more"
            )

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], *, frames: int, context_frames: int, crop_size: int | None = None
    ) -> PredictorShape:
        """The size that a ``config.json`` gives.

        Raises:
            ValueError: a field is missing or says something that the description does not do; it is named.
        """
        read = checked(PredictorConfig, config)
        return cls(
            hidden_size=read.hidden_size,
            pred_hidden_size=read.pred_hidden_size,
            pred_num_attention_heads=read.pred_num_attention_heads,
            pred_num_hidden_layers=read.pred_num_hidden_layers,
            pred_num_mask_tokens=read.pred_num_mask_tokens,
            frames=frames,
            context_frames=context_frames,
            pred_mlp_ratio=read.pred_mlp_ratio,
            crop_size=read.crop_size if crop_size is None else crop_size,
            patch_size=read.patch_size,
            tubelet_size=read.tubelet_size,
            layer_norm_eps=read.layer_norm_eps,
        )

    @property
    def places(self) -> tuple[int, int, int]:
        """Places in time, rows and columns, of context and target together."""
        grid = self.crop_size // self.patch_size
        return self.frames // self.tubelet_size, grid, grid

    @property
    def context_tokens(self) -> int:
        """How many tokens are given."""
        _, rows, columns = self.places
        return self.context_frames // self.tubelet_size * rows * columns

    @property
    def target_tokens(self) -> int:
        """How many tokens are predicted."""
        return int(np.prod(self.places)) - self.context_tokens

    @property
    def stack(self) -> Stack:
        """Its layers."""
        inner = int(self.pred_hidden_size * self.pred_mlp_ratio)
        heads, layers = self.pred_num_attention_heads, self.pred_num_hidden_layers
        return Stack("predictor.", self.pred_hidden_size, heads, layers, inner, self.layer_norm_eps)


def parameter_shapes(shape: PredictorShape) -> dict[str, tuple[int, ...]]:
    """Every parameter of the predictor and its shape, under Hugging Face's names."""
    narrow, wide = shape.pred_hidden_size, shape.hidden_size
    return {
        _MASKS: (shape.pred_num_mask_tokens, 1, 1, narrow),
        f"{_EMBED}.weight": (narrow, wide),
        f"{_EMBED}.bias": (narrow,),
        **stack_shapes(shape.stack),
        f"{_PROJ}.weight": (wide, narrow),
        f"{_PROJ}.bias": (wide,),
    }


def describe(graph: Graph[Node], weights: Mapping[str, Array], shape: PredictorShape) -> None:
    """Build the predictor: the encoder's tokens of the context, float32 (1, context_tokens, D), to those of the target.

    The result is float32 (1, target_tokens, D); both are in the order of the encoder's tokens.
    """
    context = graph.input(INPUT, "float32", (1, shape.context_tokens, shape.hidden_size))
    x = graph.linear(context, weights[f"{_EMBED}.weight"], weights[f"{_EMBED}.bias"], _EMBED)
    mask = weights[_MASKS][_MASK % shape.pred_num_mask_tokens]
    asked = graph.constant(np.ascontiguousarray(np.repeat(mask, shape.target_tokens, axis=1)))
    x = graph.concat([x, asked], 1)
    x = stacked(graph, x, weights, shape.stack, rotation(shape.stack.head, shape.places))
    x = graph.slice(x, 1, shape.context_tokens, shape.context_tokens + shape.target_tokens)
    graph.output(graph.linear(x, weights[f"{_PROJ}.weight"], weights[f"{_PROJ}.bias"], _PROJ), OUTPUT)
