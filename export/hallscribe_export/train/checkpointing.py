"""The state of a training that was ended, kept so that it can go on: at any moment the last two are whole."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import torch

_SETTINGS = "settings"
_MORE = 2**20


def previous(file: Path) -> Path:
    """Where the checkpoint before the last one lies."""
    return file.with_name(f"{file.stem}.previous{file.suffix}")


def save_checkpoint(file: Path, state: Mapping[str, Any]) -> None:
    """Put tensors and plain values, the run's ``settings`` among them, into ``file``, whole or not at all.

    What was there becomes the one before it. OSError when it cannot be written; the older ones stay.
    """
    partial = file.with_name(f".{file.name}.partial")
    try:
        with partial.open("wb") as stream:
            _write(state, stream)
            os.fsync(stream.fileno())
    except OSError:
        partial.unlink(missing_ok=True)
        raise
    if file.exists():
        _keep(file)
    partial.replace(file)
    _sync(file.parent)


def load_checkpoint(file: Path, settings: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The last state that is whole, on the CPU; no code that a file could carry is run.

    Args:
        settings: those of the run that would go on; None takes any.

    Raises:
        ValueError: both files are damaged or absent, or of another run; the message says what differs.
    """
    state = _read(file)
    if state is None:
        state = _read(previous(file))
    if state is None:
        raise ValueError(f"{file} is damaged, and so is the one before it: delete it, or begin anew with --no-resume")
    if settings is not None:
        other = sorted(_different(_plain(state.get(_SETTINGS)), _plain(settings)))
        if other:
            raise ValueError(
                f"{file} is of another training ({'; '.join(other[:3])}): give the same settings, another --out, or "
                "begin anew with --no-resume"
            )
    return state


def kept_checkpoint(file: Path) -> bool:
    """Whether there is one to go on from, or the one before it."""
    return file.exists() or previous(file).exists()


def forget_checkpoint(file: Path) -> None:
    """Remove both, so that no later run goes on from what was before a new beginning."""
    for each in (file, previous(file)):
        each.unlink(missing_ok=True)


def _write(state: Mapping[str, Any], stream: BinaryIO) -> None:
    try:
        torch.save(dict(state), stream)
    except RuntimeError:
        # It says how far it came, not why no further: that the system says to who goes on.
        stream.write(bytes(_MORE))
        stream.flush()
        raise
    stream.flush()


def _keep(file: Path) -> None:
    """A second name for ``file``, so that it is there under its own until the new one takes its place."""
    older = previous(file)
    link = older.with_name(f".{older.name}.partial")
    link.unlink(missing_ok=True)
    link.hardlink_to(file)
    link.replace(older)


def _read(file: Path) -> dict[str, Any] | None:
    """None when it is absent or damaged."""
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError):
        return None
    return state if isinstance(state, dict) else None


def _plain(settings: Any) -> Any:
    """As JSON would bring it back, so that tuples equal lists."""
    return json.loads(json.dumps(settings, sort_keys=True, default=str))


def _different(kept: Any, wanted: Any, name: str = _SETTINGS) -> Iterator[str]:
    if isinstance(kept, dict) and isinstance(wanted, dict):
        for key in sorted({*kept, *wanted}):
            yield from _different(kept.get(key), wanted.get(key), key)
    elif kept != wanted:
        yield f"{name} was {kept}, is {wanted}"


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
