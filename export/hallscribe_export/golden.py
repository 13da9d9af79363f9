"""Golden inputs and what full precision makes of them: ``golden.npz``, which travels in the bundle.

Arrays by kind of bundle; N cases, P pictures, S the input's side, K tokens:

==========  ==================  =================================================================================
encoder     pictures            uint8 (P, S, S, 3), RGB, prepared for the input's size but not yet scaled
            clips               int64 (N, T), numbers of pictures; only where the graph takes clips
            pooled              float32 (N, D)
            predictor.NAME      float16, an input (M, ...) of the predictor by its name, where the bundle has one
            predictor.wanted    float16, its output (M, ...)
text        sentences           str (N,)
            vectors             float32 (N, D), of length 1
projection  visual.vectors      float32 (N, D)
            visual.joint        float32 (N, 768), of length 1; and the same for "text."
language    prompts             int64 (N, L), ids of the prompt's tokens
            ids                 int64 (N, K), tokens that are compared
            logits              float32 (N, K), theirs as what follows the prompt
==========  ==================  =================================================================================
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hallscribed.adapters.models.manifest import Manifest

GOLDEN = "golden.npz"
Arrays = dict[str, NDArray[np.generic]]

_KINDS = {
    "encoder": {"pictures": "uint8", "pooled": "float32"},
    "text": {"sentences": "str", "vectors": "float32"},
    "projection": {f"{head}.{name}": "float32" for head in ("visual", "text") for name in ("vectors", "joint")},
    "language": {"prompts": "int64", "ids": "int64", "logits": "float32"},
}
_OPTIONAL = {"encoder": {"clips": "int64"}}
_PREDICTOR = "predictor."


def encoder_golden(
    pictures: NDArray[np.uint8],
    pooled: NDArray[np.float32],
    clips: NDArray[np.int64] | None = None,
    predictor: tuple[Mapping[str, NDArray[np.float32]], NDArray[np.float32]] | None = None,
) -> Arrays:
    """An encoder's arrays; ``predictor`` is its inputs by name and its output.

    The predictor's inputs are rounded to float16 to be small: calculate its output from ``as_kept`` of them.
    """
    arrays: Arrays = {"pictures": pictures, "pooled": pooled}
    if clips is not None:
        arrays["clips"] = clips
    if predictor is not None:
        feeds, wanted = predictor
        arrays.update({f"{_PREDICTOR}{name}": values.astype(np.float16) for name, values in feeds.items()})
        arrays[f"{_PREDICTOR}wanted"] = wanted.astype(np.float16)
    return arrays


def as_kept(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Float32 values after they lay in the file as float16."""
    return values.astype(np.float16).astype(np.float32)


def text_golden(sentences: Sequence[str], vectors: NDArray[np.float32]) -> Arrays:
    """A text encoder's arrays."""
    return {"sentences": np.array(sentences, np.str_), "vectors": vectors}


def language_golden(prompts: NDArray[np.int64], ids: NDArray[np.int64], logits: NDArray[np.float32]) -> Arrays:
    """A language model's arrays."""
    return {"prompts": prompts, "ids": ids, "logits": logits}


def write_golden(folder: Path, kind: str, arrays: Arrays) -> str:
    """Write the file of a bundle that is being made; its name. Equal arrays give equal bytes.

    Raises:
        ValueError: an array is missing, of another type, empty or not finite.
    """
    _check(kind, arrays, folder / GOLDEN)
    np.savez_compressed(folder / GOLDEN, allow_pickle=False, **arrays)
    return GOLDEN


def read_golden(folder: Path, manifest: Manifest) -> Arrays:
    """The arrays of a bundle.

    Raises:
        ValueError: the bundle has none, or they are not what its kind needs.
    """
    if manifest.golden is None:
        raise ValueError(f"{folder} was made without golden inputs: export it anew to have its values checked")
    file = folder / manifest.golden.file
    try:
        with np.load(file, allow_pickle=False) as opened:
            arrays = dict(opened)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ValueError(f"{file} cannot be read ({error}): export the bundle anew") from error
    _check(manifest.kind, arrays, file)
    return arrays


def predictor_feeds(arrays: Arrays) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.float32]] | None:
    """The predictor's inputs by name and wanted output, float32; None without a predictor."""
    wanted = f"{_PREDICTOR}wanted"
    if wanted not in arrays:
        return None
    feeds = {
        name.removeprefix(_PREDICTOR): values.astype(np.float32)
        for name, values in arrays.items()
        if name.startswith(_PREDICTOR) and name != wanted
    }
    return feeds, arrays[wanted].astype(np.float32)


def model_inputs(manifest: Manifest, arrays: Arrays) -> NDArray[np.float32]:
    """An encoder's inputs, float32 (N, T, 3, S, S), scaled as its manifest says; T is 1 for single pictures.

    Raises:
        ValueError: the pictures are not of the input's size, or a clip names one that is not there.
    """
    picture = manifest.picture
    if picture is None:
        raise ValueError(f"a {manifest.kind} bundle takes no pictures")
    pictures = arrays["pictures"]
    clips = np.asarray(arrays.get("clips", np.arange(len(pictures))[:, None]))
    if pictures.shape[1:] != (picture.size, picture.size, 3) or clips.ndim != 2:
        raise ValueError(f"golden pictures are {pictures.shape}, the input takes {picture.size} x {picture.size}")
    if clips.shape[1] != picture.frames or clips.min() < 0 or clips.max() >= len(pictures):
        raise ValueError(f"golden clips of {clips.shape[1]} frames do not fit a graph that takes {picture.frames}")
    mean, std = np.asarray(picture.mean), np.asarray(picture.std)
    scaled = pictures.astype(np.float32) * (1.0 / (255.0 * std)).astype(np.float32) - (mean / std).astype(np.float32)
    return np.ascontiguousarray(scaled.transpose(0, 3, 1, 2)[clips], np.float32)


def _check(kind: str, arrays: Arrays, file: Path) -> None:
    wanted = _KINDS[kind]
    optional = _OPTIONAL.get(kind, {})
    missing = sorted(set(wanted) - set(arrays))
    if missing:
        raise ValueError(f"{file} lacks the golden arrays {', '.join(missing)} of a {kind} bundle: export it anew")
    for name, values in arrays.items():
        dtype = wanted.get(name) or optional.get(name) or ("float16" if name.startswith(_PREDICTOR) else None)
        is_text = values.dtype.kind == "U"
        if dtype is None or (dtype != "str" and values.dtype.name != dtype) or is_text != (dtype == "str"):
            raise ValueError(
                f"{file} holds an array {name} of {values.dtype}, a {kind} bundle has none: export it anew"
            )
        if values.size == 0 or (values.dtype.kind == "f" and not np.isfinite(values).all()):
            raise ValueError(f"{file}: the golden array {name} is empty or holds values that are no numbers")
    results = {"encoder": "pooled", "text": "vectors", "language": "logits"}
    firsts = {"encoder": "clips" if "clips" in arrays else "pictures", "text": "sentences", "language": "prompts"}
    if kind in results and len(arrays[results[kind]]) != len(arrays[firsts[kind]]):
        raise ValueError(f"{file} has not as many golden outputs as inputs: export it anew")
