"""The predictor as a further graph of a bundle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hallscribe_export.child import in_child
from hallscribe_export.golden import as_kept
from hallscribe_export.graph.onnx_graph import OnnxGraph
from hallscribe_export.graph.openvino_graph import OpenVinoGraph
from hallscribe_export.graph.port import Array, Mode
from hallscribe_export.models import predictor
from hallscribe_export.models.encoder import MOST_FRAMES
from hallscribe_export.models.family import read_predictor
from hallscribe_export.models.predictor import INPUT, OUTPUT, PredictorShape
from hallscribe_export.progress import Progress
from hallscribe_export.quantise.work import Work, opened
from hallscribe_export.recipe import recipe
from hallscribe_export.request import Precision
from hallscribe_export.sources.tensors import Weights, read_weights
from hallscribe_export.verification.values import least_cosine
from hallscribed.adapters.models.manifest import RuntimeName

NAME = "predictor"


@dataclass(frozen=True, slots=True)
class Predictor:
    """A predictor's files, in the order of the manifest's fields, and what it does to golden inputs.

    Attributes:
        context: float32 (1, context tokens, D), as it is kept.
        wanted: float32 (1, target tokens, D), in full precision.
        kept: what stayed in full precision although INT8 weights were asked for.
    """

    fields: dict[str, Any]
    files: tuple[Path, ...]
    context: Array
    wanted: Array
    kept: tuple[str, ...]


def predictor_shape(work: Work) -> PredictorShape:
    """The context is what the encoder sees and the target as long again; of long clips it is half and half.

    ValueError as ``read_predictor``.
    """
    tubelet = work.encoder().shape.tubelet_size
    seen = max(work.frames, tubelet)
    frames = 2 * seen if 2 * seen <= MOST_FRAMES else seen
    context = frames // 2 // tubelet * tubelet
    return read_predictor(work.checkpoint, frames=frames, context_frames=context, crop_size=work.side)


def predictor_weights(work: Work) -> Weights:
    """The predictor's. ValueError as ``read_predictor`` and ``read_weights``."""
    shapes = predictor.parameter_shapes(predictor_shape(work))
    return read_weights(work.checkpoint, shapes, ("encoder.", *recipe("vjepa2").ignored))


def make_predictor(
    work: Work,
    features: Array,
    runtimes: Sequence[RuntimeName],
    precision: Precision,
    bar: float,
    folder: Path,
    progress: Progress,
) -> Predictor:
    """Write it for the runtimes, with INT8 weights where that was asked for and the bar holds, else in full precision.

    Args:
        features: what the encoder gives of a golden input, float32 (tokens, D).
        bar: the least cosine of a token's vector to that of full precision.
    """
    shape = predictor_shape(work)
    context = as_kept(features[None, : shape.context_tokens])
    progress.step("the predictor in full precision")
    wanted = _made(work, "openvino", "full", folder / "full", context, progress)[1]
    files: dict[str, tuple[Path, ...]] = {}
    kept: list[str] = []
    for runtime in runtimes:
        progress.step(f"the predictor for {runtime}")
        mode: Mode = "weights" if precision in ("auto", "int8") else "full"
        made, rows = _made(work, runtime, mode, folder / runtime, context, progress)
        if mode == "weights" and not least_cosine(rows[0], wanted[0]) >= bar:
            made, _ = _made(work, runtime, "full", folder / runtime, context, progress)
            kept.append(f"{NAME} ({runtime})")
        files[runtime] = made
    fields = {
        "inputs": [{"name": INPUT, "dtype": "float32", "shape": context.shape}],
        "outputs": [{"name": OUTPUT, "dtype": "float32", "shape": wanted.shape}],
        "runtimes": {runtime: tuple(file.name for file in made) for runtime, made in files.items()},
    }
    paths = tuple(file for made in files.values() for file in made)
    return Predictor(fields, paths, context, wanted, tuple(kept))


def _made(
    work: Work, runtime: str, mode: Mode, folder: Path, context: Array, progress: Progress
) -> tuple[tuple[Path, ...], Array]:
    folder.mkdir(parents=True, exist_ok=True)
    found = in_child(
        write_and_run, progress, work=asdict(work), runtime=runtime, mode=mode, folder=folder, context=context
    ).result
    return tuple(folder / name for name in found["files"]), found["rows"]


def write_and_run(
    progress: Progress, work: dict[str, Any], runtime: str, mode: Mode, folder: Path, context: Array
) -> dict[str, Any]:
    """In a child: files (names) and rows (1, target tokens, D)."""
    told = Work(**work)
    shape = predictor_shape(told)
    weights = predictor_weights(told)
    graph: OpenVinoGraph | OnnxGraph = OpenVinoGraph(mode) if runtime == "openvino" else OnnxGraph(mode)
    predictor.describe(graph, weights, shape)
    files = graph.save(folder, NAME)
    del graph
    rows = np.asarray(opened(runtime, folder / files[0], "f32").run({INPUT: context})[OUTPUT], np.float32)
    return {"files": files, "rows": rows}
