"""Reads safetensors, one file or many, one parameter at a time, and writes them; needs no torch."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

# Numpy learns bfloat16 from it.
import ml_dtypes  # noqa: F401
import numpy as np
from safetensors import SafetensorError, safe_open

from hallscribe_export.graph.port import Array

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
# What transformers wrote before it wrote safetensors.
PICKLED_WEIGHTS = "pytorch_model*.bin"
ONLY_SAFETENSORS = (
    "only safetensors are read: give a copy that has them, or make such a copy with transformers, by from_pretrained "
    "and save_pretrained of the model's class, and put the tokenizer's files beside it"
)
# What a model with heads of its own puts before the names of the encoder within it.
_WITHIN = "vjepa2."
_FLOATS = frozenset({"F64", "F32", "F16", "BF16"})
_AGAIN = "fetch the checkpoint again"


# A file, and the name of a parameter in it.
Place = tuple[Path, str]


class Weights(Mapping[str, Array]):
    """Parameters by name, read anew as float32 at each look-up: only what is in use lies in memory."""

    def __init__(self, places: Mapping[str, Place]) -> None:
        """``places``: where each parameter is."""
        self._places = dict(places)

    def __getitem__(self, name: str) -> Array:
        """Float32. ValueError when the file cannot be read any more."""
        file, stored = self._places[name]
        try:
            # Read, not mapped: pages of a map would count as this process's memory.
            with safe_open(file, "np", backend="pread") as opened:
                return np.asarray(opened.get_tensor(stored), np.float32)
        except (SafetensorError, OSError) as error:
            raise ValueError(f"{file} cannot be read: {error}: {_AGAIN}") from error

    def __iter__(self) -> Iterator[str]:
        """The names."""
        return iter(self._places)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._places)


def write_tensors(
    save: Callable[..., None], tensors: Mapping[str, Any], file: Path, metadata: Mapping[str, str]
) -> None:
    """Write a file by ``save``, which is safetensors' for numpy or torch.

    Raises:
        OSError: it cannot be written; the library's own exception for that is none.
    """
    try:
        save(dict(tensors), file, metadata=dict(metadata))
    except SafetensorError as error:
        raise OSError(f"{file} cannot be written ({error})") from error


def weight_files(folder: Path) -> list[Path]:
    """The files that hold a folder's weights: those that the index names, or the only one.

    Raises:
        ValueError: there is none, one is missing, or it is not clear which.
    """
    if (folder / INDEX).is_file():
        return sorted({folder / name for name in _index(folder).values()})
    if (folder / WEIGHTS).is_file():
        return [folder / WEIGHTS]
    found = sorted(folder.glob("*.safetensors"))
    if len(found) == 1:
        return found
    if found:
        raise ValueError(f"{folder} holds {len(found)} safetensors files and no {INDEX}: carry the index along too")
    pickled = sorted(folder.glob(PICKLED_WEIGHTS))
    if pickled:
        raise ValueError(f"{folder} holds {pickled[0].name}, and {ONLY_SAFETENSORS}")
    raise ValueError(f"{folder} holds no {WEIGHTS}: give a folder that does, in the layout of the hub")


def _index(folder: Path) -> dict[str, str]:
    """Parameter to file name, each file being there."""
    file = folder / INDEX
    try:
        files = json.loads(file.read_bytes())["weight_map"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{file} cannot be read ({type(error).__name__}: {error}): {_AGAIN}") from error
    if not isinstance(files, dict) or not files:
        raise ValueError(f"{file} names no parameters: {_AGAIN}")
    for name in set(files.values()):
        if not isinstance(name, str) or Path(name).name != name:
            raise ValueError(f"{file} names {name!r}, which is no file of its folder: {_AGAIN}")
        if not (folder / name).is_file():
            raise ValueError(f"{folder / name} is missing, though {INDEX} names it: {_AGAIN} with all its parts")
    return files


def stored_shapes(folder: Path) -> dict[str, tuple[int, ...]]:
    """Every parameter's shape, from the files' heads alone. ValueError when a file is damaged.

    An encoder within another model has the names that it has by itself.
    """
    return {name: shape for name, _, shape, _ in _entries(folder)}


def _entries(folder: Path) -> Iterator[tuple[str, Place, tuple[int, ...], str]]:
    """Name, place, shape and type of every parameter."""
    for file in weight_files(folder):
        try:
            with safe_open(file, "np", backend="pread") as opened:
                names = list(opened.keys())
                for name in names:
                    part = opened.get_slice(name)
                    bare = name.removeprefix(_WITHIN)
                    yield bare, (file, name), tuple(part.get_shape()), str(part.get_dtype())
        except (SafetensorError, OSError) as error:
            raise ValueError(f"{file} cannot be read, it is cut short or damaged ({error}): {_AGAIN}") from error


def read_weights(folder: Path, shapes: Mapping[str, tuple[int, ...]], ignored: Sequence[str] = ()) -> Weights:
    """The named parameters, each checked once, to be read as float32 when they are needed.

    Args:
        shapes: what the model is made of, by the names of the files.
        ignored: beginnings of names that may be there without being asked for.

    Raises:
        ValueError: a file is missing or damaged, or a parameter is missing, unknown, of another shape or not finite;
            the message names the file and what to do.
    """
    places = check_shapes(folder, shapes, ignored)
    weights = Weights(places)
    _refuse_what_is_no_number(weights, places)
    return weights


def check_shapes(folder: Path, shapes: Mapping[str, tuple[int, ...]], ignored: Sequence[str] = ()) -> dict[str, Place]:
    """The place of each named parameter, from the files' heads alone.

    Raises:
        ValueError: as of ``read_weights``, but for values, which are not read.
    """
    stored = {name: (place, shape, kind) for name, place, shape, kind in _entries(folder)}
    missing = [name for name in shapes if name not in stored]
    if missing:
        raise ValueError(f"{_told(folder)} lacks {_few(missing)}: the file is of another model, or not the whole one")
    for name, wanted in shapes.items():
        (file, _), shape, kind = stored[name]
        if shape != tuple(wanted):
            raise ValueError(
                f"{name} in {file} is {shape}, where {folder / 'config.json'} says {tuple(wanted)}: "
                "they do not belong together; fetch both from one place"
            )
        if kind not in _FLOATS:
            raise ValueError(f"{name} in {file} is stored as {kind}: give the checkpoint as published, unquantised")
    unknown = [name for name in stored if name not in shapes and not name.startswith(tuple(ignored))]
    if unknown:
        raise ValueError(
            f"{_told(folder)} holds {_few(unknown)}, for which the model of {folder / 'config.json'} has no place: "
            "they do not belong together; fetch both from one place"
        )
    return {name: stored[name][0] for name in shapes}


def _refuse_what_is_no_number(weights: Weights, places: Mapping[str, Place]) -> None:
    for name, (file, _) in places.items():
        if not np.isfinite(weights[name]).all():
            raise ValueError(f"{name} in {file} holds values that are no numbers: {_AGAIN}")


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _told(folder: Path) -> str:
    files = weight_files(folder)
    return str(files[0]) if len(files) == 1 else f"{folder} ({len(files)} files)"
