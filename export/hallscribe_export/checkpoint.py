"""Turns a SOURCE (hub id, folder, .pth, .safetensors, package) into a checkpoint in the layout of the hub."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

from hallscribe_export.progress import Progress, Silent
from hallscribe_export.recipe import Recipe
from hallscribe_export.scratch import scratch
from hallscribe_export.sources.folder import Checkpoint, read_folder
from hallscribe_export.sources.hub import Look, fetch
from hallscribe_export.sources.package import PACKAGES, package_folder
from hallscribe_export.sources.tensors import (
    ONLY_SAFETENSORS,
    PICKLED_WEIGHTS,
    WEIGHTS,
    Weights,
    read_weights,
    stored_shapes,
    weight_files,
)

__all__ = [
    "WEIGHTS",
    "Checkpoint",
    "Look",
    "Weights",
    "find_checkpoint",
    "keep_converted",
    "open_checkpoint",
    "read_weights",
    "stored_shapes",
    "weight_files",
]

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*(@[\w./-]+)?")
_PICKLES = (".pth", ".pt", ".tar", ".bin", ".ckpt", ".pkl")
# All of such endings that a name has: Meta writes .pth.tar, too.
_PICKLED = re.compile(rf"({'|'.join(map(re.escape, _PICKLES))})+$")


@contextlib.contextmanager
def open_checkpoint(
    source: str,
    family: Recipe,
    near: Path,
    package_dir: Path | None = None,
    progress: Progress | None = None,
    look: Look | None = None,
) -> Iterator[Checkpoint]:
    """The checkpoint that ``source`` names, for as long as the block lasts.

    Args:
        family: what is known of such checkpoints.
        near: where the bundle will be; a checkpoint that has to be converted lies there meanwhile.
        package_dir: where a package is unpacked, if it is not installed.
        look: sees the configuration of a hub's checkpoint before its weights are fetched, and may refuse it.

    Raises:
        ValueError: there is none, or it is damaged or may not be had; the message says what would do.
    """
    path = Path(source)
    if source in PACKAGES:
        yield read_folder(find_checkpoint(source, package_dir), family, source)
    elif path.is_dir():
        yield read_folder(path, family)
    elif path.is_file():
        with _converted(path, near, progress or Silent()) as checkpoint:
            yield checkpoint
    elif _HUB_ID.fullmatch(source) and not source.endswith(_PICKLES):
        folder, name, commit = fetch(source, family, look)
        yield read_folder(folder, family, name, commit)
    else:
        ids = ", ".join(each.id for each in family.checkpoints)
        raise ValueError(f"there is no file or folder {source}: give its path" + (f", or one of {ids}" if ids else ""))


@contextlib.contextmanager
def _converted(file: Path, near: Path, progress: Progress) -> Iterator[Checkpoint]:
    if file.suffix not in (*_PICKLES, ".safetensors"):
        raise ValueError(f"{file} is no checkpoint: give a folder, a .pth or a .safetensors file")
    if file.match(PICKLED_WEIGHTS):
        raise ValueError(f"{file} is a pickle, and {ONLY_SAFETENSORS}")
    from hallscribe_export.sources.meta import convert

    with scratch(near, "source") as folder:
        yield convert(file, folder, progress)


def keep_converted(checkpoint: Checkpoint, folder: Path) -> Path | None:
    """Move weights that were converted into ``folder``, with their sha256 in a file beside them; where they are.

    A file of that name that has no such sum beside it is another's, and stays.
    """
    made = checkpoint.converted
    if made is None:
        return None
    name = f"{_PICKLED.sub('', checkpoint.name)}.safetensors" if made.name == WEIGHTS else made.name
    kept, told = folder / name, folder / f"{name}.sha256"
    if kept.exists() and not told.exists():
        return None
    # The sum first: weights without it are not what this leaves.
    told.write_text(f"{checkpoint.files[made.name]}  {name}\n")
    made.chmod(0o644)
    made.replace(kept)
    return kept


def find_checkpoint(source: str, package_dir: Path | None = None) -> Path:
    """The folder that ``source`` names: itself, or a known package's, installed or unpacked in ``package_dir``.

    Raises:
        ValueError: there is none; the message says what would be.
    """
    folder = package_folder(source, package_dir) if source in PACKAGES else Path(source)
    if not (folder / WEIGHTS).is_file():
        known = ", ".join(PACKAGES)
        raise ValueError(f"{folder} holds no {WEIGHTS}: give a folder that does, or one of the packages {known}")
    return folder
