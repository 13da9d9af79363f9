"""Turns a published MiniLM checkpoint into a text bundle for both runtimes; needs no torch."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from hallscribe_export.checkpoint import WEIGHTS, read_weights
from hallscribe_export.graph.onnx_graph import OnnxGraph
from hallscribe_export.graph.openvino_graph import OpenVinoGraph
from hallscribe_export.graph.port import Array
from hallscribe_export.models.bert import IDS, MASK, OUTPUT, BertShape, describe, parameter_shapes
from hallscribe_export.writing import bundle_folder, write_manifest
from hallscribed.adapters.models.bundle import load
from hallscribed.adapters.models.minilm import MiniLmEncoder
from hallscribed.adapters.runtime.factory import open_runtime
from hallscribed.adapters.runtime.openvino_runtime import OpenVinoRuntime
from hallscribed.ports import TextEncoder

MODEL_ID = "all-minilm-l6-v2"
_TOKENIZER = "tokenizer.json"
_MAX_TOKENS = 256
# Below this cosine to full precision, something went wrong rather than was rounded.
_LEAST_COSINE = 0.998
# What lectures and questions look like: short, long, with symbols, in another language, and one word.
_SENTENCES = (
    "How does gradient descent choose its step size?",
    "The eigenvalues of a symmetric matrix are real, and its eigenvectors can be chosen orthonormal.",
    "In 1953 the structure of DNA was described as a double helix; who took the X-ray image?",
    "for (int i = 0; i < n; ++i) sum += a[i] * b[i];",
    "Die Vorlesung beginnt mit einer kurzen Wiederholung.",
    "P(A|B) = P(B|A) P(A) / P(B)",
    "entropy",
    " ".join(["Supply and demand meet where the marginal cost of a good equals what buyers would pay for it."] * 12),
)


def export_minilm(folder: Path, out: Path) -> dict[str, float]:
    """Write the bundle ``out`` from a checkpoint's folder; the figures measured.

    Raises:
        ValueError, Misconfigured: the checkpoint is incomplete, damaged or of another kind, or the result differs too
            much from it.
    """
    shape = _read_shape(folder)
    if not (folder / _TOKENIZER).is_file():
        raise ValueError(f"{folder} holds no {_TOKENIZER}")
    weights = read_weights(folder, parameter_shapes(shape))
    with bundle_folder(out) as made:
        runtimes = {}
        for name, graph in (("openvino", OpenVinoGraph()), ("onnxruntime", OnnxGraph())):
            describe(graph, weights, shape)
            runtimes[name] = graph.save(made, "text")
        shutil.copyfile(folder / _TOKENIZER, made / _TOKENIZER)
        fields = {**_fields(folder, shape), "runtimes": runtimes}
        write_manifest(made, {**fields, "measured": {}})
        measured = _measured(made, weights, shape)
        write_manifest(made, {**fields, "measured": measured})
    return measured


def _read_shape(folder: Path) -> BertShape:
    try:
        return BertShape.model_validate_json((folder / "config.json").read_bytes())
    except OSError as error:
        raise ValueError(f"{folder / 'config.json'} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise ValueError(f"{folder / 'config.json'} is not of a BERT that this exporter knows ({told})") from error


def _fields(folder: Path, shape: BertShape) -> dict[str, Any]:
    with (folder / WEIGHTS).open("rb") as file:
        revision = hashlib.file_digest(file, "sha256").hexdigest()[:12]
    return {
        "kind": "text",
        "model_id": MODEL_ID,
        "revision": revision,
        "licence": "Apache-2.0",
        "space": {
            "name": f"{MODEL_ID}@{revision}+mean+l2",
            "dimensions": shape.hidden_size,
            "trained": True,
            "aligned": False,
        },
        "inputs": [{"name": name, "dtype": "int64", "shape": (-1, -1)} for name in (IDS, MASK)],
        "outputs": [{"name": OUTPUT, "dtype": "float32", "shape": (-1, shape.hidden_size)}],
        "tokens": {"tokenizer": _TOKENIZER, "max_tokens": min(_MAX_TOKENS, shape.max_position_embeddings)},
        "precision": "weights int8 with a scale for each row, activations float32",
    }


def _measured(made: Path, weights: dict[str, Array], shape: BertShape) -> dict[str, float]:
    """The least cosine of each runtime's vectors to those of the weights as published."""
    bundle = load(made)
    with tempfile.TemporaryDirectory() as temporary:
        full = OpenVinoGraph(int8=False)
        describe(full, weights, shape)
        graph = full.save(Path(temporary), "full")[0]
        wanted = MiniLmEncoder(bundle, OpenVinoRuntime(Path(temporary) / graph, 1)).encode(_SENTENCES)
    measured = {}
    for name in bundle.manifest.runtimes:
        encoder: TextEncoder = MiniLmEncoder(bundle, open_runtime(name, bundle, 1))
        cosine = float(np.sum(encoder.encode(_SENTENCES) * wanted, axis=1).min())
        if not cosine >= _LEAST_COSINE:
            raise ValueError(
                f"on {name} a sentence's vector has a cosine of only {cosine:.4f} to full precision "
                f"({_LEAST_COSINE} is the least): these weights cannot be kept in INT8 this way"
            )
        measured[f"cosine_to_float32_{name}"] = round(cosine, 5)
    return measured
