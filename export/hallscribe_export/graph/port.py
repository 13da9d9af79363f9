"""The few operations that models are described with, and what each runtime's writer must do for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Node = TypeVar("Node")
# "full": float32 throughout. "weights": INT8 weights, widened where they are used. "dynamic": the products of linear
# layers in INT8, with what goes into them quantised at run time.
Mode = Literal["full", "weights", "dynamic"]


@dataclass(frozen=True, eq=False)
class Turn:
    """Rotary embedding (Su et al. 2021, arXiv 2104.09864) of S places.

    The two halves of a head's channels are pairs (a, b); a pair becomes (a cos - b sin, b cos + a sin), each of the
    two with the cosine and sine of its own channel.

    Attributes:
        cos, sin: float32 (S, head), head even.
    """

    cos: Array
    sin: Array


class Graph(Protocol[Node]):
    """Builds one graph in one ``Mode``; the linear layers that its writer was told to keep stay at full precision.

    Lengths that vary are -1 in an input's shape; a 0 in ``reshape`` keeps the length of that axis.
    """

    def input(self, name: str, dtype: str, shape: Sequence[int]) -> Node:
        """A named input, "float32" or "int64"."""

    def constant(self, values: Array) -> Node:
        """Values at full precision."""

    def linear(self, x: Node, weight: Array, bias: Array, name: str) -> Node:
        """``x @ weight.T + bias`` with weight (out, in); ``name`` is how the layer is told from all others."""

    def patches(self, pictures: Node, weight: Array, bias: Array) -> Node:
        """Non-overlapping convolution; pictures (N, C, H, W), weight (D, C, P, P), result (N, D, H/P, W/P)."""

    def rows(self, table: Array, ids: Node) -> Node:
        """Rows of a table (M, D) by int64 ids (...); result (..., D)."""

    def leading_rows(self, table: Array, ids: Node) -> Node:
        """The first S rows of a table (M, D) for ids (N, S); result (S, D)."""

    def layer_norm(self, x: Node, weight: Array, bias: Array, eps: float) -> Node:
        """Over the last axis."""

    def gelu(self, x: Node) -> Node:
        """The exact one, by the error function."""

    def add(self, a: Node, b: Node) -> Node:
        """Elementwise."""

    def multiply(self, a: Node, b: Node) -> Node:
        """Elementwise."""

    def divide(self, a: Node, b: Node) -> Node:
        """Elementwise."""

    def as_float(self, x: Node) -> Node:
        """Int64 to float32."""

    def reshape(self, x: Node, shape: Sequence[int]) -> Node:
        """To a shape; 0 keeps a length, one -1 takes the rest."""

    def transpose(self, x: Node, order: Sequence[int]) -> Node:
        """Axes in another order."""

    def slice(self, x: Node, axis: int, start: int, stop: int) -> Node:
        """A part along one axis."""

    def concat(self, parts: Sequence[Node], axis: int) -> Node:
        """Parts behind each other."""

    def attention(
        self, query: Node, key: Node, value: Node, heads: int, *, bias: Node | None = None, turn: Turn | None = None
    ) -> Node:
        """softmax(query @ key.T / sqrt(D / heads) + bias) @ value in every head; all (N, S, D), and so is the result.

        The bias is (N, 1, 1, S); query and key are turned first where ``turn`` is given.
        """

    def total(self, x: Node, axis: int, keep: bool) -> Node:
        """Sum along one axis, which is kept with length 1 or dropped."""

    def length(self, x: Node) -> Node:
        """L2 norm along the last axis, which is kept with length 1."""

    def output(self, x: Node, name: str) -> None:
        """Name a result; the first that is named is the first of the graph."""

    def save(self, folder: Path, stem: str) -> tuple[str, ...]:
        """Write the graph; the files' names, the graph's first."""


def quantised(weight: Array) -> tuple[NDArray[np.int8], Array]:
    """Symmetric INT8 with one scale for each row (first axis); int8 of the same shape, float32 (rows, 1, ...).

    The plain round-to-nearest scheme of Jacob et al. 2018 (arXiv 1712.05877), without a zero point.
    """
    largest = np.abs(weight).max(axis=tuple(range(1, weight.ndim)), keepdims=True)
    scale = np.where(largest > 0, largest / 127.0, 1.0).astype(np.float32)
    return np.rint(weight / scale).clip(-127, 127).astype(np.int8), scale
