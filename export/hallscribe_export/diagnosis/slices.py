"""Times two layers of a large encoder, so that the whole of it can be predicted without its weights."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from hallscribe_export.diagnosis.tiers import Tier
from hallscribe_export.graph.onnx_graph import OnnxGraph
from hallscribe_export.graph.openvino_graph import OpenVinoGraph
from hallscribe_export.graph.port import Graph, Mode, Node
from hallscribe_export.models.vjepa2 import INPUT, Vjepa2Shape, describe, parameter_shapes
from hallscribe_export.progress import Progress
from hallscribe_export.timing import times_ms
from hallscribed.adapters.runtime.onnx_runtime import OnnxRuntime
from hallscribed.adapters.runtime.openvino_runtime import OpenVinoRuntime
from hallscribed.ports import Runtime

LAYERS = 2
_SECONDS = 0.6
_DEVIATION = 0.02
# Runtime and the way to INT8: the exporter's auto takes the fastest that is exact enough, so does this.
_WAYS: tuple[tuple[str, Mode], ...] = (
    ("openvino", "weights"),
    ("openvino", "dynamic"),
    ("onnxruntime", "weights"),
    ("onnxruntime", "dynamic"),
)


def time_slices(progress: Progress, tiers: list[dict[str, object]], threads: int) -> list[dict[str, object]]:
    """In a child: for each tier the fastest runtime and its milliseconds for two layers on one picture."""
    found = []
    for number, fields in enumerate(tiers):
        tier = Tier.model_validate(fields)
        times = {way: _slice_ms(tier, *way, threads) for way in _WAYS}
        runtime, mode = fastest = min(times, key=lambda way: times[way])
        found.append({"runtime": runtime, "mode": mode, "slice_ms": times[fastest]})
        progress.advance(number + 1, len(tiers))
    return found


def _slice_ms(tier: Tier, name: str, mode: Mode, threads: int) -> float:
    with tempfile.TemporaryDirectory(prefix="hallscribe-doctor-") as temporary:
        folder = Path(temporary)
        open_graph: Callable[[Path], Runtime]
        if name == "openvino":
            openvino = OpenVinoGraph(mode)
            _describe(openvino, tier)
            file, open_graph = openvino.save(folder, "slice")[0], lambda path: OpenVinoRuntime(path, threads)
        else:
            onnx = OnnxGraph(mode)
            _describe(onnx, tier)
            file, open_graph = onnx.save(folder, "slice")[0], lambda path: OnnxRuntime(path, threads)
        runtime = open_graph(folder / file)
        picture = np.random.default_rng(1).standard_normal((1, 3, tier.side, tier.side), np.float32)
        # The first quartile: other work slows runs down at times, nothing makes them faster.
        return statistics.quantiles(times_ms(lambda: runtime.run({INPUT: picture}), _SECONDS), n=4)[0]


def _describe(graph: Graph[Node], tier: Tier) -> None:
    """The encoder with two layers and random weights."""
    shape = Vjepa2Shape(tier.width, tier.heads, LAYERS, mlp_ratio=tier.inner / tier.width, crop_size=tier.side)
    numbers = np.random.default_rng(2)
    weights = {
        name: numbers.standard_normal(lengths, np.float32) * np.float32(_DEVIATION)
        for name, lengths in parameter_shapes(shape).items()
    }
    describe(graph, weights, shape)
