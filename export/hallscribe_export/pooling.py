"""Whether a sentence encoder joins its tokens as the exported graph does: their mean, then length 1."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

MODULES = "modules.json"
_POOLING = Path("1_Pooling") / "config.json"
# Of whom the modules are, and those that the graph does. That a vector is normalised or not changes no cosine.
_THEIRS = "sentence_transformers."
_TRANSFORMER, _POOLS = "Transformer", "Pooling"
_KNOWN = (_TRANSFORMER, _POOLS, "Normalize")
_MEAN, _OLDER_MEAN = "mean", "pooling_mode_mean_tokens"
_OLDER = "pooling_mode_"
_AGAIN = "fetch the checkpoint again"


def check_pooling(folder: Path) -> None:
    """Refuse a checkpoint in ``folder`` that says it makes of tokens anything but their mean.

    What says so may be absent, as it is beside weights that were carried by hand: then the mean is taken.

    Raises:
        ValueError: it takes another pooling or a further module, or what says so is damaged or missing; the message
            names the file and what would do.
    """
    file = folder / _POOLING
    if (folder / MODULES).is_file():
        file = _of_modules(folder) or file
    if file.is_file():
        _check_mean(file)


def _of_modules(folder: Path) -> Path | None:
    """The pooling's configuration, which is there, once every module is one that the graph does."""
    listed, pooling = folder / MODULES, None
    for kind, place in _modules(listed):
        name = kind.rpartition(".")[2]
        if not kind.startswith(_THEIRS) or name not in _KNOWN:
            told = f"{name} ({place})" if kind.startswith(_THEIRS) else kind
            raise ValueError(
                f"{listed} names {told}, which the exported graph would leave out: only checkpoints of "
                f"{', '.join(_KNOWN)} can be exported"
            )
        if name == _TRANSFORMER and place:
            raise ValueError(
                f"{listed} has the {name} in {place}: only checkpoints with their weights beside {MODULES} can be "
                "exported"
            )
        if name == _POOLS:
            pooling = folder / place / "config.json"
            if not pooling.is_file():
                raise ValueError(f"{pooling} is missing, though {MODULES} names it: {_AGAIN} with all its folders")
    return pooling


def _modules(file: Path) -> list[tuple[str, str]]:
    """Type and folder of each."""
    try:
        return [(str(each["type"]), Path(each["path"]).name) for each in _read(file, list)]
    except (KeyError, TypeError) as error:
        raise ValueError(f"{file} cannot be read ({type(error).__name__}: {error}): {_AGAIN}") from error


def _check_mean(file: Path) -> None:
    told = _read(file, dict)
    if "pooling_mode" in told:
        mode = told["pooling_mode"]
        asked = [str(each) for each in mode] if isinstance(mode, list) else [str(mode)]
    else:
        # The older form has a switch for each; where the mean's is left out, it is on.
        asked = [name for name, used in {_OLDER_MEAN: True, **told}.items() if name.startswith(_OLDER) and used is True]
    if asked not in ([_MEAN], [_OLDER_MEAN]):
        raise ValueError(
            f"{file} asks for {', '.join(asked) or 'no pooling'}: only checkpoints that take the mean can be exported"
        )


def _read(file: Path, kind: type) -> Any:
    try:
        told = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise ValueError(f"{file} cannot be read ({error}): {_AGAIN}") from error
    if not isinstance(told, kind):
        raise ValueError(f"{file} cannot be read (it holds no {kind.__name__}): {_AGAIN}")
    return told
