"""What two processes hand each other: JSON, and arrays in a ``.npz`` without objects beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ARRAY, _PATH = "$array", "$path"


def write(folder: Path, stem: str, value: Any) -> None:
    """Write a value of dicts, lists, tuples, strings, numbers, None, paths and arrays; tuples become lists."""
    arrays: dict[str, NDArray[np.generic]] = {}
    text = json.dumps(_packed(value, arrays))
    if arrays:
        np.savez(folder / f"{stem}.npz", allow_pickle=False, **arrays)
    (folder / f"{stem}.json").write_text(text, encoding="utf-8")


def read(folder: Path, stem: str) -> Any:
    """The value that was written."""
    value = json.loads((folder / f"{stem}.json").read_text(encoding="utf-8"))
    file = folder / f"{stem}.npz"
    if not file.exists():
        return _unpacked(value, {})
    with np.load(file, allow_pickle=False) as arrays:
        return _unpacked(value, dict(arrays))


def _packed(value: Any, arrays: dict[str, NDArray[np.generic]]) -> Any:
    if isinstance(value, np.ndarray):
        name = f"array_{len(arrays)}"
        arrays[name] = value
        return {_ARRAY: name}
    if isinstance(value, Path):
        return {_PATH: str(value)}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        return {str(key): _packed(each, arrays) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_packed(each, arrays) for each in value]
    return value


def _unpacked(value: Any, arrays: dict[str, NDArray[np.generic]]) -> Any:
    if isinstance(value, list):
        return [_unpacked(each, arrays) for each in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {_ARRAY}:
        return arrays[value[_ARRAY]]
    if set(value) == {_PATH}:
        return Path(value[_PATH])
    return {key: _unpacked(each, arrays) for key, each in value.items()}
