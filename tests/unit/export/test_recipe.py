"""Recipes are whole, agree with themselves, and come with the package."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from pydantic import ValidationError

from hallscribe_export.recipe import Family, Recipe, recipe
from hallscribe_export.request import PRECISIONS, VjepaRequest, requested

FAMILIES = get_args(Family)


@pytest.mark.parametrize("family", FAMILIES)
def test_it_can_be_read(family: Family) -> None:
    read = recipe(family)
    assert read.family == family
    for known in read.checkpoints:
        assert read.known(known.id) == known
        # No published weights are smaller than INT8 or larger than float32 with its optimiser.
        assert known.parameters <= known.download_bytes <= 20 * known.parameters


def test_presets_are_of_known_checkpoints_at_their_resolution() -> None:
    read = recipe("vjepa2")
    plan = {name: (preset.frames, preset.resolution) for name, preset in read.presets.items()}
    assert plan == {"fast": (16, 256), "balanced": (32, 256), "quality": (64, 384)}
    for preset in read.presets.values():
        known = read.known(preset.checkpoint)
        assert known is not None
        assert known.crop_size == preset.resolution


@pytest.mark.parametrize("family", ["vjepa2", "vjepa1"])
def test_every_precision_of_an_encoder_has_a_cost_and_a_bar(family: Family) -> None:
    assert set(recipe(family).cost.precisions) == set(PRECISIONS)
    parity = recipe(family).parity
    assert (parity.cosine, parity.centred_cosine) == (0.999, 0.99)
    assert parity.neighbours
    assert parity.boundaries


def test_what_needs_acceptance_says_so() -> None:
    assert all(known.gated for known in recipe("gemma").checkpoints)
    assert not any(known.gated for known in recipe("vjepa2").checkpoints)


def test_an_unknown_key_is_an_error() -> None:
    with pytest.raises(ValidationError, match="speed"):
        Recipe.model_validate({**recipe("minilm").model_dump(), "speed": 1})


def test_a_flag_wins_over_the_preset() -> None:
    quality = recipe("vjepa2").presets["quality"]
    whole = requested(quality, None, None, "auto", "openvino, onnxruntime", False, False, None)
    assert (whole.frames, whole.resolution, whole.runtimes) == (64, 384, ("openvino", "onnxruntime"))
    less = requested(quality, 16, 256, "int8", "openvino", True, True, None)
    assert less == VjepaRequest(16, 256, "int8", ("openvino",), features=True, predictor=True)
    plain = requested(None, None, None, "auto", "onnxruntime", False, False, None)
    assert (plain.frames, plain.resolution, plain.single) == (2, None, True)
    with pytest.raises(ValueError, match="0 frames"):
        requested(quality, 0, None, "auto", "openvino", False, False, None)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"frames": 3}, "3 frames cannot be exported: give 2"),
        ({"frames": 0}, "0 frames"),
        ({"frames": 66}, "66 frames"),
        ({"resolution": 250}, "250 pixels are no whole number of patches of 16: give one such as 256"),
        ({"resolution": 0}, "0 pixels"),
        ({"resolution": 4096}, "such as 1024"),
        ({"runtimes": ()}, "runtimes none: give openvino or onnxruntime"),
        ({"runtimes": ("tensorrt",)}, "runtimes tensorrt: give openvino or onnxruntime"),
        ({"runtimes": ("openvino", "openvino")}, "runtimes openvino, openvino"),
        ({"precision": "int2"}, "precision int2: give one of auto, int8, bf16, fp32"),
        ({"calibration": Path("/not/there")}, "/not/there is not there: give a folder of pictures or a video"),
    ],
)
def test_what_cannot_be_made_is_refused_with_what_can(arguments: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told.replace("(", r"\(")):
        VjepaRequest(**arguments)  # type: ignore[arg-type]
