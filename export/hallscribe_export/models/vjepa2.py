"""V-JEPA 2's encoder (Assran et al. 2025, arXiv 2506.09985) for one frame, over Hugging Face's parameter names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hallscribe_export.graph.port import Array, Graph, Node

INPUT = "pixel_values"
OUTPUT = "pooled"
_THETA = 10000.0


@dataclass(frozen=True, slots=True)
class Vjepa2Shape:
    """The encoder's size, under the names of its ``config.json``."""

    hidden_size: int
    num_attention_heads: int
    num_hidden_layers: int
    mlp_ratio: int = 4
    crop_size: int = 224
    patch_size: int = 16
    tubelet_size: int = 2
    layer_norm_eps: float = 1e-6

    @property
    def grid(self) -> int:
        """Patches along a side."""
        return self.crop_size // self.patch_size

    @property
    def head(self) -> int:
        """Width of an attention head."""
        return self.hidden_size // self.num_attention_heads


def parameter_shapes(shape: Vjepa2Shape) -> dict[str, tuple[int, ...]]:
    """Every parameter of the encoder and its shape."""
    wide, inner, patch = shape.hidden_size, shape.hidden_size * shape.mlp_ratio, shape.patch_size
    shapes: dict[str, tuple[int, ...]] = {
        "encoder.embeddings.patch_embeddings.proj.weight": (wide, 3, shape.tubelet_size, patch, patch),
        "encoder.embeddings.patch_embeddings.proj.bias": (wide,),
    }
    for number in range(shape.num_hidden_layers):
        layer = f"encoder.layer.{number}."
        for name in ("query", "key", "value", "proj"):
            shapes[f"{layer}attention.{name}.weight"] = (wide, wide)
            shapes[f"{layer}attention.{name}.bias"] = (wide,)
        for name, outputs, inputs in (("fc1", inner, wide), ("fc2", wide, inner)):
            shapes[f"{layer}mlp.{name}.weight"] = (outputs, inputs)
            shapes[f"{layer}mlp.{name}.bias"] = (outputs,)
        for name in ("norm1", "norm2"):
            shapes[f"{layer}{name}.weight"] = shapes[f"{layer}{name}.bias"] = (wide,)
    shapes["encoder.layernorm.weight"] = shapes["encoder.layernorm.bias"] = (wide,)
    return shapes


def describe(graph: Graph[Node], weights: Mapping[str, Array], shape: Vjepa2Shape) -> None:
    """Build the encoder: float32 (1, 3, size, size), normalised, to the mean of its tokens, float32 (1, D).

    One frame stands for a clip that repeats it ``tubelet_size`` times, so the stem's temporal slices may be summed
    beforehand: the same numbers for half the work.
    """
    stem = "encoder.embeddings.patch_embeddings.proj."
    pictures = graph.input(INPUT, "float32", (1, 3, shape.crop_size, shape.crop_size))
    folded = weights[stem + "weight"].sum(axis=2, dtype=np.float32)
    x = graph.patches(pictures, folded, weights[stem + "bias"])
    tokens = shape.grid**2
    x = graph.transpose(graph.reshape(x, (1, shape.hidden_size, tokens)), (0, 2, 1))
    order, cos, sin = _rotation(shape)
    turn = graph.constant(cos), graph.constant(sin)
    for number in range(shape.num_hidden_layers):
        layer = _Layer(weights, f"encoder.layer.{number}.", shape)
        x = graph.add(x, _attention(graph, layer.norm(graph, x, "norm1"), layer, order, turn))
        inner = graph.gelu(layer.linear(graph, layer.norm(graph, x, "norm2"), "mlp.fc1"))
        x = graph.add(x, layer.linear(graph, inner, "mlp.fc2"))
    x = _Layer(weights, "encoder.", shape).norm(graph, x, "layernorm")
    share = graph.constant(np.array(1.0 / tokens, np.float32))
    graph.output(graph.multiply(graph.total(x, 1, keep=False), share), OUTPUT)


