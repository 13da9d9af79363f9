"""Which linear layers lose most in INT8."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import openvino
from numpy.typing import NDArray
from openvino import opset13 as ops

from hallscribe_export.graph.port import Array, quantised
from hallscribe_export.graph.saving import save_graph
from hallscribe_export.models.encoder import INPUT
from hallscribe_export.progress import Progress
from hallscribe_export.quantise.work import Cases, Work, opened

# Of a clip's many tokens so many show what a layer does.
_MOST_TOKENS = 256


def rank_layers(
    progress: Progress,
    work: dict[str, Any],
    folder: Path,
    graph: Path,
    products: Mapping[str, str],
    activations: bool,
    pictures: Any,
    clips: Any,
) -> list[list[Any]]:
    """In a child: every linear layer with its error on the cases, the worst first.

    The error is the length of what INT8 changes in a layer's result, given what full precision feeds it, as a share
    of the result's.

    Args:
        folder: for the graph that gives what goes into every layer.
        graph, products: see reference.Full.
        activations: whether they are quantised, too.
    """
    told, cases = Work(**work), Cases(pictures, clips)
    tapped, taken = _tapped(graph, products)
    save_graph(tapped, folder / "tapped.xml")
    del tapped
    runtime, weights = opened("openvino", folder / "tapped.xml", "f32"), told.weights()
    seen: dict[str, list[Array]] = {name: [] for name in set(taken.values())}
    for number in range(len(cases)):
        for name, values in runtime.run({INPUT: cases.input(number)}).items():
            seen[name].append(np.asarray(values, np.float32)[0])
        progress.advance(number + 1, len(cases))
    errors = [
        [layer, _error(np.concatenate(seen[name]), weights[f"{layer}.weight"], activations)]
        for layer, name in taken.items()
    ]
    return sorted(errors, key=lambda each: -each[1])


def _tapped(graph: Path, products: Mapping[str, str]) -> tuple[Any, dict[str, str]]:
    """A model whose outputs are what goes into the layers, and for each layer which of them."""
    model = openvino.Core().read_model(graph)
    nodes = {node.get_friendly_name(): node for node in model.get_ordered_ops()}
    results, taken = {}, {}
    for layer, product in products.items():
        source = nodes[product].input_value(0)
        name = f"into_{source.get_node().get_friendly_name()}"
        if name not in results:
            numbers = [ops.constant(np.array([number], np.int64)) for number in (0, _MOST_TOKENS, 1, 1)]
            part = ops.slice(source, *numbers)
            part.output(0).set_names({name})
            results[name] = ops.result(part)
        taken[layer] = name
    return openvino.Model(list(results.values()), model.get_parameters(), "tapped"), taken


def _error(x: Array, weight: Array, activations: bool) -> float:
    values, scale = quantised(weight)
    wanted = x @ weight.T
    found = (_rounded(x) if activations else x) @ (values * scale).T
    return float(np.linalg.norm(found - wanted) / max(float(np.linalg.norm(wanted)), 1e-30))


def _rounded(x: NDArray[np.float32]) -> Array:
    """With one scale for all of it."""
    scale = max(float(np.abs(x).max()), 1e-30) / 127.0
    return np.asarray(np.rint(x / scale) * scale, np.float32)
