"""The transformer that V-JEPA's models are stacked from, over Hugging Face's parameter names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hallscribe_export.graph.port import Array, Graph, Node, Turn

Shapes = dict[str, tuple[int, ...]]
_THETA = 10000.0
# Channels of a head below which none are left for each of time, row and column.
LEAST_HEAD = 6


@dataclass(frozen=True, slots=True)
class Stack:
    """The size of a stack of layers that normalise first, and of the normalisation behind them.

    Attributes:
        prefix: what the names of its parameters begin with, such as "encoder.".
        width: of a token's vector.
        heads: of an attention.
        layers: how many there are.
        inner: width between the two products behind an attention.
        eps: of every normalisation.
    """

    prefix: str
    width: int
    heads: int
    layers: int
    inner: int
    eps: float

    @property
    def head(self) -> int:
        """Width of an attention head."""
        return self.width // self.heads


@dataclass(frozen=True, slots=True)
class Rotation:
    """How a head turns: its channels in the order that ``turn`` wants them in."""

    order: tuple[int, ...]
    turn: Turn


def even_heads(width: int, heads: int) -> bool:
    """Whether tokens of that width can be cut into so many heads that turn."""
    return width % (2 * heads) == 0 and width // heads >= LEAST_HEAD


def stack_shapes(stack: Stack) -> Shapes:
    """Every parameter of the stack and its shape."""
    wide, inner, shapes = stack.width, stack.inner, Shapes()
    for number in range(stack.layers):
        layer = f"{stack.prefix}layer.{number}."
        for name in ("query", "key", "value", "proj"):
            shapes[f"{layer}attention.{name}.weight"] = (wide, wide)
            shapes[f"{layer}attention.{name}.bias"] = (wide,)
        for name, outputs, inputs in (("fc1", inner, wide), ("fc2", wide, inner)):
            shapes[f"{layer}mlp.{name}.weight"] = (outputs, inputs)
            shapes[f"{layer}mlp.{name}.bias"] = (outputs,)
        for name in ("norm1", "norm2"):
            shapes[f"{layer}{name}.weight"] = shapes[f"{layer}{name}.bias"] = (wide,)
    shapes[f"{stack.prefix}layernorm.weight"] = shapes[f"{stack.prefix}layernorm.bias"] = (wide,)
    return shapes


def stacked(
    graph: Graph[Node], x: Node, weights: Mapping[str, Array], stack: Stack, rotation: Rotation | None = None
) -> Node:
    """Tokens (1, S, width) through the stack; without a rotation their places are in their vectors already."""
    for number in range(stack.layers):
        layer = _Layer(weights, f"{stack.prefix}layer.{number}.", stack)
        x = graph.add(x, _attention(graph, layer.norm(graph, x, "norm1"), layer, rotation))
        inner = graph.gelu(layer.linear(graph, layer.norm(graph, x, "norm2"), "mlp.fc1"))
        x = graph.add(x, layer.linear(graph, inner, "mlp.fc2"))
    return _Layer(weights, stack.prefix, stack).norm(graph, x, "layernorm")


@dataclass(frozen=True, slots=True)
class _Layer:
    """The weights below one prefix."""

    weights: Mapping[str, Array]
    prefix: str
    stack: Stack

    def of(self, name: str) -> tuple[Array, Array]:
        """Weight and bias."""
        return self.weights[f"{self.prefix}{name}.weight"], self.weights[f"{self.prefix}{name}.bias"]

    def norm(self, graph: Graph[Node], x: Node, name: str) -> Node:
        """A layer norm."""
        return graph.layer_norm(x, *self.of(name), self.stack.eps)

    def linear(self, graph: Graph[Node], x: Node, name: str) -> Node:
        """A linear layer."""
        return graph.linear(x, *self.of(name), self.prefix + name)


def _attention(graph: Graph[Node], x: Node, layer: _Layer, rotation: Rotation | None) -> Node:
    """Query and key are turned by their token's place, where there is a rotation."""
    stack = layer.stack
    order = range(stack.head) if rotation is None else rotation.order
    # Channels of query and key in another order, the same for both, leave their products as they are.
    whole = [head * stack.head + channel for head in range(stack.heads) for channel in order]
    parts = []
    for name in ("query", "key", "value"):
        weight, bias = layer.of(f"attention.{name}")
        if rotation is not None and name != "value":
            weight, bias = weight[whole], bias[whole]
        parts.append(graph.linear(x, weight, bias, f"{layer.prefix}attention.{name}"))
    turn = None if rotation is None else rotation.turn
    seen = graph.attention(parts[0], parts[1], parts[2], stack.heads, turn=turn)
    return layer.linear(graph, seen, "attention.proj")


def rotation(head: int, places: tuple[int, int, int]) -> Rotation:
    """The rotary embedding of the places (times, rows, columns), in that order, for heads of width ``head``.

    The model turns the pair (2i, 2i + 1), yet takes the angle of channel j from frequency j mod (width / 2), so
    the two of a pair turn by different angles: that is how the published checkpoints were trained. Here the first
    of every pair come first, then the second, as a ``Turn`` wants them; what is left of a head turns by nothing.
    """
    width = 2 * ((head // 3) // 2)
    frequency = _THETA ** -(np.arange(width // 2) / (width / 2.0))
    angles = np.zeros((int(np.prod(places)), head))
    for axis, place in enumerate(np.indices(places).reshape(3, -1)):
        angles[:, axis * width : (axis + 1) * width] = np.tile(place[:, None] * frequency, 2)
    order = (*range(0, head, 2), *range(1, head, 2))
    turning = angles[:, order]
    return Rotation(order, Turn(np.cos(turning).astype(np.float32), np.sin(turning).astype(np.float32)))