@dataclass(frozen=True, slots=True)
class _Layer:
    """The weights below one prefix."""

    weights: Mapping[str, Array]
    prefix: str
    shape: Vjepa2Shape

    def of(self, name: str) -> tuple[Array, Array]:
        """Weight and bias."""
        return self.weights[f"{self.prefix}{name}.weight"], self.weights[f"{self.prefix}{name}.bias"]

    def norm(self, graph: Graph[Node], x: Node, name: str) -> Node:
        """A layer norm."""
        return graph.layer_norm(x, *self.of(name), self.shape.layer_norm_eps)

    def linear(self, graph: Graph[Node], x: Node, name: str) -> Node:
        """A linear layer."""
        return graph.linear(x, *self.of(name))


def _attention(graph: Graph[Node], x: Node, layer: _Layer, order: tuple[int, ...], turn: tuple[Node, Node]) -> Node:
    """Query, key and value by one product; query and key turned by their token's place."""
    shape = layer.shape
    parts = [layer.of(f"attention.{name}") for name in ("query", "key", "value")]
    # Channels of query and key in another order, the same for both, leave their products as they are.
    whole = [head * shape.head + channel for head in range(shape.num_attention_heads) for channel in order]
    parts[:2] = [(weight[whole], bias[whole]) for weight, bias in parts[:2]]
    weight, bias = (np.concatenate(each) for each in zip(*parts, strict=True))
    joint = graph.linear(x, weight, bias)
    heads = []
    for number in range(3):
        part = graph.slice(joint, 2, number * shape.hidden_size, (number + 1) * shape.hidden_size)
        part = graph.reshape(part, (0, 0, shape.num_attention_heads, shape.head))
        heads.append(graph.transpose(part, (0, 2, 1, 3)))
    query, key = (_turned(graph, part, shape, turn) for part in heads[:2])
    seen = graph.attention(query, key, heads[2], shape.head, None)
    seen = graph.reshape(graph.transpose(seen, (0, 2, 1, 3)), (0, 0, shape.hidden_size))
    return layer.linear(graph, seen, "attention.proj")


def _turned(graph: Graph[Node], x: Node, shape: Vjepa2Shape, turn: tuple[Node, Node]) -> Node:
    """Rotary embedding of (1, heads, tokens, head) whose channels are ordered as ``_rotation`` says."""
    cos, sin = turn
    half = _axis_width(shape) * 3 // 2
    parts = [graph.slice(x, 3, half, 2 * half), graph.slice(x, 3, 0, half)]
    if 2 * half < shape.head:
        parts.append(graph.slice(x, 3, 2 * half, shape.head))
    return graph.add(graph.multiply(x, cos), graph.multiply(graph.concat(parts, 3), sin))


def _axis_width(shape: Vjepa2Shape) -> int:
    """Channels of a head that turn with one of time, row and column; what remains does not turn."""
    return 2 * ((shape.head // 3) // 2)


def _rotation(shape: Vjepa2Shape) -> tuple[tuple[int, ...], Array, Array]:
    """Order of a head's channels, then cosines and signed sines, float32 (1, 1, tokens, head), in that order.

    The model turns the pair (2i, 2i + 1), yet takes the angle of channel j from frequency j mod (width / 2), so
    the two of a pair turn by different angles: that is how the published checkpoints were trained. Here the first
    of every pair come first, then the second, so that turning is two slices instead of many small ones.
    """
    width, tokens = _axis_width(shape), np.arange(shape.grid**2)
    frequency = _THETA ** -(np.arange(width // 2) / (width / 2.0))
    places = (np.zeros_like(tokens), tokens // shape.grid, tokens % shape.grid)
    angles = np.zeros((len(tokens), shape.head))
    for axis, place in enumerate(places):
        angles[:, axis * width : (axis + 1) * width] = np.tile(place[:, None] * frequency, 2)
    first = range(0, 3 * width, 2)
    order = (*first, *(channel + 1 for channel in first), *range(3 * width, shape.head))
    sign = np.where(np.arange(shape.head) < 3 * width // 2, -1.0, 1.0)
    cos, sin = np.cos(angles[:, order]), np.sin(angles[:, order]) * sign
    return order, cos[None, None].astype(np.float32), sin[None, None].astype(np.float32)
