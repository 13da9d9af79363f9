"""Small V-JEPA 2 checkpoints and bundles of the true layout, with random weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from hallscribe_export.golden import GOLDEN, as_kept, encoder_golden, model_inputs, write_golden
from hallscribe_export.graph.onnx_graph import OnnxGraph
from hallscribe_export.graph.openvino_graph import OpenVinoGraph
from hallscribe_export.models import predictor
from hallscribe_export.models.family import read_encoder, read_predictor
from hallscribe_export.sources.tensors import read_weights
from hallscribe_export.writing import bundle_folder, file_sha256, write_manifest
from hallscribed.adapters.models.bundle import load
from hallscribed.adapters.runtime.openvino_runtime import OpenVinoRuntime

SIDE, WIDTH = 64, 96
CONFIG: dict[str, Any] = {
    "architectures": ["VJEPA2Model"],
    "model_type": "vjepa2",
    "hidden_size": WIDTH,
    "num_attention_heads": 3,
    "num_hidden_layers": 2,
    "mlp_ratio": 4.0,
    "crop_size": SIDE,
    "frames_per_clip": 8,
    "pred_hidden_size": 60,
    "pred_num_attention_heads": 3,
    "pred_num_hidden_layers": 2,
    "pred_num_mask_tokens": 3,
    "pred_mlp_ratio": 2.0,
}
_PREDICTED = {"frames": 4, "context_frames": 2}


def vjepa_folder(folder: Path, seed: int = 1) -> Path:
    """A checkpoint with its predictor."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    rng = np.random.default_rng(seed)
    shapes = {
        **read_encoder(folder).parameter_shapes(),
        **predictor.parameter_shapes(read_predictor(folder, **_PREDICTED)),
    }
    weights = {}
    for name, shape in shapes.items():
        around = float("norm" in name and name.endswith("weight"))
        weights[name] = (around + 0.1 * rng.standard_normal(shape)).astype(np.float32)
    save_file(weights, folder / "model.safetensors")
    return folder


def encoder_bundle(folder: Path, out: Path, frames: int = 1, features: bool = False) -> Path:
    """A bundle of INT8 weights with the predictor, golden pictures and what full precision makes of them."""
    encoder = read_encoder(folder, frames=frames)
    asked = read_predictor(folder, **_PREDICTED)
    weights = read_weights(folder, encoder.parameter_shapes(), ("predictor.",))
    more = read_weights(folder, predictor.parameter_shapes(asked), ("encoder.",))
    with bundle_folder(out) as made:
        fields = _fields(folder, encoder.shape.input_shape, frames)
        for name, kind in (("openvino", OpenVinoGraph), ("onnxruntime", OnnxGraph)):
            graph: Any = kind("weights")
            encoder.describe(graph, weights, features=features)
            fields["runtimes"][name] = graph.save(made, "encoder")
            graph = kind("weights")
            predictor.describe(graph, more, asked)
            fields["graphs"]["predictor"]["runtimes"][name] = graph.save(made, "predictor")
        if features:
            fields["outputs"].append({"name": "features", "dtype": "float32", "shape": encoder.shape.features_shape})
        fields["graphs"]["predictor"].update(
            inputs=[{"name": "context", "dtype": "float32", "shape": (1, asked.context_tokens, WIDTH)}],
            outputs=[{"name": "predicted", "dtype": "float32", "shape": (1, asked.target_tokens, WIDTH)}],
        )
        write_manifest(made, {**fields, "golden": None})
        rng = np.random.default_rng(2)
        pictures = rng.integers(0, 255, (5, SIDE, SIDE, 3), np.uint8)
        clips = None if frames == 1 else np.array([[0, 1, 2, 3], [4, 3, 2, 1]], np.int64)
        full, full_predictor = OpenVinoGraph("full"), OpenVinoGraph("full")
        encoder.describe(full, weights)
        predictor.describe(full_predictor, more, asked)
        context = as_kept(rng.standard_normal((1, asked.context_tokens, WIDTH)).astype(np.float32))
        blank = encoder_golden(pictures, np.zeros((len(clips) if clips is not None else 5, WIDTH), np.float32), clips)
        inputs = model_inputs(load(made).manifest, blank)
        shape = encoder.shape.input_shape
        pooled = np.concatenate([_run(full, out, "pixel_values", clip.reshape(shape)) for clip in inputs])
        predicted = _run(full_predictor, out, "context", context)
        arrays = encoder_golden(pictures, pooled, clips, ({"context": context}, predicted))
        write_golden(made, "encoder", arrays)
        write_manifest(made, fields)
    return out


def _run(graph: OpenVinoGraph, out: Path, name: str, values: NDArray[np.float32]) -> NDArray[np.float32]:
    folder = out.parent / "full"
    folder.mkdir(exist_ok=True)
    runtime = OpenVinoRuntime(folder / graph.save(folder, "full")[0], 1)
    return np.asarray(next(iter(runtime.run({name: values}).values())), np.float32)


def _fields(folder: Path, shape: tuple[int, ...], frames: int) -> dict[str, Any]:
    files = {name: file_sha256(folder / name) for name in ("config.json", "model.safetensors")}
    return {
        "kind": "encoder",
        "model_id": folder.name,
        "revision": "1",
        "licence": "MIT",
        "space": {"name": f"{folder.name}@1", "dimensions": WIDTH, "trained": False, "aligned": False},
        "inputs": [{"name": "pixel_values", "dtype": "float32", "shape": shape}],
        "outputs": [{"name": "pooled", "dtype": "float32", "shape": (1, WIDTH)}],
        "picture": {
            "size": SIDE,
            "frames": frames,
            "resize": "stretch",
            "mean": (0.485, 0.456, 0.406),
            "std": (0.229, 0.224, 0.225),
        },
        "source": {"name": folder.name, "files": files},
        "golden": {"file": GOLDEN, "least_cosine": {"openvino": 0.999, "onnxruntime": 0.999}},
        "precision": "weights int8",
        "measured": {},
        "runtimes": {},
        "graphs": {"predictor": {"runtimes": {}}},
    }
