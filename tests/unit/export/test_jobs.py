"""What an export has to do is read from its checkpoint; what it cannot do is told by the file."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from hallscribe_export.jobs import family_of, plain_job, recipe_of, vjepa_job
from hallscribe_export.recipe import recipe
from hallscribe_export.request import VjepaRequest
from hallscribe_export.sources.folder import Checkpoint, read_folder

CONFIG = {
    "model_type": "vjepa2",
    "hidden_size": 1024,
    "num_attention_heads": 16,
    "num_hidden_layers": 24,
    "patch_size": 16,
    "tubelet_size": 2,
    "crop_size": 256,
    "pred_hidden_size": 384,
}
SHAPES = {"encoder.layernorm.weight": (1024,), "predictor.proj.weight": (1024, 384)}


def checkpoint(folder: Path, **changes: object) -> Checkpoint:
    (folder / "config.json").write_text(json.dumps({**CONFIG, **changes}))
    save_file({name: np.zeros(shape, np.float32) for name, shape in SHAPES.items()}, folder / "model.safetensors")
    return read_folder(folder, recipe("vjepa2"))


def test_a_picture_is_one_grid_of_tokens(tmp_path: Path) -> None:
    job = vjepa_job(checkpoint(tmp_path), VjepaRequest())
    assert (job.tokens, job.width, job.parameters) == (256, 1024, 1024)


def test_a_clip_is_one_for_each_pair_of_frames(tmp_path: Path) -> None:
    request = VjepaRequest(64, 384, "fp32", ("onnxruntime",), predictor=True, features=True)
    job = vjepa_job(checkpoint(tmp_path), request)
    assert job.tokens == 32 * 24 * 24
    assert job.parameters == sum(map(math.prod, SHAPES.values()))
    assert (job.precision, job.runtimes, job.predictor, job.features) == ("fp32", ("onnxruntime",), True, True)


def test_a_whole_checkpoint_is_all_of_it(tmp_path: Path) -> None:
    assert plain_job(checkpoint(tmp_path), "int8", ("openvino",)).parameters == 1024 + 1024 * 384


@pytest.mark.parametrize(
    ("changes", "request_", "told"),
    [
        ({"crop_size": 250}, VjepaRequest(), r"config\.json: crop_size 250.*take 256"),
        ({"model_type": "vjepa", "crop_size": 224}, VjepaRequest(2, 256), r"config\.json: crop_size is 224.*take 224"),
        ({"hidden_size": "wide"}, VjepaRequest(), r"config\.json: hidden_size is 'wide'"),
        ({"num_attention_heads": 0}, VjepaRequest(), r"config\.json: num_attention_heads is 0"),
    ],
)
def test_a_configuration_that_cannot_be_is_told(
    tmp_path: Path, changes: dict[str, object], request_: VjepaRequest, told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        vjepa_job(checkpoint(tmp_path, **changes), request_)


@pytest.mark.parametrize(("text", "told"), [("[]", "model_type None"), ("{", "cannot be read")])
def test_a_configuration_that_is_none(tmp_path: Path, text: str, told: str) -> None:
    checkpoint(tmp_path)
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(ValueError, match=rf"config\.json .*{told}"):
        family_of(tmp_path)


@pytest.mark.parametrize(
    ("kind", "family"), [("vjepa2", "vjepa2"), ("vjepa", "vjepa1"), ("bert", "minilm"), ("gemma3_text", "gemma")]
)
def test_the_family_is_in_the_configuration(tmp_path: Path, kind: str, family: str) -> None:
    checkpoint(tmp_path, model_type=kind)
    assert family_of(tmp_path) == family


@pytest.mark.parametrize(("kind", "told"), [("llama", "known are vjepa2"), ("vjepa2_1", "take a V-JEPA 2 checkpoint")])
def test_a_model_that_is_not_known_is_told(tmp_path: Path, kind: str, told: str) -> None:
    checkpoint(tmp_path, model_type=kind)
    with pytest.raises(ValueError, match=rf"config\.json has model_type '{kind}'.*{told}"):
        family_of(tmp_path)


def test_a_checkpoint_for_another_command_is_told(tmp_path: Path) -> None:
    found = checkpoint(tmp_path)
    assert recipe_of(found, "vjepa2", "vjepa1").family == "vjepa2"
    with pytest.raises(ValueError, match=r"config\.json is of V-JEPA 2: give a checkpoint of Gemma"):
        recipe_of(found, "gemma")
