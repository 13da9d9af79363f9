"""A layer that plain INT8 breaks, in a checkpoint that calculates what it did before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

LAYER = "encoder.layer.1.mlp.fc1"


def with_outlier(folder: Path) -> Path:
    """Give every row of one layer a value that nothing feeds: its scale grows until the others vanish in it."""
    file = folder / "model.safetensors"
    weights = load_file(file)
    norm = LAYER.replace("mlp.fc1", "norm2")
    weights[f"{norm}.weight"][5] = weights[f"{norm}.bias"][5] = 0.0
    weights[f"{LAYER}.weight"][:, 5] = 60.0 * np.abs(weights[f"{LAYER}.weight"]).max()
    save_file(weights, file)
    return folder
