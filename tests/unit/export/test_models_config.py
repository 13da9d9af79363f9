"""What a configuration of V-JEPA says is done or refused by its name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hallscribe_export.models import vjepa1, vjepa2
from hallscribe_export.models.family import read_encoder, read_predictor
from hallscribe_export.models.predictor import PredictorShape
from hallscribe_export.models.vjepa1 import Vjepa1Shape
from hallscribe_export.models.vjepa2 import Vjepa2Shape

# config.json of facebook/vjepa2-vitg-fpc64-384, as transformers saves it.
VITG: dict[str, Any] = {
    "architectures": ["VJEPA2Model"],
    "attention_dropout": 0.0,
    "attention_probs_dropout_prob": 0.0,
    "crop_size": 384,
    "drop_path_rate": 0.0,
    "frames_per_clip": 64,
    "hidden_act": "gelu",
    "hidden_size": 1408,
    "image_size": 384,
    "in_chans": 3,
    "initializer_range": 0.02,
    "layer_norm_eps": 1e-06,
    "mlp_ratio": 4.363636363636363,
    "model_type": "vjepa2",
    "num_attention_heads": 22,
    "num_hidden_layers": 40,
    "num_pooler_layers": 3,
    "patch_size": 16,
    "pred_hidden_size": 384,
    "pred_mlp_ratio": 4.0,
    "pred_num_attention_heads": 12,
    "pred_num_hidden_layers": 12,
    "pred_num_mask_tokens": 10,
    "pred_zero_init_mask_tokens": True,
    "qkv_bias": True,
    "tubelet_size": 2,
}


def saved(folder: Path, config: object) -> Path:
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def test_a_public_configuration() -> None:
    shape = Vjepa2Shape.from_config(VITG)
    assert (shape.crop_size, shape.frames, shape.tokens, shape.head) == (384, 1, 576, 64)
    assert (shape.input_shape, shape.features_shape) == ((1, 3, 384, 384), (1, 1, 24, 24, 1408))
    assert shape.stack.inner == 6144
    clip = Vjepa2Shape.from_config(VITG, frames=16, crop_size=256)
    assert (clip.input_shape, clip.features_shape) == ((1, 16, 3, 256, 256), (1, 8, 16, 16, 1408))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("hidden_act", "relu"),
        ("qkv_bias", False),
        ("in_chans", 1),
        ("layer_norm_eps", 0),
        ("mlp_ratio", -1),
        ("tubelet_size", 0),
        ("hidden_size", "wide"),
        ("num_hidden_layers", 0),
        ("frames_per_clip", None),
        ("use_SiLU", True),
        ("use_rope", False),
        ("use_modality_embeddings", True),
        ("model_type", "videomae"),
        ("num_attention_heads", 21),
        ("crop_size", 250),
    ],
)
def test_what_is_not_done_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=field):
        Vjepa2Shape.from_config({**VITG, field: value})


@pytest.mark.parametrize("field", ["hidden_size", "num_attention_heads", "num_hidden_layers", "model_type"])
def test_what_is_missing_is_named(field: str) -> None:
    with pytest.raises(ValueError, match=f"{field} is missing"):
        Vjepa2Shape.from_config({name: value for name, value in VITG.items() if name != field})


@pytest.mark.parametrize("frames", [0, 3, 63, 66, -2])
def test_clips_that_cannot_be(frames: int) -> None:
    with pytest.raises(ValueError, match=f"{frames} frames are no clip"):
        Vjepa2Shape.from_config(VITG, frames=frames)


@pytest.mark.parametrize(("side", "near"), [(250, 256), (8, 16), (0, 16)])
def test_sides_that_cannot_be(side: int, near: int) -> None:
    with pytest.raises(ValueError, match=f"crop_size {side} .* take {near}"):
        Vjepa2Shape.from_config(VITG, crop_size=side)


@pytest.mark.parametrize(("width", "heads"), [(20, 4), (30, 2), (30, 4)])
def test_heads_that_cannot_turn(width: int, heads: int) -> None:
    with pytest.raises(ValueError, match="equal heads"):
        Vjepa2Shape(hidden_size=width, num_attention_heads=heads, num_hidden_layers=1)


def test_the_first_knows_its_own_places_only() -> None:
    config = {**VITG, "model_type": "vjepa", "crop_size": 224, "frames_per_clip": 16}
    assert Vjepa1Shape.from_config(config, frames=16).tokens == 8 * 14 * 14
    assert vjepa1.parameter_shapes(Vjepa1Shape.from_config(config))["encoder.embeddings.position_embeddings"] == (
        1,
        8 * 14 * 14,
        1408,
    )
    with pytest.raises(ValueError, match=r"crop_size is 224.*not for 256"):
        Vjepa1Shape.from_config(config, crop_size=256)
    with pytest.raises(ValueError, match="18 frames are more than the 16"):
        Vjepa1Shape.from_config(config, frames=18)
    with pytest.raises(ValueError, match="model_type is 'vjepa2'"):
        Vjepa1Shape.from_config(VITG)
    with pytest.raises(ValueError, match="model_type is 'vjepa'"):
        Vjepa2Shape.from_config(config)


def test_a_predictors_split() -> None:
    shape = PredictorShape.from_config(VITG, frames=16, context_frames=12, crop_size=256)
    assert (shape.context_tokens, shape.target_tokens, shape.places) == (6 * 256, 2 * 256, (8, 16, 16))
    for frames, context in ((16, 0), (16, 16), (16, 3), (15, 2), (0, 0)):
        with pytest.raises(ValueError, match=f"{context} frames of context out of {frames}"):
            PredictorShape.from_config(VITG, frames=frames, context_frames=context)
    for field, value in (("pred_hidden_size", None), ("pred_num_attention_heads", 7), ("hidden_act", "relu")):
        with pytest.raises(ValueError, match=field):
            PredictorShape.from_config({**VITG, field: value}, frames=4, context_frames=2)
    with pytest.raises(ValueError, match="crop_size 100"):
        PredictorShape.from_config(VITG, frames=4, context_frames=2, crop_size=100)


def test_a_folder_says_which_encoder_it_is(tmp_path: Path) -> None:
    second = read_encoder(saved(tmp_path, VITG), frames=4, crop_size=64)
    assert second.shape == Vjepa2Shape.from_config(VITG, frames=4, crop_size=64)
    assert second.parameter_shapes() == vjepa2.parameter_shapes(second.shape)
    first = read_encoder(saved(tmp_path, {**VITG, "model_type": "vjepa"}))
    assert isinstance(first.shape, Vjepa1Shape)
    assert "encoder.embeddings.position_embeddings" in first.parameter_shapes()
    with pytest.raises(ValueError, match=r"config\.json: model_type.*only V-JEPA 2's predictor"):
        read_predictor(tmp_path, frames=4, context_frames=2)
    assert read_predictor(saved(tmp_path, VITG), frames=4, context_frames=2).context_tokens == 576


@pytest.mark.parametrize(("text", "told"), [("{", "no JSON"), ("[]", "no configuration"), (None, "cannot be read")])
def test_a_damaged_file_is_named(tmp_path: Path, text: str | None, told: str) -> None:
    if text is not None:
        (tmp_path / "config.json").write_text(text)
    with pytest.raises(ValueError, match=rf"config\.json {'is ' if text else ''}{told}"):
        read_encoder(tmp_path)


def test_the_file_and_the_field_are_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"config\.json: hidden_act is 'relu'"):
        read_encoder(saved(tmp_path, {**VITG, "hidden_act": "relu"}))
    with pytest.raises(ValueError, match=r"config\.json: 3 frames"):
        read_predictor(saved(tmp_path, VITG), frames=6, context_frames=3)
