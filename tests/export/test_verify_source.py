"""Golden values equal what transformers makes of the same checkpoint."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from transformers import VJEPA2Config, VJEPA2ForVideoClassification, VJEPA2Model

from hallscribe_export.checkpoint import open_checkpoint, stored_shapes
from hallscribe_export.jobs import vjepa_job
from hallscribe_export.minilm import export_minilm
from hallscribe_export.progress import Silent
from hallscribe_export.recipe import recipe
from hallscribe_export.request import VjepaRequest
from hallscribe_export.verify import open_source, verify_bundle
from hallscribe_export.vjepa import export_vjepa
from support.checkpoints import minilm_folder
from support.encoders import encoder_bundle, vjepa_folder


def checked(bundle: Path, checkpoint: Path) -> dict[str, float]:
    """How far apart each golden output is from transformers' own."""
    with open_source(bundle, str(checkpoint)) as source:
        report = verify_bundle(bundle, source, Silent())
    assert report.complete, report.conclusion
    lines = [line for line in report.lines if line.rung == "float32"]
    assert all("transformers" in line.told for line in lines)
    return {line.where: line.figure or 0.0 for line in lines}


def test_sentences(tmp_path: Path) -> None:
    folder = minilm_folder(tmp_path / "tiny-minilm")
    with open_checkpoint(str(folder), recipe("minilm"), tmp_path / "text") as checkpoint:
        export_minilm(checkpoint, tmp_path / "text", Silent())
    assert checked(tmp_path / "text", folder)["vectors"] < 1e-5


@pytest.mark.parametrize("frames", [1, 4])
def test_pictures_clips_and_the_predictor(tmp_path: Path, frames: int) -> None:
    folder = vjepa_folder(tmp_path / "tiny-vjepa2")
    bundle = encoder_bundle(folder, tmp_path / "encoder", frames)
    apart = checked(bundle, folder)
    assert apart["pooled"] < 1e-5
    assert apart["predictor.wanted"] < 1e-3


def test_an_encoder_within_a_classifier_is_the_encoder(tmp_path: Path) -> None:
    folder = vjepa_folder(tmp_path / "tiny-vjepa2")
    config = VJEPA2Config.from_pretrained(folder, num_labels=7, num_pooler_layers=1)
    classifier = VJEPA2ForVideoClassification(config)
    classifier.vjepa2.load_state_dict(VJEPA2Model.from_pretrained(folder).state_dict())
    classifier.save_pretrained(tmp_path / "tiny-classifier")
    made = []
    for name in ("tiny-vjepa2", "tiny-classifier"):
        request = VjepaRequest(precision="fp32", runtimes=("openvino",), predictor=True)
        with open_checkpoint(str(tmp_path / name), recipe("vjepa2"), tmp_path / f"{name}-bundle") as checkpoint:
            assert vjepa_job(checkpoint, request).parameters == sum(map(math.prod, stored_shapes(folder).values()))
            made.append(export_vjepa(checkpoint, request, tmp_path / f"{name}-bundle", Silent()))
    for file in ("encoder.bin", "predictor.bin", "golden.npz"):
        assert made[0].files[file].sha256 == made[1].files[file].sha256
    apart = checked(tmp_path / "tiny-classifier-bundle", tmp_path / "tiny-classifier")
    assert apart["pooled"] < 1e-5
    assert apart["predictor.wanted"] < 1e-3
