"""A checkpoint in a folder: what its files say of their origin."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from pathlib import Path

from hallscribe_export.recipe import Recipe
from hallscribe_export.sources.tensors import weight_files
from hallscribe_export.writing import files_sha256

_COMMIT = re.compile("[0-9a-f]{40}")
_LICENCE = re.compile(r"^license:\s*['\"]?([\w.-]+)['\"]?\s*$", re.MULTILINE)
# As the hub's cards write them: by the names under which they are known.
_LICENCES = {"mit": "MIT", "apache-2.0": "Apache-2.0", "cc-by-nc-4.0": "CC-BY-NC-4.0", "gemma": "Gemma"}
_CARD = "README.md"
UNSTATED = "not stated"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Weights in the layout of the hub, and where they are from.

    Attributes:
        folder: holds ``config.json`` and the weights; a temporary one for a checkpoint that had to be converted.
        name: hub id, package, or the folder's or file's own name; never a path.
        revision: the hub's commit, or the first 12 digits of the weights' sha256.
        licence: as the checkpoint itself says, else as is known of that name.
        files: sha256 of every file that an export reads, by its place in the folder.
        converted: weights that were made of another form and may be kept.
    """

    folder: Path
    name: str
    revision: str
    licence: str
    files: dict[str, str]
    converted: Path | None = None


def read_folder(folder: Path, recipe: Recipe, name: str | None = None, revision: str | None = None) -> Checkpoint:
    """The checkpoint in ``folder``, its files hashed.

    Raises:
        ValueError: a file that every checkpoint has is not there; the message names it.
    """
    if not (folder / "config.json").is_file():
        raise ValueError(f"{folder} holds no config.json: give a folder in the layout of the hub, with its weights")
    weights = weight_files(folder)
    # The card is read for the licence alone: another text in it makes no other checkpoint.
    patterns = [each for each in recipe.needs if each != _CARD and not each.endswith(".safetensors")] or ["config.json"]
    read = {*weights, *(file for pattern in patterns for file in folder.glob(pattern) if file.is_file())}
    try:
        sums = files_sha256(sorted(read))
    except OSError as error:
        raise ValueError(f"{error.filename} cannot be read: {error.strerror}") from error
    files = {file.relative_to(folder).as_posix(): digest for file, digest in sums.items()}
    name = name or _name(folder)
    revision = revision or _commit(folder) or _digest([files[file.name] for file in weights])
    return Checkpoint(folder, name, revision, _licence(folder, name, recipe), files)


def of_file(
    checkpoint: Checkpoint, file: str, files: dict[str, str], licence: str, converted: Path | None
) -> Checkpoint:
    """The checkpoint of one file: under its name, with the file it was made of among those that count."""
    return replace(checkpoint, name=file, licence=licence, files={**checkpoint.files, **files}, converted=converted)


def _name(folder: Path) -> str:
    """The hub id where the hub's client keeps it (models--OWNER--NAME/snapshots/COMMIT), else the folder's own."""
    folder = folder.resolve()
    if folder.parent.name == "snapshots" and folder.parents[1].name.startswith("models--"):
        return "/".join(folder.parents[1].name.split("--")[1:])
    return folder.name


def _commit(folder: Path) -> str | None:
    """The hub's revision, where its client left it: in the cache's folder name, or beside a downloaded folder."""
    if _COMMIT.fullmatch(folder.resolve().name):
        return folder.resolve().name
    left = folder / ".cache" / "huggingface" / "download" / "config.json.metadata"
    if left.is_file():
        first = left.read_text(encoding="utf-8", errors="replace").partition("\n")[0].strip()
        if _COMMIT.fullmatch(first):
            return first
    return None


def _digest(sha256: list[str]) -> str:
    whole = sha256[0] if len(sha256) == 1 else hashlib.sha256("".join(sha256).encode()).hexdigest()
    return whole[:12]


def _licence(folder: Path, name: str, recipe: Recipe) -> str:
    card = folder / _CARD
    if card.is_file():
        # A card begins with its fields between two lines of dashes.
        head = card.read_text(encoding="utf-8", errors="replace").split("\n---", 1)[0]
        stated = _LICENCE.search(head)
        if head.startswith("---") and stated:
            return _LICENCES.get(stated[1].lower(), stated[1])
    known = recipe.known(name)
    return known.licence if known else UNSTATED
