"""What model a .pth of Meta's holds, told by its weights' names and shapes: it comes without a configuration."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hallscribe_export.graph.port import Array
from hallscribe_export.models.naming import has_fixed_places
from hallscribe_export.recipe import Family, recipe
from hallscribe_export.sources.tensors import WEIGHTS

# Heads by width, as in the published configurations; elsewhere a head is 64 wide.
_HEADS = {1024: 16, 1280: 16, 1408: 22}
_HEAD = 64
_PREDICTOR_HEADS = 12
_SIZES = {1280: "h", 1408: "g"}
_V1_FRAMES = 16
_V2_FRAMES = 64
_V2_SIDE = 256
_BLOCK = re.compile(r"(predictor_)?blocks\.(\d+)\.")


@dataclass(frozen=True, slots=True)
class Architecture:
    """A family, the name of the file for the weights, and what ``config.json`` says."""

    family: Family
    weights: str
    config: dict[str, Any]


def configuration(file: Path, weights: Mapping[str, Array]) -> Architecture:
    """The architecture of weights under Meta's names, without wrappers.

    Raises:
        ValueError: they are of no V-JEPA, or of one that is not known.
    """
    stem = weights.get("patch_embed.proj.weight")
    if stem is None or stem.ndim != 5 or "blocks.0.mlp.fc1.weight" not in weights:
        raise ValueError(f"{file} holds no encoder of V-JEPA: give the .pth that Meta publishes")
    first = has_fixed_places(weights)
    encoder = {
        "model_type": "vjepa" if first else "vjepa2",
        "architectures": ["VJEPAModel" if first else "VJEPA2Model"],
        "hidden_size": stem.shape[0],
        "num_attention_heads": _HEADS.get(stem.shape[0], max(stem.shape[0] // _HEAD, 1)),
        "num_hidden_layers": _layers(weights, ""),
        "mlp_ratio": weights["blocks.0.mlp.fc1.weight"].shape[0] / stem.shape[0],
        "in_chans": stem.shape[1],
        "tubelet_size": stem.shape[2],
        "patch_size": stem.shape[3],
        "layer_norm_eps": 1e-6,
        "hidden_act": "gelu",
        "qkv_bias": "blocks.0.attn.qkv.bias" in weights,
    }
    frames = _V1_FRAMES if first else _V2_FRAMES
    side = _first_side(file, weights, frames // stem.shape[2], stem.shape[3]) if first else _second_side(file)
    config = {**encoder, "crop_size": side, "image_size": side, "frames_per_clip": frames, **_predictor(weights, first)}
    family: Family = "vjepa1" if first else "vjepa2"
    named = recipe(family).safetensors
    name = named.format(size=_SIZES.get(stem.shape[0], "l"), patch=stem.shape[3]) if named else WEIGHTS
    return Architecture(family, name, config)


def _first_side(file: Path, weights: Mapping[str, Array], depth: int, patch: int) -> int:
    places = weights.get("pos_embed")
    tokens = 0 if places is None else places.shape[1]
    grid = math.isqrt(tokens // depth)
    if not tokens or grid * grid * depth != tokens:
        raise ValueError(
            f"{file} has places for {tokens} tokens, which no square clip of {_V1_FRAMES} frames has: "
            "give the .pth that Meta publishes"
        )
    return grid * patch


def _second_side(file: Path) -> int:
    """The weights do not tell: the published file of the larger side has it in its name."""
    return 384 if "384" in file.name else _V2_SIDE


def _layers(weights: Mapping[str, Array], prefix: str) -> int:
    found = {int(match[2]) for match in map(_BLOCK.match, weights) if match and (match[1] or "") == prefix}
    return max(found, default=-1) + 1


def _predictor(weights: Mapping[str, Array], first: bool) -> dict[str, Any]:
    embed = weights.get("predictor_embed.weight")
    if embed is None or "predictor_blocks.0.mlp.fc1.weight" not in weights:
        return {}
    width = embed.shape[0]
    heads = _HEADS.get(embed.shape[1], max(embed.shape[1] // _HEAD, 1)) if first else _PREDICTOR_HEADS
    return {
        "pred_hidden_size": width,
        "pred_num_attention_heads": heads,
        "pred_num_hidden_layers": _layers(weights, "predictor_"),
        "pred_num_mask_tokens": sum(name.startswith("mask_tokens.") for name in weights),
        "pred_mlp_ratio": weights["predictor_blocks.0.mlp.fc1.weight"].shape[0] / width,
    }
