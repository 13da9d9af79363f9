"""Reads and writes a trained ``heads.safetensors``; see ``models.heads`` for its format."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from hallscribe_export.graph.port import Array
from hallscribe_export.models.heads import FORMAT_VERSION, METADATA_KEY, Heads, parameter_shapes
from hallscribe_export.sources.tensors import write_tensors
from hallscribe_export.writing import file_sha256

HEADS_FILE = "heads.safetensors"
_AGAIN = "copy it again from its origin, or train it anew"


@dataclass(frozen=True, slots=True)
class TrainedHeads:
    """A sound file: its description, its parameters (float32, by name) and its sha256."""

    file: Path
    description: Heads
    weights: dict[str, Array]
    sha256: str


def read_heads(source: Path) -> TrainedHeads:
    """Read ``source``, the file or a folder that holds it.

    Raises:
        ValueError: it is absent, cut off, of an unknown format, or a parameter is missing, unknown, of another shape or
            type, or no finite number.
    """
    file = source / HEADS_FILE if source.is_dir() else source
    if not file.is_file():
        raise ValueError(f"{file} is not there: give a trained {HEADS_FILE}, or the folder that holds it")
    try:
        with safe_open(file, "numpy") as opened:
            description = _described(file, opened.metadata() or {})
            shapes = parameter_shapes(description)
            strange = sorted(set(opened.keys()) ^ set(shapes))
            if strange:
                lacks = [name for name in strange if name in shapes]
                what = (
                    f"lacks {', '.join(lacks[:3])}" if lacks else f"has {', '.join(strange[:3])}, which it should not"
                )
                raise ValueError(f"{file} {what}: its parameters are not those of the heads that it describes")
            types = {name: opened.get_slice(name).get_dtype() for name in shapes}
            other = sorted(name for name in shapes if types[name] != "F32")
            if other:
                raise ValueError(f"{other[0]} in {file} is {types[other[0]]}: save the parameters as float32")
            weights = {name: np.asarray(opened.get_tensor(name), np.float32) for name in shapes}
    except (SafetensorError, OSError) as error:
        raise ValueError(f"{file} cannot be read ({error}): {_AGAIN}") from error
    for name, shape in shapes.items():
        if weights[name].shape != shape:
            raise ValueError(f"{name} in {file} is {weights[name].shape}, its description says {shape}: {_AGAIN}")
        if not np.isfinite(weights[name]).all():
            raise ValueError(f"{name} in {file} holds values that are no numbers: train it anew")
    return TrainedHeads(file, description, weights, file_sha256(file))


def write_heads(file: Path, weights: Mapping[str, Array], told: Mapping[str, Any]) -> Path:
    """Put parameters and ``told``, the fields of ``Heads``, into ``file``, whole or not at all; its path.

    OSError when it cannot be written.
    """
    whole = {name: np.ascontiguousarray(values) for name, values in weights.items()}
    partial = file.with_name(f".{file.name}.partial")
    write_tensors(save_file, whole, partial, {METADATA_KEY: json.dumps(told)})
    partial.chmod(0o644)
    partial.replace(file)
    return file


def _described(file: Path, metadata: dict[str, str]) -> Heads:
    if METADATA_KEY not in metadata:
        raise ValueError(f"{file} holds no projection heads (its metadata has no {METADATA_KEY!r}): give a trained one")
    try:
        fields = json.loads(metadata[METADATA_KEY])
        version = fields["format_version"]
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"the metadata {METADATA_KEY!r} of {file} is damaged: {_AGAIN}") from error
    if version != FORMAT_VERSION:
        raise ValueError(
            f"{file} is of format {version!r}, this version reads {FORMAT_VERSION}: "
            "train it anew, or install the version that wrote it"
        )
    try:
        return Heads.model_validate(fields)
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise ValueError(f"the metadata {METADATA_KEY!r} of {file} is not sound ({told}): {_AGAIN}") from error
