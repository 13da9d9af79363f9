"""The ways in which an encoder's graph can be written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from hallscribe_export.graph.onnx_graph import OnnxGraph
from hallscribe_export.graph.openvino_graph import OpenVinoGraph
from hallscribe_export.graph.saving import save_graph
from hallscribe_export.quantise.post_training import quantised_model
from hallscribe_export.quantise.reference import Full
from hallscribe_export.quantise.work import Cases, Work
from hallscribe_export.request import Precision
from hallscribed.adapters.models.manifest import RuntimeName

Route = Literal["full", "bf16", "weights", "dynamic", "post_training"]
ROUTES: tuple[Route, ...] = get_args(Route)
STEM = "encoder"

_INT8: dict[RuntimeName, tuple[Route, ...]] = {
    "openvino": ("weights", "dynamic", "post_training"),
    "onnxruntime": ("weights", "dynamic"),
}
_WORDS: dict[Route, str] = {
    "full": "float32",
    "bf16": "weights float16, calculated in bfloat16",
    "weights": "weights int8 with a scale for each row, activations float32",
    "dynamic": "linear layers int8, their activations quantised at run time",
    "post_training": "linear layers int8, their activations quantised after calibration (NNCF, SmoothQuant)",
}


def routes(precision: Precision, runtime: RuntimeName) -> tuple[Route, ...]:
    """Those that a precision stands for."""
    single: dict[Precision, Route] = {"int8": "weights", "bf16": "bf16", "fp32": "full"}
    return _INT8[runtime] if precision == "auto" else (single[precision],)


def in_words(route: Route) -> str:
    """For a manifest's ``precision``."""
    return _WORDS[route]


def calculates_in(route: Route) -> Literal["f32", "bf16"]:
    """A manifest's ``inference_precision``."""
    return "bf16" if route == "bf16" else "f32"


def write(
    work: Work, runtime: str, route: Route, keep: Sequence[str], folder: Path, full: Full, calibrating: Cases
) -> tuple[str, ...]:
    """Write the graph into ``folder``; the files' names, the graph's first.

    Args:
        keep: linear layers that stay in full precision.
        full: the graph in full precision, of which the route "post_training" starts.
        calibrating: what that is calibrated with.
    """
    names = (f"{STEM}.xml", f"{STEM}.bin")
    if route == "post_training":
        save_graph(quantised_model(work, full, keep, calibrating), folder / names[0])
        return names
    graph: OpenVinoGraph | OnnxGraph
    mode = route if route in ("weights", "dynamic") else "full"
    graph = OpenVinoGraph(mode, keep) if runtime == "openvino" else OnnxGraph(mode, keep)
    work.encoder().describe(graph, work.weights(), features=work.features)
    if route == "bf16":
        save_graph(graph.model(), folder / names[0], halve=True)
        return names
    return graph.save(folder, STEM)
