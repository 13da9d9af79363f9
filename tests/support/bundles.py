"""Changes to bundles that leave their hashes right."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from hallscribe_export.writing import write_manifest

_WRITTEN = ("format_version", "tools", "files", "manifest_sha256")


def remade(folder: Path, change: Callable[[dict[str, Any]], object] = lambda fields: None) -> Path:
    """Change the manifest's fields, and seal the bundle again with whatever its files are now."""
    fields = json.loads((folder / "manifest.json").read_text())
    for name in _WRITTEN:
        del fields[name]
    change(fields)
    (folder / "manifest.json").unlink()
    write_manifest(folder, fields)
    return folder


def regolden(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    """What changes a bundle's golden arrays; ``remade`` seals it again."""

    def damage(folder: Path) -> None:
        with np.load(folder / "golden.npz") as opened:
            arrays = dict(opened)
        change(arrays)
        np.savez(folder / "golden.npz", **arrays)

    return damage
