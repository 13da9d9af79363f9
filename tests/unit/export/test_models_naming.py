"""Meta's names become Hugging Face's: every parameter of every public checkpoint, and no other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hallscribe_export.graph.port import Array
from hallscribe_export.models import naming, vjepa1, vjepa2
from hallscribe_export.models.naming import hugging_face_names, supports_vjepa21, vjepa21_message
from hallscribe_export.models.predictor import PredictorShape
from hallscribe_export.models.predictor import parameter_shapes as predictor_shapes
from hallscribe_export.models.vjepa1 import Vjepa1Shape
from hallscribe_export.models.vjepa2 import Vjepa2Shape

DATA = Path(__file__).parents[2] / "data" / "vjepa"
Shapes = dict[str, tuple[int, ...]]
CONFIGS = {
    "vitl": {"hidden_size": 1024, "num_attention_heads": 16, "num_hidden_layers": 24, "mlp_ratio": 4},
    "vith": {"hidden_size": 1280, "num_attention_heads": 16, "num_hidden_layers": 32, "mlp_ratio": 4},
    "vitg": {"hidden_size": 1408, "num_attention_heads": 22, "num_hidden_layers": 40, "mlp_ratio": 48 / 11},
}
PREDICTOR = {
    "pred_hidden_size": 384,
    "pred_num_attention_heads": 12,
    "pred_num_hidden_layers": 12,
    "pred_num_mask_tokens": 10,
}


def listed(name: str) -> Shapes:
    """The parameters of a fixture; its head says where they are from."""
    lines = [line.split() for line in (DATA / name).read_text().splitlines() if not line.startswith("#")]
    return {name: tuple(map(int, shape.split("x"))) for name, shape in lines}


def metas(name: str) -> dict[str, Array]:
    """The same as arrays that take no memory, without the dictionaries' names."""
    found = listed(f"{name}.meta.txt").items()
    return {name.partition(".")[2]: np.broadcast_to(np.float32(0), shape) for name, shape in found}


def shapes_of(named: dict[str, Array]) -> Shapes:
    return {name: value.shape for name, value in named.items()}


