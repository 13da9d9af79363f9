"""BERT as a sentence encoder (Reimers and Gurevych 2019, arXiv 1908.10084): mean over the tokens, L2-normalised."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from hallscribe_export.graph.port import Array, Graph, Node

IDS = "input_ids"
MASK = "attention_mask"
OUTPUT = "sentence_embedding"
# Added to the score of a padded token: its share becomes exactly 0 in float32.
_MASKED = 1e4


class BertShape(BaseModel):
    """What the graph needs of a ``config.json``; anything that this description does not do is refused."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    model_type: str = Field(pattern="^bert$")
    hidden_act: str = Field(pattern="^gelu$")
    position_embedding_type: str = Field("absolute", pattern="^absolute$")
    hidden_size: int = Field(ge=1)
    num_attention_heads: int = Field(ge=1)
    num_hidden_layers: int = Field(ge=1)
    intermediate_size: int = Field(ge=1)
    vocab_size: int = Field(ge=1)
    max_position_embeddings: int = Field(ge=1)
    type_vocab_size: int = Field(ge=1)
    layer_norm_eps: float = Field(gt=0)


def parameter_shapes(shape: BertShape) -> dict[str, tuple[int, ...]]:
    """Every parameter that the graph uses, under Hugging Face's names, and its shape."""
    wide, inner = shape.hidden_size, shape.intermediate_size
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (shape.vocab_size, wide),
        "embeddings.position_embeddings.weight": (shape.max_position_embeddings, wide),
        "embeddings.token_type_embeddings.weight": (shape.type_vocab_size, wide),
    }
    norms = ["embeddings.LayerNorm"]
    linears = []
    for number in range(shape.num_hidden_layers):
        layer = f"encoder.layer.{number}."
        linears += [(f"{layer}attention.self.{name}", wide, wide) for name in ("query", "key", "value")]
        linears += [(f"{layer}attention.output.dense", wide, wide)]
        linears += [(f"{layer}intermediate.dense", inner, wide), (f"{layer}output.dense", wide, inner)]
        norms += [f"{layer}attention.output.LayerNorm", f"{layer}output.LayerNorm"]
    for name, outputs, inputs in linears:
        shapes[f"{name}.weight"], shapes[f"{name}.bias"] = (outputs, inputs), (outputs,)
    for name in norms:
        shapes[f"{name}.weight"] = shapes[f"{name}.bias"] = (wide,)
    return shapes


def describe(graph: Graph[Node], weights: Mapping[str, Array], shape: BertShape) -> None:
    """Build the encoder: int64 ids and mask (N, S) to float32 (N, D), each row of length 1."""
    ids, mask = graph.input(IDS, "int64", (-1, -1)), graph.input(MASK, "int64", (-1, -1))
    shown = graph.as_float(mask)
    # 0 for a token, -1e4 for padding, (N, 1, 1, S)
    bias = graph.multiply(
        graph.add(graph.reshape(shown, (0, 1, 1, -1)), graph.constant(np.array(-1.0, np.float32))),
        graph.constant(np.array(_MASKED, np.float32)),
    )
    x = graph.rows(weights["embeddings.word_embeddings.weight"], ids)
    # One text at a time is always of the first type, so its row belongs to every place.
    places = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    x = _norm(graph, graph.add(x, graph.leading_rows(places, ids)), weights, "embeddings.LayerNorm", shape)
    for number in range(shape.num_hidden_layers):
        layer = f"encoder.layer.{number}."
        seen = _attention(graph, x, bias, weights, layer, shape)
        x = _norm(graph, graph.add(x, seen), weights, f"{layer}attention.output.LayerNorm", shape)
        inner = graph.gelu(_linear(graph, x, weights, f"{layer}intermediate.dense"))
        inner = _linear(graph, inner, weights, f"{layer}output.dense")
        x = _norm(graph, graph.add(x, inner), weights, f"{layer}output.LayerNorm", shape)
    column = graph.reshape(shown, (0, -1, 1))
    mean = graph.divide(graph.total(graph.multiply(x, column), 1, keep=False), graph.total(shown, 1, keep=True))
    graph.output(graph.divide(mean, graph.length(mean)), OUTPUT)


def _attention(
    graph: Graph[Node], x: Node, bias: Node, weights: Mapping[str, Array], layer: str, shape: BertShape
) -> Node:
    query, key, value = (
        _linear(graph, x, weights, f"{layer}attention.self.{name}") for name in ("query", "key", "value")
    )
    seen = graph.attention(query, key, value, shape.num_attention_heads, bias=bias)
    return _linear(graph, seen, weights, f"{layer}attention.output.dense")


def _linear(graph: Graph[Node], x: Node, weights: Mapping[str, Array], name: str) -> Node:
    return graph.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"], name)


def _norm(graph: Graph[Node], x: Node, weights: Mapping[str, Array], name: str, shape: BertShape) -> Node:
    return graph.layer_norm(x, weights[f"{name}.weight"], weights[f"{name}.bias"], shape.layer_norm_eps)
