"""Turns trained heads into a projection bundle for both runtimes; needs no torch."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from hallscribe_export.golden import Arrays, write_golden
from hallscribe_export.graph.onnx_graph import OnnxGraph
from hallscribe_export.graph.openvino_graph import OpenVinoGraph
from hallscribe_export.graph.port import Array
from hallscribe_export.heads_file import TrainedHeads, read_heads
from hallscribe_export.models.heads import INPUT, LAYER_NORM_EPS, OUTPUT, TEXT, VISUAL, Head, describe
from hallscribe_export.progress import Progress
from hallscribe_export.verification.measure import measured
from hallscribe_export.writing import bundle_folder, write_manifest
from hallscribed.adapters.models.bundle import Bundle
from hallscribed.adapters.models.manifest import Manifest
from hallscribed.domain.embedding import JOINT_DIMENSIONS

# Heads are kept in full precision: anything below this went wrong rather than was rounded.
_LEAST_COSINE = 0.9999
_GOLDEN_ROWS = 32
# The visual head is the main graph of the bundle.
_HEADS = (VISUAL, TEXT)


def export_projection(source: Path, encoder: Bundle, text: Bundle, out: Path, progress: Progress) -> Manifest:
    """Write the bundle ``out`` from trained heads; its manifest.

    Args:
        source: ``heads.safetensors``, or the folder that holds it.
        encoder, text: the bundles whose vectors the heads take.

    Raises:
        ValueError, Misconfigured: the file is damaged, of other spaces than the bundles', or the result differs too
            much from it. Nothing is left behind.
    """
    progress.step("reading the heads")
    heads = read_heads(source)
    _check_space(heads, VISUAL, encoder, "encoder")
    _check_space(heads, TEXT, text, "text")
    with bundle_folder(out) as made:
        progress.step("writing the graphs")
        runtimes = {name: _write_graphs(made, heads, name) for name in ("openvino", "onnxruntime")}
        fields = _fields(heads, runtimes, write_golden(made, "projection", _golden(heads)))
        write_manifest(made, {**fields, "measured": {}})
        progress.step("comparing with the file, and timing")
        return write_manifest(made, {**fields, "measured": measured(made, progress)})


def _check_space(heads: TrainedHeads, name: str, bundle: Bundle, kind: str) -> None:
    if bundle.manifest.kind != kind:
        raise ValueError(f"{bundle.path} is a {bundle.manifest.kind} bundle: give one of kind {kind} with --{kind}")
    head, space = heads.description.head(name), bundle.space
    if (head.space, head.dimensions) != (space.name, space.dimensions):
        raise ValueError(
            f"the {name} head in {heads.file} takes vectors of the space {head.space!r} ({head.dimensions} numbers), "
            f"the bundle {bundle.path} makes {space.name!r} ({space.dimensions}): give the bundle that it was trained "
            f"for with --{kind}, or train heads for this one"
        )


def _write_graphs(folder: Path, heads: TrainedHeads, runtime: str) -> dict[str, tuple[str, ...]]:
    """The files of each head's graph in one runtime's form."""
    files = {}
    for name in _HEADS:
        graph = OpenVinoGraph("full") if runtime == "openvino" else OnnxGraph("full")
        describe(graph, heads.weights, name, heads.description.head(name))
        files[name] = graph.save(folder, name)
    return files


def _fields(heads: TrainedHeads, runtimes: dict[str, dict[str, tuple[str, ...]]], golden: str) -> dict[str, Any]:
    description, revision = heads.description, heads.sha256[:12]
    graphs = {
        name: {
            "inputs": [{"name": INPUT, "dtype": "float32", "shape": (-1, description.head(name).dimensions)}],
            "outputs": [{"name": OUTPUT, "dtype": "float32", "shape": (-1, JOINT_DIMENSIONS)}],
            "runtimes": {runtime: files[name] for runtime, files in runtimes.items()},
        }
        for name in _HEADS
    }
    return {
        "kind": "projection",
        "model_id": description.model_id,
        "revision": revision,
        "licence": description.licence,
        "space": {
            "name": f"{description.model_id}@{revision}+l2",
            "dimensions": JOINT_DIMENSIONS,
            "trained": True,
            "aligned": True,
        },
        **graphs[VISUAL],
        "graphs": {TEXT: graphs[TEXT]},
        "joined": {
            "visual": description.visual.space,
            "text": description.text.space,
            "match_cosine": description.match_cosine,
        },
        "source": {"name": heads.file.name, "files": {heads.file.name: heads.sha256}},
        "golden": {"file": golden, "least_cosine": dict.fromkeys(runtimes, _LEAST_COSINE)},
        "precision": "float32",
    }


def _golden(heads: TrainedHeads) -> Arrays:
    """Rows as the encoders could give them, and what the heads as published make of them."""
    rng = np.random.default_rng(heads.description.visual.dimensions)
    arrays: Arrays = {}
    for name in _HEADS:
        head = heads.description.head(name)
        rows = rng.standard_normal((_GOLDEN_ROWS, head.dimensions)).astype(np.float32)
        if name == TEXT:  # which arrive with length 1
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        arrays[f"{name}.{INPUT}"], arrays[f"{name}.{OUTPUT}"] = rows, applied(heads.weights, name, head, rows)
    return arrays


def applied(weights: dict[str, Array], name: str, head: Head, rows: Array) -> Array:
    """What a head makes of rows (N, D), calculated in float64 without any runtime; float32 (N, 768)."""
    x = rows.astype(np.float64)
    if head.layer_norm:
        x = x - x.mean(axis=1, keepdims=True)
        x = x / np.sqrt((x * x).mean(axis=1, keepdims=True) + LAYER_NORM_EPS)
        x = x * weights[f"{name}.norm.weight"] + weights[f"{name}.norm.bias"]
    if head.hidden is not None:
        x = x @ weights[f"{name}.hidden.weight"].T.astype(np.float64) + weights[f"{name}.hidden.bias"]
        x = 0.5 * x * (1.0 + np.vectorize(math.erf)(x / math.sqrt(2.0)))
    x = x @ weights[f"{name}.output.weight"].T.astype(np.float64) + weights[f"{name}.output.bias"]
    return np.asarray(x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12), np.float32)