@pytest.fixture
def small() -> dict[str, Array]:
    """A tiny V-JEPA 2 under Meta's names; every parameter has its own values."""
    numbers, wide = np.random.default_rng(1), 6
    shapes: Shapes = {"patch_embed.proj.weight": (wide, 3, 2, 16, 16), "patch_embed.proj.bias": (wide,)}
    for prefix in ("", "predictor_"):
        for name, outputs, inputs in (("attn.qkv", 18, 6), ("attn.proj", 6, 6), ("mlp.fc1", 24, 6), ("mlp.fc2", 6, 24)):
            shapes |= {
                f"{prefix}blocks.0.{name}.weight": (outputs, inputs),
                f"{prefix}blocks.0.{name}.bias": (outputs,),
            }
        for name in ("blocks.0.norm1", "blocks.0.norm2", "norm"):
            shapes |= {f"{prefix}{name}.{kind}": (wide,) for kind in ("weight", "bias")}
    for name in ("predictor_embed", "predictor_proj"):
        shapes |= {f"{name}.weight": (wide, wide), f"{name}.bias": (wide,)}
    shapes |= {f"mask_tokens.{number}": (1, 1, wide) for number in range(10)}
    return {name: numbers.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


@pytest.mark.parametrize("size", CONFIGS)
def test_every_parameter_of_v_jepa_2_has_its_place(size: str) -> None:
    wanted = listed(f"vjepa2-{size}.hub.txt")
    assert shapes_of(hugging_face_names(metas(f"vjepa2-{size}"))) == wanted
    config = {"model_type": "vjepa2", **CONFIGS[size], **PREDICTOR}
    shape = Vjepa2Shape.from_config(config, frames=64, crop_size=384)
    split = PredictorShape.from_config(config, frames=64, context_frames=32)
    assert {**vjepa2.parameter_shapes(shape), **predictor_shapes(split)} == wanted


def test_every_parameter_of_v_jepa_has_its_place() -> None:
    named = hugging_face_names(metas("vjepa1-vitl"))
    config = {"model_type": "vjepa", **CONFIGS["vitl"], "crop_size": 224, "frames_per_clip": 16}
    encoder = {name: shape for name, shape in shapes_of(named).items() if not name.startswith("predictor.")}
    assert encoder == vjepa1.parameter_shapes(Vjepa1Shape.from_config(config))
    # Its predictor is of the same layers, with two mask tokens and fixed places.
    rest = {name: shape for name, shape in shapes_of(named).items() if name not in encoder}
    assert rest.pop("predictor.embeddings.position_embeddings") == (1, 1568, 384)
    second = listed("vjepa2-vitl.hub.txt")
    assert rest.pop("predictor.embeddings.mask_tokens") == (2, 1, 1, 384)
    assert rest == {name: second[name] for name in second if name.startswith("predictor.") and "mask" not in name}


def test_the_values_go_where_their_names_say(small: dict[str, Array]) -> None:
    named = hugging_face_names({f"module.backbone.{name}": value for name, value in small.items()})
    joint = small["blocks.0.attn.qkv.weight"]
    for number, name in enumerate(("query", "key", "value")):
        found = named[f"encoder.layer.0.attention.{name}.weight"]
        np.testing.assert_array_equal(found, joint[6 * number : 6 * number + 6])
        assert found.flags.c_contiguous
    masks = named["predictor.embeddings.mask_tokens"]
    for number in range(10):
        np.testing.assert_array_equal(masks[number], small[f"mask_tokens.{number}"])
    np.testing.assert_array_equal(named["encoder.layernorm.bias"], small["norm.bias"])
    np.testing.assert_array_equal(named["predictor.layernorm.bias"], small["predictor_norm.bias"])
    np.testing.assert_array_equal(named["encoder.layer.0.attention.proj.bias"], small["blocks.0.attn.proj.bias"])


def test_an_encoder_alone_will_do(small: dict[str, Array]) -> None:
    alone = {name: value for name, value in small.items() if not name.startswith(("predictor_", "mask_tokens"))}
    assert all(name.startswith("encoder.") for name in hugging_face_names(alone))


def test_fixed_places_are_kept_where_they_are_used(small: dict[str, Array]) -> None:
    places = "encoder.embeddings.position_embeddings"
    saved = {**small, "pos_embed": np.zeros((1, 8192, 6), np.float32)}
    assert places not in hugging_face_names(saved)
    first = {name: value for name, value in saved.items() if not name.startswith(("predictor_", "mask_tokens"))}
    assert places not in hugging_face_names(first)
    first["pos_embed"] = np.ones((1, 1568, 6), np.float32)
    np.testing.assert_array_equal(hugging_face_names(first)[places], first["pos_embed"])


@pytest.mark.parametrize(
    "name", ["cls_token", "blocks.0.attn.qkv.scale", "predictor_blocks.0.mlp.fc3.weight", "head.bias"]
)
def test_an_unmapped_parameter_is_named(small: dict[str, Array], name: str) -> None:
    with pytest.raises(ValueError, match=f"{name}: no parameter of"):
        hugging_face_names({**small, f"module.backbone.{name}": np.zeros(3, np.float32)})


def test_a_missing_parameter_is_named(small: dict[str, Array]) -> None:
    # Nothing says how many mask tokens there should be, so the last of them is not missed.
    for name in [each for each in small if each != "mask_tokens.9"]:
        less = {each: value for each, value in small.items() if each != name}
        with pytest.raises(ValueError, match=name.replace(".", r"\.")):
            hugging_face_names(less)


def test_a_joint_parameter_of_no_three_is_refused(small: dict[str, Array]) -> None:
    small["blocks.0.attn.qkv.bias"] = np.zeros(17, np.float32)
    with pytest.raises(ValueError, match=r"blocks\.0\.attn\.qkv\.bias has 17 rows"):
        hugging_face_names(small)


def test_v_jepa_2_1_is_told_plainly(small: dict[str, Array], monkeypatch: pytest.MonkeyPatch) -> None:
    small["norms_block.0.weight"] = np.zeros(6, np.float32)
    monkeypatch.setattr(naming.importlib.util, "find_spec", lambda _: None)
    assert not supports_vjepa21()
    with pytest.raises(ValueError, match=r"V-JEPA 2\.1, which the installed transformers does not have"):
        hugging_face_names(small)
    monkeypatch.setattr(naming, "supports_vjepa21", lambda: True)
    assert "does not describe" in vjepa21_message()
