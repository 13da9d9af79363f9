"""The two heads that take pictures and words to one space: what their file says, and their graphs.

The file is one ``heads.safetensors``. Its parameters are float32, named after the head and the layer::

    visual.norm.weight, visual.norm.bias          (D,)            where layer_norm
    visual.hidden.weight, visual.hidden.bias      (H, D), (H,)    where hidden
    visual.output.weight, visual.output.bias      (768, H or D), (768,)

and the same for ``text``. Its metadata has one key, ``hallscribe_heads``, with ``Heads`` as JSON. A head is
normalise (eps 1e-5), linear, GELU, linear, of which only the last is always there; the result is L2-normalised.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from hallscribe_export.graph.port import Array, Graph, Node
from hallscribed.domain.embedding import JOINT_DIMENSIONS

METADATA_KEY = "hallscribe_heads"
FORMAT_VERSION = 1
VISUAL, TEXT = "visual", "text"
INPUT, OUTPUT = "vectors", "joint"
LAYER_NORM_EPS = 1e-5
# Added to a length, so that a row of zeros stays one; no other float32 length is changed by it.
_LEAST_LENGTH = 1e-12


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Head(_Part):
    """One head.

    Attributes:
        space: name of the embedding space whose vectors it takes.
        dimensions: their width D.
        layer_norm: whether they are normalised first, over their width.
        hidden: width H of the layer between; None for a linear head.
    """

    space: str = Field(min_length=1)
    dimensions: int = Field(ge=1, le=65536)
    layer_norm: bool
    hidden: int | None = Field(ge=1, le=65536)


class Training(_Part):
    """How the heads came to be.

    Attributes:
        data: what they were trained on, in words.
        pairs: how many pairs of a picture and a text.
        steps: how many updates; heads that nobody trained align nothing.
    """

    data: str = Field(min_length=1)
    pairs: int = Field(ge=1)
    steps: int = Field(ge=1)


class Heads(_Part):
    """What the file says of itself.

    Attributes:
        match_cosine: a text and a picture this near belong together, chosen on pairs that were held out.
    """

    format_version: Literal[1]
    model_id: str = Field(min_length=1)
    licence: str = Field(min_length=1)
    visual: Head
    text: Head
    match_cosine: float = Field(ge=-1, le=1)
    training: Training

    def head(self, name: str) -> Head:
        """The visual or the text head."""
        return self.visual if name == VISUAL else self.text


def parameter_shapes(heads: Heads) -> dict[str, tuple[int, ...]]:
    """Every parameter of the file and its shape."""
    shapes: dict[str, tuple[int, ...]] = {}
    for name in (VISUAL, TEXT):
        head = heads.head(name)
        width = head.dimensions
        if head.layer_norm:
            shapes[f"{name}.norm.weight"] = shapes[f"{name}.norm.bias"] = (width,)
        if head.hidden is not None:
            shapes[f"{name}.hidden.weight"], shapes[f"{name}.hidden.bias"] = (head.hidden, width), (head.hidden,)
            width = head.hidden
        shapes[f"{name}.output.weight"], shapes[f"{name}.output.bias"] = (JOINT_DIMENSIONS, width), (JOINT_DIMENSIONS,)
    return shapes


def describe(graph: Graph[Node], weights: Mapping[str, Array], name: str, head: Head) -> None:
    """Build one head: float32 (N, D) to float32 (N, 768), each row of length 1, or 0 where all of it is 0."""
    x = graph.input(INPUT, "float32", (-1, head.dimensions))
    if head.layer_norm:
        x = graph.layer_norm(x, weights[f"{name}.norm.weight"], weights[f"{name}.norm.bias"], LAYER_NORM_EPS)
    if head.hidden is not None:
        x = graph.gelu(_linear(graph, x, weights, f"{name}.hidden"))
    x = _linear(graph, x, weights, f"{name}.output")
    length = graph.add(graph.length(x), graph.constant(np.array(_LEAST_LENGTH, np.float32)))
    graph.output(graph.divide(x, length), OUTPUT)


def _linear(graph: Graph[Node], x: Node, weights: Mapping[str, Array], name: str) -> Node:
    return graph.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"], name)
