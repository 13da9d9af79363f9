"""Writes OpenVINO's graphs to files, and says why when they cannot be written."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openvino

# All that its streams say of a full disk, a quota, a limit or a failing disk.
_BROKEN = "iostream error"


def save_graph(model: Any, file: Path, *, halve: bool = False) -> None:
    """Write an openvino.Model to ``file`` (.xml) and the .bin beside it; ``halve``: floats as float16.

    Raises:
        OSError: as of ``writing_graphs``.
    """
    constants = (node for node in model.get_ops() if node.get_type_name() == "Constant")
    with writing_graphs(file, sum(node.get_byte_size() for node in constants)):
        openvino.save_model(model, file, compress_to_fp16=halve)


@contextlib.contextmanager
def writing_graphs(file: Path, size: int) -> Iterator[None]:
    """Within the block OpenVINO writes ``file``, for which about so many bytes are needed where it lies.

    Raises:
        OSError: it could not, for lack of room as a rule; with the reason of the system's where there is one.
    """
    try:
        yield
    except RuntimeError as error:
        if _BROKEN not in str(error):
            raise
        raise _reason(file, size, error) from error


def _reason(file: Path, size: int, said: RuntimeError) -> OSError:
    """OpenVINO takes away what it wrote of a file, so the kernel is asked for the same room again."""
    try:
        with tempfile.TemporaryFile(dir=file.parent) as room:
            os.posix_fallocate(room.fileno(), 0, max(size, 1))
    except OSError as error:
        return OSError(error.errno, os.strerror(error.errno or 0), str(file))
    return OSError(f"{file} could not be written ({said})")
