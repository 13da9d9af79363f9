"""What V-JEPA's encoders have in common: pictures or clips become tokens, tokens become one vector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hallscribe_export.graph.port import Array, Graph, Node
from hallscribe_export.models.layers import LEAST_HEAD, Shapes, Stack, even_heads, stack_shapes

INPUT = "pixel_values"
OUTPUT = "pooled"
FEATURES = "features"
TOKENS = "tokens"
MOST_FRAMES = 64
_STEM = "encoder.embeddings.patch_embeddings.proj."


@dataclass(frozen=True)
class EncoderShape:
    """An encoder's size, under the names of its ``config.json``, and the input that its graph takes.

    Attributes:
        crop_size: side of the square input, pixels; whole patches.
        frames: 1 for a graph that takes single pictures, else how many of them a clip has: whole tubelets, at most 64.

    Raises:
        ValueError: a size that no graph can have; the message says which would do.
    """

    hidden_size: int
    num_attention_heads: int
    num_hidden_layers: int
    mlp_ratio: float = 4
    crop_size: int = 224
    patch_size: int = 16
    tubelet_size: int = 2
    layer_norm_eps: float = 1e-6
    frames: int = 1

    def __post_init__(self) -> None:
        """Refuse what no graph can have."""
        if self.crop_size < self.patch_size or self.crop_size % self.patch_size:
            near = max(round(self.crop_size / self.patch_size), 1) * self.patch_size
            raise ValueError(
                f"crop_size {self.crop_size} is no whole number of patches of {self.patch_size} pixels: take {near}"
            )
        if self.frames != 1 and (self.frames % self.tubelet_size or not 2 <= self.frames <= MOST_FRAMES):
            raise ValueError(
                f"{self.frames} frames are no clip of whole tubelets of {self.tubelet_size} frames: "
                f"take 1 for single pictures, or up to {MOST_FRAMES}"
            )
        if not even_heads(self.hidden_size, self.num_attention_heads):
            raise ValueError(
                f"hidden_size {self.hidden_size} does not make {self.num_attention_heads} equal heads "
                f"(num_attention_heads) of an even number of channels, {LEAST_HEAD} or more"
            )

    @property
    def grid(self) -> int:
        """Patches along a side."""
        return self.crop_size // self.patch_size

    @property
    def depth(self) -> int:
        """Places in time; a single picture has one."""
        return max(self.frames // self.tubelet_size, 1)

    @property
    def places(self) -> tuple[int, int, int]:
        """Places in time, rows and columns."""
        return self.depth, self.grid, self.grid

    @property
    def tokens(self) -> int:
        """How many tokens the encoder works on."""
        return self.depth * self.grid**2

    @property
    def head(self) -> int:
        """Width of an attention head."""
        return self.hidden_size // self.num_attention_heads

    @property
    def input_shape(self) -> tuple[int, ...]:
        """(1, 3, size, size), or (1, frames, 3, size, size) for clips."""
        clip = () if self.frames == 1 else (self.frames,)
        return (1, *clip, 3, self.crop_size, self.crop_size)

    @property
    def features_shape(self) -> tuple[int, ...]:
        """(1, times, rows, columns, D)."""
        return (1, *self.places, self.hidden_size)

    @property
    def stack(self) -> Stack:
        """Its layers."""
        inner = int(self.hidden_size * self.mlp_ratio)
        heads, layers = self.num_attention_heads, self.num_hidden_layers
        return Stack("encoder.", self.hidden_size, heads, layers, inner, self.layer_norm_eps)


def encoder_shapes(shape: EncoderShape) -> Shapes:
    """Every parameter that the encoders share, and its shape."""
    patch = shape.patch_size
    return {
        f"{_STEM}weight": (shape.hidden_size, 3, shape.tubelet_size, patch, patch),
        f"{_STEM}bias": (shape.hidden_size,),
        **stack_shapes(shape.stack),
    }


def tokens(graph: Graph[Node], weights: Mapping[str, Array], shape: EncoderShape) -> Node:
    """The input as tokens (1, S, D), the later frames behind the earlier, rows behind each other.

    A single picture stands for a tubelet that repeats it, so the stem's temporal slices may be summed beforehand:
    the same numbers for a part of the work. In a clip the frames of a tubelet are further channels of one picture.
    """
    weight, bias = weights[f"{_STEM}weight"], weights[f"{_STEM}bias"]
    pictures = graph.input(INPUT, "float32", shape.input_shape)
    if shape.frames == 1:
        weight = weight.sum(axis=2, dtype=np.float32)
    else:
        side, patch = shape.crop_size, shape.patch_size
        weight = weight.transpose(0, 2, 1, 3, 4).reshape(shape.hidden_size, -1, patch, patch)
        pictures = graph.reshape(pictures, (shape.depth, 3 * shape.tubelet_size, side, side))
    x = graph.patches(pictures, np.ascontiguousarray(weight), bias)
    x = graph.transpose(graph.reshape(x, (shape.depth, shape.hidden_size, shape.grid**2)), (0, 2, 1))
    return x if shape.depth == 1 else graph.reshape(x, (1, shape.tokens, shape.hidden_size))


def describe_stem(graph: Graph[Node], weights: Mapping[str, Array], shape: EncoderShape) -> None:
    """Build the stem alone, to be timed: the input to its tokens, float32 (1, S, D)."""
    graph.output(tokens(graph, weights, shape), TOKENS)


def outputs(graph: Graph[Node], x: Node, shape: EncoderShape, features: bool) -> None:
    """Name what the encoder gives: the mean of the tokens (1, D), then, if asked, all of them by their places."""
    share = graph.constant(np.array(1.0 / shape.tokens, np.float32))
    graph.output(graph.multiply(graph.total(x, 1, keep=False), share), OUTPUT)
    if features:
        graph.output(graph.reshape(x, shape.features_shape), FEATURES)
