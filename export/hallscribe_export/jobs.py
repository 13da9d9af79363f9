"""What an export has to do, told by the checkpoint's configuration: the input of ``limits``."""

from __future__ import annotations

import json
import math
from pathlib import Path

from hallscribe_export.heads_file import HEADS_FILE
from hallscribe_export.limits import Job
from hallscribe_export.models.family import read_encoder
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
    family = family_of(checkpoint.folder)
    if family not in allowed:
        wanted = " or ".join(recipe(each).title for each in allowed)
        raise ValueError(
            f"{checkpoint.folder / 'config.json'} is of {recipe(family).title}: give a checkpoint of {wanted}, "
            "or use the command for this one"
        )
    return recipe(family)


def vjepa_job(checkpoint: Checkpoint, request: VjepaRequest) -> Job:
    """The export of an encoder. ValueError when its configuration is no encoder's."""
    frames = 1 if request.single else request.frames
    shape = read_encoder(checkpoint.folder, frames=frames, crop_size=request.resolution).shape
    asked = {
        name: lengths
        for name, lengths in stored_shapes(checkpoint.folder).items()
        if request.predictor or not name.startswith("predictor.")
    }
    return Job(
        parameters=sum(map(math.prod, asked.values())),
        precision=request.precision,
        runtimes=request.written,
        tokens=shape.tokens,
        width=shape.hidden_size,
        features=request.features,
        predictor=request.predictor,
    )


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
