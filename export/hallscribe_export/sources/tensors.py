"""Reads safetensors, one file or many, one parameter at a time; needs no torch."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

# Numpy learns bfloat16 from it.
import ml_dtypes  # noqa: F401
import numpy as np
from safetensors import SafetensorError, safe_open

from hallscribe_export.graph.port import Array

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
_FLOATS = frozenset({"F64", "F32", "F16", "BF16"})
_AGAIN = "fetch the checkpoint again"


class Weights(Mapping[str, Array]):
    """Parameters by name, read anew as float32 at each look-up: only what is in use lies in memory."""

    def __init__(self, places: Mapping[str, Path]) -> None:
        """``places``: the file that holds each parameter."""
        self._places = dict(places)

    def __getitem__(self, name: str) -> Array:
        """Float32. ValueError when the file cannot be read any more."""
        file = self._places[name]
        try:
            # Read, not mapped: pages of a map would count as this process's memory.
            with safe_open(file, "np", backend="pread") as opened:
                return np.asarray(opened.get_tensor(name), np.float32)
        except (SafetensorError, OSError) as error:
            raise ValueError(f"{file} cannot be read: {error}: {_AGAIN}") from error

    def __iter__(self) -> Iterator[str]:
        """The names."""
        return iter(self._places)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._places)


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
    """Every parameter's shape, from the files' heads alone. ValueError when a file is damaged."""
    return {name: shape for _, name, shape, _ in _entries(folder)}


def _entries(folder: Path) -> Iterator[tuple[Path, str, tuple[int, ...], str]]:
    """File, name, shape and type of every parameter."""
    for file in weight_files(folder):
        try:
            with safe_open(file, "np", backend="pread") as opened:
                names = list(opened.keys())
                for name in names:
                    part = opened.get_slice(name)
                    yield file, name, tuple(part.get_shape()), str(part.get_dtype())
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


def check_shapes(folder: Path, shapes: Mapping[str, tuple[int, ...]], ignored: Sequence[str] = ()) -> dict[str, Path]:
    """The file of each named parameter, from the files' heads alone.

    Raises:
        ValueError: as of ``read_weights``, but for values, which are not read.
    """
    stored = {name: (file, shape, kind) for file, name, shape, kind in _entries(folder)}
    missing = [name for name in shapes if name not in stored]
    if missing:
        raise ValueError(f"{_told(folder)} lacks {_few(missing)}: the file is of another model, or not the whole one")
    for name, wanted in shapes.items():
        file, shape, kind = stored[name]
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


def _refuse_what_is_no_number(weights: Weights, places: Mapping[str, Path]) -> None:
    for name, file in places.items():
        if not np.isfinite(weights[name]).all():
            raise ValueError(f"{name} in {file} holds values that are no numbers: {_AGAIN}")


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _told(folder: Path) -> str:
    files = weight_files(folder)
    return str(files[0]) if len(files) == 1 else f"{folder} ({len(files)} files)"
