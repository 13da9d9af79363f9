"""The encoder that a checkpoint's folder holds, whichever V-JEPA it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hallscribe_export.graph.port import Array, Graph, Node
from hallscribe_export.models import vjepa1, vjepa2
from hallscribe_export.models.predictor import PredictorShape
from hallscribe_export.models.vjepa1 import Vjepa1Shape
from hallscribe_export.models.vjepa2 import Vjepa2Shape


@dataclass(frozen=True, slots=True)
class Encoder:
    """An encoder's size, and what can be done with it."""

    shape: Vjepa1Shape | Vjepa2Shape

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        """Every parameter that its graph uses and its shape."""
        if isinstance(self.shape, Vjepa1Shape):
            return vjepa1.parameter_shapes(self.shape)
        return vjepa2.parameter_shapes(self.shape)

    def describe(self, graph: Graph[Node], weights: Mapping[str, Array], *, features: bool = False) -> None:
        """Build it; inputs and outputs as ``vjepa2.describe`` says."""
        if isinstance(self.shape, Vjepa1Shape):
            vjepa1.describe(graph, weights, self.shape, features=features)
        else:
            vjepa2.describe(graph, weights, self.shape, features=features)


def read_encoder(folder: Path, *, frames: int = 1, crop_size: int | None = None) -> Encoder:
    """The encoder of a folder in the hub's layout.

    Args:
        frames: 1 for single pictures, else of a clip.
        crop_size: side of the input, pixels; None is the one that it was trained with.

    Raises:
        ValueError: ``config.json`` cannot be read or is of a model that is not described, or the model cannot take
            such an input; the message names the file and the field.
    """
    config = _config(folder)
    kind = Vjepa1Shape if config.get("model_type") == vjepa1.MODEL_TYPE else Vjepa2Shape
    try:
        return Encoder(kind.from_config(config, frames=frames, crop_size=crop_size))
    except ValueError as error:
        raise ValueError(f"{folder / 'config.json'}: {error}") from error


def read_predictor(folder: Path, *, frames: int, context_frames: int, crop_size: int | None = None) -> PredictorShape:
    """The size of a folder's predictor; ``frames`` and ``context_frames`` as in ``PredictorShape``.

    Raises:
        ValueError: as ``read_encoder``; V-JEPA's own predictor is not described.
    """
    config = _config(folder)
    try:
        return PredictorShape.from_config(config, frames=frames, context_frames=context_frames, crop_size=crop_size)
    except ValueError as error:
        hint = "" if config.get("model_type") == vjepa2.MODEL_TYPE else ": only V-JEPA 2's predictor can be exported"
        raise ValueError(f"{folder / 'config.json'}: {error}{hint}") from error


def _config(folder: Path) -> dict[str, Any]:
    file = folder / "config.json"
    try:
        config = json.loads(file.read_bytes())
    except OSError as error:
        raise ValueError(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ValueError(f"{file} is no JSON ({error}): fetch the checkpoint again") from error
    if not isinstance(config, dict):
        raise ValueError(f"{file} is no configuration of a model: fetch the checkpoint again")
    return config
