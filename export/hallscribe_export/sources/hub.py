"""Fetches a checkpoint from the hub: only the files that are needed, at one revision."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hallscribe_export.limits import MIB, refuse_full_disk
from hallscribe_export.recipe import Recipe
from hallscribe_export.sources.tensors import ONLY_SAFETENSORS

# Of a folder that holds config.json alone, and the bytes of the weights that will be fetched.
Look = Callable[[Path, int], object]

_CONFIG = "config.json"
_ACCEPT = "https://huggingface.co/{}"


def fetch(source: str, recipe: Recipe, look: Look | None = None) -> tuple[Path, str, str]:
    """The folder where the hub's client keeps ``OWNER/NAME`` or ``OWNER/NAME@REVISION``, its id and its commit.

    What is in the client's cache is used when the hub cannot be reached.

    Args:
        look: sees the configuration before anything else is fetched, and refuses what it need not be fetched for.

    Raises:
        ValueError: it cannot be had, the message says how to get it another way; or ``look`` raised it.
    """
    name, _, revision = source.partition("@")
    try:
        import huggingface_hub
        from huggingface_hub.errors import GatedRepoError, HTTPError, RepositoryNotFoundError
    except ImportError as error:
        raise ValueError(
            f"there is no folder {source}; to fetch it from the hub, this needs the export environment: "
            "make setup-export, then .venv-export/bin/hallscribe-export"
        ) from error
    known = recipe.known(name)
    wanted: dict[str, Any] = {"revision": revision or None, "allow_patterns": list(recipe.needs) or None}
    cached = _cached(name, wanted)
    if known is not None and known.gated and cached is None and not huggingface_hub.get_token():
        raise ValueError(_gated(name))
    if not sys.stderr.isatty():
        huggingface_hub.utils.disable_progress_bars()
    try:
        files = huggingface_hub.snapshot_download(name, **wanted, dry_run=True)
        _refuse_no_room(name, sum(file.file_size for file in files if file.will_download))
        commit = files[0].commit_hash if files else None
        if any(file.will_download for file in files):
            _look(name, {**wanted, "revision": commit, "allow_patterns": [_CONFIG]}, files, look)
        folder = Path(huggingface_hub.snapshot_download(name, **{**wanted, "revision": commit}))
    except GatedRepoError as error:
        raise ValueError(_gated(name)) from error
    except RepositoryNotFoundError as error:
        raise ValueError(
            f"there is no folder {name}, and no checkpoint of that name on the hub: {_known(recipe)}"
        ) from error
    except (HTTPError, OSError) as error:
        if cached is None:
            raise ValueError(_unreachable(name, error)) from error
        folder = cached
    return folder, name, folder.name


def _look(name: str, wanted: dict[str, Any], files: list[Any], look: Look | None) -> None:
    """Refuse a repository without configuration or weights, and show the configuration."""
    from huggingface_hub import snapshot_download

    if all(file.filename != _CONFIG for file in files):
        raise ValueError(f"{name} on the hub has no {_CONFIG}, so nothing of it was fetched: name another repository")
    weights = [file.file_size for file in files if file.filename.endswith(".safetensors")]
    if not weights:
        raise ValueError(f"{name} on the hub has no safetensors, and {ONLY_SAFETENSORS}. Nothing was fetched")
    if look is not None:
        look(Path(snapshot_download(name, **wanted)), sum(weights))


def _cached(name: str, wanted: dict[str, Any]) -> Path | None:
    """The client's own copy, if it is whole enough to hold weights."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(name, **wanted, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        return None
    return folder if any(folder.glob("*.safetensors")) else None


def _refuse_no_room(name: str, size: int) -> None:
    from huggingface_hub.constants import HF_HUB_CACHE

    cache = Path(HF_HUB_CACHE)
    while not cache.exists():
        cache = cache.parent
    refuse_full_disk(f"fetching {name}", size / MIB, shutil.disk_usage(cache).free / MIB, cache, "set HF_HUB_CACHE")


def _gated(name: str) -> str:
    return (
        f"{name} is given only to who has accepted its licence: accept it on {_ACCEPT.format(name)}, make a token in "
        "your account's settings, and set HF_TOKEN to it (or run hf auth login). Nothing was fetched"
    )


def _unreachable(name: str, error: Exception) -> str:
    folder = name.rpartition("/")[2]
    said = str(error).strip().splitlines()[:1]
    return (
        f"there is no folder {name}, and none could be fetched ({said[0] if said else type(error).__name__}): on a "
        f"machine with internet run hf download {name} --local-dir {folder}, carry the folder {folder} here, and "
        "give its path as SOURCE"
    )


def _known(recipe: Recipe) -> str:
    ids = ", ".join(each.id for each in recipe.checkpoints if each.hub)
    return f"give a folder's path, or one of {ids}" if ids else "give a folder's path"
