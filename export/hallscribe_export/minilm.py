"""Turns a published MiniLM checkpoint into a text bundle for both runtimes; needs no torch."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hallscribe_export.checkpoint import Checkpoint, weight_files
from hallscribe_export.golden import GOLDEN, text_golden, write_golden
from hallscribe_export.graph.onnx_graph import OnnxGraph
from hallscribe_export.graph.openvino_graph import OpenVinoGraph
from hallscribe_export.limits import float32_mib, refuse_full_temporary
from hallscribe_export.models.bert import IDS, MASK, OUTPUT, BertShape, describe, parameter_shapes
from hallscribe_export.pooling import check_pooling
from hallscribe_export.progress import Progress
from hallscribe_export.recipe import recipe
from hallscribe_export.request import RUNTIMES
from hallscribe_export.sources.tensors import Weights, read_weights
from hallscribe_export.tokenizing import check_tokenizer
from hallscribe_export.verification.measure import measured
from hallscribe_export.writing import bundle_folder, write_manifest
from hallscribed.adapters.models.bundle import load
from hallscribed.adapters.models.manifest import Manifest
from hallscribed.adapters.models.minilm import MiniLmEncoder
from hallscribed.adapters.runtime.openvino_runtime import OpenVinoRuntime
from hallscribed.domain.embedding import Matrix

_TOKENIZER = "tokenizer.json"
_MAX_TOKENS = 256
# The weights that everyone publishes under this name, wherever they were found and whatever their folder is called:
# vectors of equal weights belong to one space.
_PUBLISHED = {"53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db": "all-minilm-l6-v2"}
_DIGITS = 12
# What lectures and questions look like: short, long, with symbols, in another language, and one word.
SENTENCES = (
    "How does gradient descent choose its step size?",
    "The eigenvalues of a symmetric matrix are real, and its eigenvectors can be chosen orthonormal.",
    "In 1953 the structure of DNA was described as a double helix; who took the X-ray image?",
    "for (int i = 0; i < n; ++i) sum += a[i] * b[i];",
    "Die Vorlesung beginnt mit einer kurzen Wiederholung.",
    "P(A|B) = P(B|A) P(A) / P(B)",
    "entropy",
    " ".join(["Supply and demand meet where the marginal cost of a good equals what buyers would pay for it."] * 12),
)


def export_minilm(checkpoint: Checkpoint, out: Path, progress: Progress) -> Manifest:
    """Write the bundle ``out`` from a checkpoint; its manifest.

    Raises:
        ValueError, Misconfigured: the checkpoint is incomplete, damaged or of another kind, there is no room for what
            lies among temporary files, or the result differs too much from the checkpoint. Nothing is left behind.
    """
    progress.step("reading the weights")
    folder = checkpoint.folder
    shape = read_shape(folder)
    # For the graph in full precision, which makes the golden vectors.
    refuse_full_temporary(f"exporting to {out}", float32_mib(parameter_shapes(shape).values()))
    check_tokenizer(folder / _TOKENIZER, shape)
    check_pooling(folder)
    weights = read_weights(folder, parameter_shapes(shape), recipe("minilm").ignored)
    with bundle_folder(out) as made:
        progress.step("turning them into INT8 for both runtimes")
        runtimes = {}
        for name, graph in (("openvino", OpenVinoGraph()), ("onnxruntime", OnnxGraph())):
            describe(graph, weights, shape)
            runtimes[name] = graph.save(made, "text")
        shutil.copyfile(folder / _TOKENIZER, made / _TOKENIZER)
        fields = {**_fields(checkpoint, shape), "runtimes": runtimes, "measured": {}}
        write_manifest(made, fields)
        progress.step("calculating golden vectors in full precision")
        write_golden(made, "text", text_golden(SENTENCES, full_precision(made, weights, shape)))
        least = dict.fromkeys(RUNTIMES, recipe("minilm").parity.cosine)
        fields["golden"] = {"file": GOLDEN, "least_cosine": least}
        write_manifest(made, fields)
        progress.step("comparing and timing")
        return write_manifest(made, {**fields, "measured": measured(made, progress)})


def read_shape(folder: Path) -> BertShape:
    """The size that ``config.json`` gives. ValueError when it is of another model."""
    try:
        return BertShape.model_validate_json((folder / "config.json").read_bytes())
    except OSError as error:
        raise ValueError(f"{folder / 'config.json'} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise ValueError(f"{folder / 'config.json'} is not of a BERT that this exporter knows ({told})") from error


def full_precision(folder: Path, weights: Weights, shape: BertShape, texts: Sequence[str] = SENTENCES) -> Matrix:
    """The vectors (N, D) of texts by the same graph with float32 weights; ``folder`` is the bundle's."""
    bundle = load(folder)
    with tempfile.TemporaryDirectory() as temporary:
        full = OpenVinoGraph("full")
        describe(full, weights, shape)
        graph = full.save(Path(temporary), "full")[0]
        return MiniLmEncoder(bundle, OpenVinoRuntime(Path(temporary) / graph, 1)).encode(texts)


def _fields(checkpoint: Checkpoint, shape: BertShape) -> dict[str, Any]:
    files = [checkpoint.files[file.name] for file in weight_files(checkpoint.folder)]
    model_id = _PUBLISHED.get(files[0], checkpoint.name.rpartition("/")[2].lower())
    # By the weights, not by the hub's revision: a new model card makes no new space.
    space = f"{model_id}@{files[0][:_DIGITS]}+mean+l2"
    return {
        "kind": "text",
        "model_id": model_id,
        "revision": checkpoint.revision,
        "licence": checkpoint.licence,
        "space": {"name": space, "dimensions": shape.hidden_size, "trained": True, "aligned": False},
        "inputs": [{"name": name, "dtype": "int64", "shape": (-1, -1)} for name in (IDS, MASK)],
        "outputs": [{"name": OUTPUT, "dtype": "float32", "shape": (-1, shape.hidden_size)}],
        "tokens": {"tokenizer": _TOKENIZER, "max_tokens": min(_MAX_TOKENS, shape.max_position_embeddings)},
        "source": {"name": checkpoint.name, "files": checkpoint.files},
        "precision": "weights int8 with a scale for each row, activations float32",
    }
