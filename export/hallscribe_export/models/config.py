"""A V-JEPA's ``config.json``, typed: what the descriptions of models do not do is refused by its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

_Read = TypeVar("_Read", bound="_Part")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    layer_norm_eps: float = Field(1e-6, gt=0, lt=1)
    hidden_size: int = Field(ge=1)
    crop_size: int = Field(256, ge=1)
    patch_size: int = Field(16, ge=1)
    tubelet_size: int = Field(2, ge=1, le=64)
    hidden_act: Literal["gelu"] = "gelu"
    qkv_bias: Literal[True] = True
    # Meta's names for other activations and for learned places; V-JEPA 2.1's parts, as transformers will call them.
    use_SiLU: Literal[False] = False  # noqa: N815
    use_silu: Literal[False] = False
    use_rope: Literal[True] = True
    use_rope_interleave: Literal[False] = False
    use_modality_embeddings: Literal[False] = False
    interpolate_rope: Literal[False] = False


class EncoderConfig(_Part):
    """What an encoder's graph needs; absent fields have the values that transformers gives them."""

    model_type: Literal["vjepa2", "vjepa"]
    num_attention_heads: int = Field(ge=1)
    num_hidden_layers: int = Field(ge=1)
    mlp_ratio: float = Field(4.0, gt=0)
    frames_per_clip: int = Field(64, ge=1)
    in_chans: Literal[3] = 3


class PredictorConfig(_Part):
    """What a predictor's graph needs."""

    model_type: Literal["vjepa2"]
    pred_hidden_size: int = Field(ge=1)
    pred_num_attention_heads: int = Field(ge=1)
    pred_num_hidden_layers: int = Field(ge=1)
    pred_num_mask_tokens: int = Field(ge=1)
    pred_mlp_ratio: float = Field(4.0, gt=0)
    teacher_embed_dim: Literal[None] = None


def checked(kind: type[_Read], config: Mapping[str, Any]) -> _Read:
    """A configuration as values that were checked.

    Raises:
        ValueError: a field is missing or says something that the description of the model does not do; every such
            field is named.
    """
    try:
        return kind.model_validate(dict(config))
    except ValidationError as error:
        raise ValueError("; ".join(_told(config, each["loc"], each["msg"]) for each in error.errors())) from error


def _told(config: Mapping[str, Any], place: tuple[int | str, ...], why: str) -> str:
    name = ".".join(map(str, place))
    return f"{name} is {config[name]!r}: {why}" if name in config else f"{name} is missing"
