"""What an export has to do, told by the checkpoint's configuration: the input of ``limits``."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path

from hallscribe_export.heads_file import HEADS_FILE
from hallscribe_export.limits import Job
from hallscribe_export.models.family import Encoder, read_encoder
from hallscribe_export.models.naming import vjepa21_message
from hallscribe_export.recipe import Family, Recipe, recipe
from hallscribe_export.request import RUNTIMES, VjepaRequest
from hallscribe_export.sources.folder import Checkpoint
from hallscribe_export.sources.tensors import stored_shapes
from hallscribed.adapters.models.manifest import RuntimeName

# What config.json calls the architecture, and the recipe for it.
_FAMILIES: dict[str, Family] = {
    "vjepa2": "vjepa2",
    "vjepa": "vjepa1",
    "bert": "minilm",
    "gemma": "gemma",
    "gemma2": "gemma",
    "gemma3_text": "gemma",
}

# Of a parameter, by the types in which checkpoints are stored.
_BYTES = {"bfloat16": 2, "float16": 2, "float32": 4}


def family_of(folder: Path) -> Family:
    """The recipe that a checkpoint's folder is for. ValueError when there is none."""
    file = folder / "config.json"
    try:
        config = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise ValueError(f"{file} cannot be read ({error}): fetch the checkpoint again") from error
    kind = config.get("model_type") if isinstance(config, dict) else None
    if kind not in _FAMILIES:
        hint = f". {vjepa21_message()}" if "2_1" in str(kind) else ""
        raise ValueError(
            f"{file} has model_type {kind!r}, which cannot be exported: known are {', '.join(_FAMILIES)}{hint}"
        )
    return _FAMILIES[kind]


def recipe_of(checkpoint: Checkpoint, *allowed: Family) -> Recipe:
    """Its recipe. ValueError when it is of none of the allowed families."""
    return recipe_for(checkpoint.folder, *allowed)


def recipe_for(folder: Path, *allowed: Family) -> Recipe:
    """The same of a folder that holds ``config.json`` at least."""
    family = family_of(folder)
    if family not in allowed:
        wanted = " or ".join(recipe(each).title for each in allowed)
        raise ValueError(
            f"{folder / 'config.json'} is of {recipe(family).title}: give a checkpoint of {wanted}, "
            "or use the command for this one"
        )
    return recipe(family)


def vjepa_job(checkpoint: Checkpoint, request: VjepaRequest) -> Job:
    """The export of an encoder. ValueError when its configuration is no encoder's."""
    ignored = (*recipe("vjepa2").ignored, *(() if request.predictor else ("predictor.",)))
    asked = {
        name: lengths for name, lengths in stored_shapes(checkpoint.folder).items() if not name.startswith(ignored)
    }
    return _encoder_job(checkpoint.folder, request, asked)


def configured_vjepa_job(folder: Path, request: VjepaRequest) -> Job:
    """The least that the same takes, told by ``config.json`` alone: without the predictor's parameters."""
    return _encoder_job(folder, request, _encoder(folder, request).parameter_shapes())


def _encoder(folder: Path, request: VjepaRequest) -> Encoder:
    return read_encoder(folder, frames=1 if request.single else request.frames, crop_size=request.resolution)


def _encoder_job(folder: Path, request: VjepaRequest, shapes: Mapping[str, tuple[int, ...]]) -> Job:
    shape = _encoder(folder, request).shape
    return Job(
        parameters=sum(map(math.prod, shapes.values())),
        precision=request.precision,
        runtimes=request.written,
        tokens=shape.tokens,
        width=shape.hidden_size,
        features=request.features,
        predictor=request.predictor,
    )


def configured_job(folder: Path, size: int, precision: str, runtimes: tuple[RuntimeName, ...]) -> Job:
    """The least that an export of weights of so many bytes takes, by the type that ``config.json`` gives them."""
    config = json.loads((folder / "config.json").read_bytes())
    kind = config.get("dtype", config.get("torch_dtype"))
    return Job(size // _BYTES.get(str(kind), max(_BYTES.values())), precision, runtimes)


def known_job(source: str, family: Recipe, precision: str, runtimes: tuple[RuntimeName, ...]) -> Job | None:
    """The least that an export of a hub id takes, told before anything is fetched; None where nothing is known."""
    known = None if Path(source).exists() else family.known(source.partition("@")[0])
    return None if known is None else Job(known.parameters, precision, runtimes)


def heads_job(source: Path) -> Job:
    """The export of heads, in float32 as they are kept in their file."""
    file = source / HEADS_FILE if source.is_dir() else source
    return Job(file.stat().st_size // 4 if file.is_file() else 0, "fp32", RUNTIMES)


def plain_job(checkpoint: Checkpoint, precision: str, runtimes: tuple[RuntimeName, ...]) -> Job:
    """The export of a whole checkpoint, whose weights are what takes room."""
    return Job(sum(map(math.prod, stored_shapes(checkpoint.folder).values())), precision, runtimes)
