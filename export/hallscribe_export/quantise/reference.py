"""The encoder in full precision: what everything else is measured by."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hallscribe_export.graph.openvino_graph import OpenVinoGraph
from hallscribe_export.graph.port import Array
from hallscribe_export.models.encoder import FEATURES, INPUT
from hallscribe_export.progress import Progress
from hallscribe_export.quantise.trained import are_trained
from hallscribe_export.quantise.work import Cases, Work, opened, pooled


@dataclass(frozen=True, slots=True)
class Full:
    """The graph with float32 weights.

    Attributes:
        graph: its OpenVINO file.
        products: for each linear layer the name of its product in that file.
    """

    graph: Path
    products: dict[str, str]


class _Mapped(OpenVinoGraph):
    """Remembers which node is which layer's product."""

    def __init__(self) -> None:
        super().__init__("full")
        self.products: dict[str, str] = {}

    def linear(self, x: Any, weight: Array, bias: Array, name: str) -> Any:
        """See the port."""
        result = super().linear(x, weight, bias, name)
        self.products[name] = result.input_value(0).get_node().get_friendly_name()
        return result


def make_reference(
    progress: Progress, work: dict[str, Any], folder: Path, pictures: Any, clips: Any, features: bool
) -> dict[str, Any]:
    """In a child: write the graph into ``folder`` and run all cases.

    Args:
        features: also give the first case's feature map.

    Returns:
        graph, products (see Full), rows (N, D), trained, and features (tokens, D) where they were asked for.
    """
    told, cases = Work(**work), Cases(pictures, clips)
    weights = told.weights()
    graph = _Mapped()
    told.encoder().describe(graph, weights, features=features or told.features)
    path, products = folder / graph.save(folder, "full")[0], graph.products
    del graph  # its weights leave the memory before the runtime's come
    runtime = opened("openvino", path, "f32")
    found: dict[str, Any] = {
        "graph": path,
        "products": products,
        "trained": are_trained(weights),
        "rows": pooled(runtime, cases, progress),
    }
    if features:
        whole = np.asarray(runtime.run({INPUT: cases.input(0)})[FEATURES], np.float32)
        found["features"] = whole.reshape(-1, whole.shape[-1])
    return found
