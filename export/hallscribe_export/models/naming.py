"""Meta's names of V-JEPA's parameters, and Hugging Face's for the same.

Read in facebookresearch/jepa and facebookresearch/vjepa2 (src/models: vision_transformer.py, predictor.py), and in
transformers' src/transformers/models/vjepa2/convert_vjepa2_to_hf.py.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from hallscribe_export.graph.port import Array

# What distributed training and masking put before every name.
_WRAPPERS = re.compile(r"^(module\.|backbone\.)+")
_BLOCK = re.compile(r"(predictor_)?blocks\.(\d+)\.")
_MASK = re.compile(r"mask_tokens\.(\d+)$")
_PLACES = "embeddings.position_embeddings"
_MASKS = "predictor.embeddings.mask_tokens"
_KINDS = ("weight", "bias")
_LAYER = {"norm1": "norm1", "norm2": "norm2", "attn.proj": "attention.proj", "mlp.fc1": "mlp.fc1", "mlp.fc2": "mlp.fc2"}
_JOINT = ("query", "key", "value")
# V-JEPA's predictor has two mask tokens, V-JEPA 2's ten, V-JEPA 2.1's eight.
_V1_MASKS = 2
# Most places that an encoder of V-JEPA has: 16 frames of 384 pixels. One of V-JEPA 2 would have 32 of 256 at least.
_V1_PLACES = 8 * 24 * 24
# Parts that only V-JEPA 2.1 has.
_V21 = ("norms_block", "patch_embed_img", "img_mod_embed", "video_mod_embed")
_V21_FIELD = "use_modality_embeddings"


def hugging_face_names(state: Mapping[str, Array]) -> dict[str, Array]:
    """Encoder and, if there is one, predictor under Hugging Face's names.

    Query, key and value, which Meta keeps in one parameter, become three; mask tokens become one. Fixed places are
    kept where the model uses them, which is V-JEPA; V-JEPA 2 turns queries and keys instead.

    Args:
        state: Meta's parameters of the encoder and the predictor together, with or without the wrappers' prefixes.

    Raises:
        ValueError: a parameter has no place in the model or is missing, or is of another shape than it must be; it is
            named.
    """
    bare = {_WRAPPERS.sub("", name): value for name, value in state.items()}
    if any(part in name for name in bare for part in _V21):
        raise ValueError(vjepa21_message())
    places = "encoder." + _PLACES, "predictor." + _PLACES
    known = _known(bare)
    unmapped = [name for name in bare if name not in known]
    missing = [name for name in known if name not in bare]
    if unmapped:
        raise ValueError(f"{_few(unmapped)}: no parameter of V-JEPA or V-JEPA 2 has such a name")
    if missing:
        raise ValueError(f"{_few(missing)}: missing, so these are not all the parameters of one model")
    named: dict[str, Array] = {}
    for name, new in known.items():
        if len(new) == len(_JOINT):
            named.update(zip(new, _parts(name, bare[name]), strict=True))
        elif new[0] not in places or has_fixed_places(bare):
            named[new[0]] = bare[name]
    return _joined(named)


def has_fixed_places(state: Mapping[str, Array]) -> bool:
    """Whether parameters under Meta's names, without wrappers, are of V-JEPA (1) and not of V-JEPA 2."""
    masks = sum(name.startswith("mask_tokens.") for name in state)
    if masks:
        return masks == _V1_MASKS
    return "pos_embed" in state and state["pos_embed"].shape[1] <= _V1_PLACES


def supports_vjepa21() -> bool:
    """Whether the installed transformers has V-JEPA 2.1: its configuration of V-JEPA 2 then knows the parts' names."""
    if importlib.util.find_spec("transformers") is None:
        return False
    return hasattr(importlib.import_module("transformers").VJEPA2Config(), _V21_FIELD)


def vjepa21_message() -> str:
    """What to tell who brings a checkpoint of V-JEPA 2.1."""
    if supports_vjepa21():
        return "this is V-JEPA 2.1, which transformers has but this exporter does not describe: take V-JEPA 2"
    return "this is V-JEPA 2.1, which the installed transformers does not have: take a V-JEPA 2 checkpoint"


def _known(bare: Mapping[str, Array]) -> dict[str, tuple[str, ...]]:
    """Every name of Meta's that a model of as many layers has, and the new names; a name that may lack only if seen."""
    known: dict[str, tuple[str, ...]] = dict(_encoder(_layers(bare, "")))
    if "pos_embed" in bare:
        known["pos_embed"] = (f"encoder.{_PLACES}",)
    if any(name.startswith(("predictor_", "mask_tokens.")) for name in bare):
        masks = [int(match[1]) for match in map(_MASK.match, bare) if match]
        known.update(_predictor(_layers(bare, "predictor_"), max(masks, default=0) + 1))
        if "predictor_pos_embed" in bare:
            known["predictor_pos_embed"] = (f"predictor.{_PLACES}",)
    return known


def _layers(names: Iterable[str], prefix: str) -> int:
    found = [int(match[2]) for match in map(_BLOCK.match, names) if match and (match[1] or "") == prefix]
    return max(found, default=0) + 1


def _encoder(layers: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    for kind in _KINDS:
        yield f"patch_embed.proj.{kind}", (f"encoder.embeddings.patch_embeddings.proj.{kind}",)
    yield from _stack("", "encoder", layers)


def _predictor(layers: int, masks: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    for number in range(masks):
        yield f"mask_tokens.{number}", (f"{_MASKS}.{number}",)
    for kind in _KINDS:
        yield f"predictor_embed.{kind}", (f"predictor.embeddings.predictor_embeddings.{kind}",)
        yield f"predictor_proj.{kind}", (f"predictor.proj.{kind}",)
    yield from _stack("predictor_", "predictor", layers)


def _stack(prefix: str, part: str, layers: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    for kind in _KINDS:
        for number in range(layers):
            old, new = f"{prefix}blocks.{number}.", f"{part}.layer.{number}."
            yield f"{old}attn.qkv.{kind}", tuple(f"{new}attention.{name}.{kind}" for name in _JOINT)
            for name, called in _LAYER.items():
                yield f"{old}{name}.{kind}", (f"{new}{called}.{kind}",)
        yield f"{prefix}norm.{kind}", (f"{part}.layernorm.{kind}",)


def _parts(name: str, value: Array) -> list[Array]:
    if value.shape[0] % len(_JOINT):
        raise ValueError(f"{name} has {value.shape[0]} rows, which are no query, key and value of one width")
    return np.split(value, len(_JOINT))


def _joined(named: dict[str, Array]) -> dict[str, Array]:
    """The same with all mask tokens in one parameter (tokens, 1, 1, D)."""
    masks = sorted((name for name in named if name.startswith(f"{_MASKS}.")), key=lambda name: int(name.split(".")[-1]))
    values = [named.pop(name) for name in masks]
    return {**named, _MASKS: np.stack(values)} if values else named


def _few(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
