"""Checkpoints in one file: Meta's own .pth, and safetensors that were made of one.

A .pth is a pickle, which can carry code. It is opened in a child process by PyTorch's reader that admits tensors and
plain values only, and its weights are written as safetensors before anything else looks at them.
"""

from __future__ import annotations

import importlib.util
import json
import pickle
import re
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from hallscribe_export.child import in_child
from hallscribe_export.graph.port import Array
from hallscribe_export.limits import MIB, free_mib, refuse_full_disk, refuse_full_memory
from hallscribe_export.models.naming import hugging_face_names
from hallscribe_export.progress import Progress
from hallscribe_export.recipe import recipe
from hallscribe_export.sources.architecture import configuration
from hallscribe_export.sources.folder import Checkpoint, of_file, read_folder
from hallscribe_export.sources.tensors import ONLY_SAFETENSORS, WEIGHTS, write_tensors
from hallscribe_export.writing import file_sha256

# Under this key the head of a safetensors file holds what config.json says.
_CONFIG = "config"
# The weights that Meta's own code takes for use: the slow average of those that were trained.
_ENCODERS = ("ema_encoder", "target_encoder", "encoder")
_WRAPPERS = ("module.", "backbone.")
# What the reader says that it met instead.
_CODE = re.compile(r"GLOBAL ([\w.]+)|Unsupported (operand \d+)")


def convert(file: Path, folder: Path, progress: Progress) -> Checkpoint:
    """The checkpoint in ``file``, laid out as the hub does in the empty ``folder``.

    Raises:
        ValueError: the file is damaged, carries more than weights, or is of a model that is not known.
    """
    if file.suffix == ".safetensors":
        return _laid_out(file, folder)
    if importlib.util.find_spec("torch") is None:
        raise ModuleNotFoundError("No module named 'torch'", name="torch")
    progress.step(f"{file.name} becomes safetensors")
    made = in_child(_convert, progress, file=file, folder=folder).result
    family = recipe(made["family"])
    checkpoint = read_folder(folder, family)
    origin = {file.name: file_sha256(file)}
    return of_file(checkpoint, file.name, origin, family.licence, folder / made["weights"])


def _laid_out(file: Path, folder: Path) -> Checkpoint:
    """The same for a file that a conversion left: its configuration is in its head."""
    try:
        with safe_open(file, "np") as opened:
            config = (opened.metadata() or {}).get(_CONFIG)
    except (SafetensorError, OSError) as error:
        raise ValueError(f"{file} cannot be read, it is cut short or damaged ({error}): make it again") from error
    if config is None:
        raise ValueError(f"{file} says nothing of its model: give the folder that holds it and its config.json")
    (folder / "config.json").write_text(config, encoding="utf-8")
    family = recipe("vjepa1" if json.loads(config).get("model_type") == "vjepa" else "vjepa2")
    (folder / (file.name if family.safetensors else WEIGHTS)).symlink_to(file.resolve())
    return of_file(read_folder(folder, family), file.name, {}, family.licence, None)


def _convert(progress: Progress, file: Path, folder: Path) -> dict[str, str]:
    """The child's part: ``config.json`` and one safetensors file; the family and the file's name."""
    state = _opened(file)
    weights = {name: _plain(value) for name, value in _weights(file, state).items()}
    try:
        named = hugging_face_names(weights)
    except ValueError as error:
        raise ValueError(f"{file}: {error}; give the .pth that Meta publishes") from error
    found = configuration(file, weights)
    size = sum(value.nbytes for value in named.values()) / MIB
    refuse_full_disk(f"converting {file}", size, shutil.disk_usage(folder).free / MIB, folder, "work elsewhere")
    # What is read, and what is written of it.
    refuse_full_memory(f"converting {file}", 2 * size, free_mib())
    config = json.dumps(found.config, indent=2)
    write_tensors(save_file, named, folder / found.weights, {"format": "pt", _CONFIG: config})
    _settle(folder / found.weights)
    (folder / "config.json").write_text(config, encoding="utf-8")
    return {"family": found.family, "weights": found.weights}


def _settle(file: Path) -> None:
    """Put the head's own fields in one order, which the library leaves to chance: the same weights, the same sum."""
    with file.open("r+b") as stream:
        length = int.from_bytes(stream.read(8), "little")
        head = json.loads(stream.read(length))
        head["__metadata__"] = dict(sorted(head["__metadata__"].items()))
        settled = json.dumps(head, separators=(",", ":"), ensure_ascii=False).encode().ljust(length)
        if len(settled) != length:
            raise RuntimeError(f"the head of {file} cannot be written in another order")
        stream.seek(8)
        stream.write(settled)


def _opened(file: Path) -> Mapping[str, Any]:
    """What torch.save wrote, tensors and plain values only, left on disk until it is used."""
    import torch

    try:
        state = torch.load(file, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(file))
    except MemoryError:
        raise
    except Exception as error:  # what its parsers raise for damage has no common kind
        if isinstance(error, pickle.UnpicklingError) and (code := _CODE.search(str(error))):
            raise ValueError(
                f"{file} carries more than weights ({code[1] or code[2]}): it was refused, nothing of it was run; get "
                "the checkpoint from its publisher"
            ) from error
        if "allocate memory" in str(error):
            raise
        first = str(error).partition("\n")[0].partition(". ")[0] or type(error).__name__
        raise ValueError(f"{file} cannot be read, it is cut short or damaged ({first}): fetch it again") from error
    if not isinstance(state, Mapping):
        raise ValueError(f"{file} holds a {type(state).__name__}, no named weights: give the .pth that Meta publishes")
    return state


def _weights(file: Path, state: Mapping[str, Any]) -> dict[str, Any]:
    """Encoder and predictor by Meta's names, without what wrapped them while they were trained."""
    encoder = next((state[name] for name in _ENCODERS if isinstance(state.get(name), Mapping)), None)
    if encoder is None and state and all(hasattr(value, "detach") for value in state.values()):
        raise ValueError(f"{file} holds {next(iter(state))}, as transformers saves models, and {ONLY_SAFETENSORS}")
    if encoder is None:
        raise ValueError(
            f"{file} has none of {', '.join(_ENCODERS)} (it has {', '.join(map(str, list(state)[:5]))}): "
            "give the .pth that Meta publishes"
        )
    found = {}
    for name, value in {**encoder, **(state.get("predictor") or {})}.items():
        for wrapper in _WRAPPERS:
            name = name.removeprefix(wrapper)
        found[name] = value
    return found


def _plain(value: Any) -> Array:
    """Float32, without a copy where it is that already."""
    array: Array = value.detach().float().contiguous().numpy()
    return array
