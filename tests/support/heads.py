"""Projection heads for tests: random ones, a pair that takes texts to known pictures, and what they are made for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hallscribe_export.heads_file import write_heads
from hallscribe_export.models.heads import Heads, parameter_shapes
from hallscribed.adapters.models.bundle import Bundle
from hallscribed.adapters.models.manifest import Manifest
from hallscribed.domain.embedding import JOINT_DIMENSIONS, EmbeddingSpace, Matrix, normalise

_KINDS: dict[str, dict[str, Any]] = {
    "encoder": {"picture": {"size": 224, "resize": "stretch", "mean": (0, 0, 0), "std": (1, 1, 1)}},
    "text": {"tokens": {"tokenizer": "graph.xml", "max_tokens": 256}},
}


def description(visual: EmbeddingSpace, text: EmbeddingSpace, /, **fields: Any) -> dict[str, Any]:
    """What a file of linear heads says of itself, as JSON would; ``fields`` win."""
    heads = {
        name: {"space": space.name, "dimensions": space.dimensions, "layer_norm": False, "hidden": None}
        for name, space in (("visual", visual), ("text", text))
    }
    training = {"data": "made for a test", "pairs": 1, "steps": 1}
    named = {"format_version": 1, "model_id": "test-heads", "licence": "MIT"}
    return {**named, **heads, "match_cosine": 0.5, "training": training, **fields}


def random_heads(file: Path, told: Mapping[str, Any], seed: int = 1) -> Path:
    """Heads of the described shapes that nobody trained."""
    rng = np.random.default_rng(seed)
    shapes = parameter_shapes(Heads.model_validate(told))
    weights = {
        name: (rng.normal(0, shape[-1] ** -0.5, shape) + name.endswith("norm.weight")).astype(np.float32)
        for name, shape in shapes.items()
    }
    return write_heads(file, weights, told)


def matched_heads(file: Path, told: Mapping[str, Any], pictures: Matrix, texts: Matrix, turn: int = 0) -> Path:
    """Linear heads that take each text (N, 384) to its picture (N, D), at a cosine of 0.96.

    Pictures keep their differences from their mean, since those of one encoder are much alike. A text unlike all
    of them goes where no picture is.

    Args:
        turn: by how many columns the joint space is shifted; another one is another space.
    """
    mean = pictures.mean(axis=0)
    visual = np.eye(JOINT_DIMENSIONS, pictures.shape[1], dtype=np.float32)
    wanted = normalise(pictures - mean) @ visual.T
    text = (np.linalg.pinv(texts.astype(np.float64)) @ wanted).T
    nowhere = np.zeros(JOINT_DIMENSIONS)
    nowhere[-1] = 0.3
    weights = {
        "visual.output.weight": np.roll(visual, turn, axis=0),
        "visual.output.bias": np.roll(-mean @ visual.T, turn),
        "text.output.weight": np.roll(text, turn, axis=0),
        "text.output.bias": np.roll(nowhere, turn),
    }
    return write_heads(file, {name: np.asarray(values, np.float32) for name, values in weights.items()}, told)


def bundle_of(kind: str, space: EmbeddingSpace, path: Path = Path("/bundles/nowhere")) -> Bundle:
    """A bundle of kind "encoder" or "text" that says it makes vectors of this space; there is no model in it."""
    manifest = Manifest(
        format_version=1,
        kind=kind,  # type: ignore[arg-type]
        model_id="model",
        revision="1",
        licence="MIT",
        space={"name": space.name, "dimensions": space.dimensions, "trained": True, "aligned": False},  # type: ignore[arg-type]
        inputs=({"name": "x", "dtype": "float32", "shape": (1, 3)},),  # type: ignore[arg-type]
        outputs=({"name": "y", "dtype": "float32", "shape": (1, space.dimensions)},),  # type: ignore[arg-type]
        precision="float32",
        tools={},
        measured={},
        runtimes={"openvino": ("graph.xml",)},
        files={"graph.xml": {"bytes": 1, "sha256": "0" * 64}},  # type: ignore[arg-type]
        manifest_sha256="0" * 64,
        **_KINDS[kind],
    )
    return Bundle(path, manifest)
