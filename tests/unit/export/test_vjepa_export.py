"""From a small checkpoint to a bundle, by everything that runs without torch and NNCF."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from hallscribe_export.checkpoint import open_checkpoint
from hallscribe_export.golden import read_golden
from hallscribe_export.progress import Silent
from hallscribe_export.quantise.trained import are_trained
from hallscribe_export.quantise.work import cases_of
from hallscribe_export.recipe import recipe
from hallscribe_export.request import VjepaRequest
from hallscribe_export.vjepa import export_vjepa
from hallscribed.adapters.models.bundle import load
from hallscribed.adapters.models.manifest import Manifest
from hallscribed.adapters.models.vjepa import VjepaEncoder
from hallscribed.adapters.runtime.factory import open_runtime
from hallscribed.domain.errors import Misconfigured
from support.encoders import WIDTH, vjepa_folder
from support.outlier import LAYER, with_outlier


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return vjepa_folder(tmp_path_factory.mktemp("source") / "small")


@pytest.fixture(scope="module")
def deck(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty pictures of rectangles."""
    folder, rng = tmp_path_factory.mktemp("deck"), np.random.default_rng(1)
    for number in range(20):
        page = np.full((64, 64, 3), rng.integers(0, 255, 3), np.uint8)
        top, left = rng.integers(0, 40, 2)
        page[top : top + 20, left : left + 20] = rng.integers(0, 255, 3)
        cv2.imwrite(str(folder / f"{number:02}.png"), page)
    return folder


def export(source: Path, deck: Path, out: Path, **wanted: Any) -> Manifest:
    request = VjepaRequest(**{"calibration": deck, "precision": "int8", **wanted})
    with open_checkpoint(str(source), recipe("vjepa2"), out) as opened:
        return export_vjepa(opened, request, out, Silent())


@pytest.fixture(scope="module")
def made(checkpoint: Path, deck: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """INT8 weights for both runtimes."""
    out = tmp_path_factory.mktemp("made") / "folder" / "bundle"
    assert export(checkpoint, deck, out) == load(out).manifest
    return out


def test_int8_for_both_runtimes_tells_all_that_was_done(made: Path) -> None:
    manifest = load(made).manifest
    assert manifest.source is not None and manifest.source.name == "small"
    assert set(manifest.source.files) == {"config.json", "model.safetensors"}
    assert manifest.calibration is not None and manifest.calibration.frames == 20
    assert manifest.space is not None and not manifest.space.trained
    assert manifest.higher_precision == ()
    for runtime in ("openvino", "onnxruntime"):
        for name in ("neighbours", "boundaries", "latency_ms", "peak_memory_mib"):
            assert f"{name}_{runtime}" in manifest.measured
        assert manifest.measured[f"cosine_to_float32_{runtime}"] >= 0.999
        assert manifest.measured[f"centred_cosine_{runtime}"] >= 0.99
        vector = VjepaEncoder(load(made), open_runtime(runtime, load(made), 1)).encode([np.zeros((9, 9, 3), np.uint8)])
        assert vector.shape == (1, WIDTH)
    assert {"stem_folded_ms", "stem_whole_ms", "stem_difference"} <= set(manifest.measured)
    assert manifest.measured["stem_difference"] < 1e-4
    assert sorted(each.name for each in made.parent.iterdir()) == ["bundle"]


def test_clips_with_features_and_predictor(checkpoint: Path, deck: Path, tmp_path: Path) -> None:
    wanted = {"frames": 4, "features": True, "predictor": True, "runtimes": ("onnxruntime",)}
    manifest = export(checkpoint, deck, tmp_path / "bundle", **wanted)
    assert [each.name for each in manifest.outputs] == ["pooled", "features"]
    assert manifest.inputs[0].shape == (1, 4, 3, 64, 64)
    predictor = manifest.graphs["predictor"]
    # Four frames are two tubelets of 16 tokens each, and as many are predicted.
    assert (predictor.inputs[0].shape, predictor.outputs[0].shape) == ((1, 32, WIDTH), (1, 32, WIDTH))
    assert manifest.measured["predictor_cosine_to_float32_onnxruntime"] >= 0.999
    golden = read_golden(tmp_path / "bundle", manifest)
    assert golden["clips"].shape[1] == 4
    assert len(golden["pictures"]) < golden["clips"].size, "pictures that stand still are kept once"
    bundle = load(tmp_path / "bundle")
    with pytest.raises(Misconfigured, match=r"clips of 4 frames.*--frames 2"):
        VjepaEncoder(bundle, open_runtime("onnxruntime", bundle, 1))


def test_a_layer_that_int8_breaks_stays_in_full_precision_and_is_named(deck: Path, tmp_path: Path) -> None:
    source = with_outlier(vjepa_folder(tmp_path / "odd"))
    manifest = export(source, deck, tmp_path / "bundle")
    assert manifest.higher_precision == (LAYER,)
    for runtime in ("openvino", "onnxruntime"):
        assert manifest.measured[f"cosine_to_float32_{runtime}"] >= 0.999
        assert manifest.measured[f"centred_cosine_{runtime}"] >= 0.99


def test_a_stem_that_int8_breaks_is_refused_and_nothing_is_left(deck: Path, tmp_path: Path) -> None:
    source = vjepa_folder(tmp_path / "odd")
    weights = load_file(source / "model.safetensors")
    stem = weights["encoder.embeddings.patch_embeddings.proj.weight"]
    # Two slices of time that undo each other: in sum nothing, but one place far above all others remains.
    stem[:, 0, :, 0, 0] += 500.0
    stem[:, 1, :, 0, 0] -= 400.0
    save_file(weights, source / "model.safetensors")
    with pytest.raises(ValueError, match=r"on openvino parity .* is missed.*--precision fp32"):
        export(source, deck, tmp_path / "made" / "bundle", runtimes=("openvino",))
    assert not (tmp_path / "made").exists()


def test_bf16_is_openvino_alone(checkpoint: Path, deck: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="bf16 is calculated by OpenVINO only"):
        export(checkpoint, deck, tmp_path / "bundle", precision="bf16", runtimes=("onnxruntime",))
    manifest = export(checkpoint, deck, tmp_path / "bundle", precision="bf16")
    assert list(manifest.runtimes) == ["openvino"]
    assert manifest.inference_precision == "bf16"
    clips = export(checkpoint, deck, tmp_path / "clips", precision="bf16", frames=4)
    assert clips.measured["cosine_to_float32_openvino"] >= 0.999


def test_float32_is_what_it_was_and_of_the_same_space(made: Path, checkpoint: Path, deck: Path, tmp_path: Path) -> None:
    manifest = export(checkpoint, deck, tmp_path / "bundle", precision="fp32")
    for runtime in ("openvino", "onnxruntime"):
        assert manifest.measured[f"cosine_to_float32_{runtime}"] > 0.999999
    assert manifest.space == load(made).manifest.space


def test_other_weights_make_another_space(made: Path, deck: Path, tmp_path: Path) -> None:
    other = vjepa_folder(tmp_path / "small", seed=2)
    manifest = export(other, deck, tmp_path / "bundle", runtimes=("onnxruntime",))
    assert manifest.model_id == load(made).manifest.model_id
    assert manifest.space != load(made).manifest.space


@pytest.mark.parametrize("scale", [0.02, 0.5])
def test_random_weights_are_told_from_trained_ones(scale: float) -> None:
    rng = np.random.default_rng(1)
    names = [f"encoder.layer.{number}.mlp.fc1.weight" for number in range(4)]
    noise = {name: (scale * rng.standard_normal((96, 48))).astype(np.float32) for name in names}
    assert not are_trained(noise)
    # What descent adds to a matrix is of low rank.
    learnt = {
        name: values + scale * (rng.standard_normal((96, 2)) @ rng.standard_normal((2, 48))).astype(np.float32)
        for name, values in noise.items()
    }
    assert are_trained(learnt)
    assert not are_trained({**noise, names[0]: learnt[names[0]]})
    # What an optimiser adds that moves all directions alike is of full rank, but not the same in each row.
    lengths = rng.uniform(0.5, 1.5, (96, 1))
    assert are_trained({name: (values * lengths).astype(np.float32) for name, values in noise.items()})


def test_clips_show_what_was_shown_one_after_the_other() -> None:
    pictures = np.arange(48, dtype=np.uint8)[:, None, None, None]
    cases = cases_of(pictures, 16, 2048)
    assert len(cases) == 12
    assert list(cases.clips[1]) == [4, *range(5, 20)]
    long = cases_of(pictures, 64, 16384)
    assert len(long) == 6
    assert list(long.clips[0][:5]) == [0, 0, 0, 0, 1]
    few = cases.of(np.array([0, 1]))
    assert len(few.pictures) == 20
    assert np.array_equal(few.pictures[few.clips], pictures[cases.clips[:2]])


def test_a_config_of_other_weights_is_named(checkpoint: Path, deck: Path, tmp_path: Path) -> None:
    source = vjepa_folder(tmp_path / "odd")
    config = json.loads((source / "config.json").read_text())
    (source / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 3}))
    with pytest.raises(ValueError, match=r"layer\.2"):
        export(source, deck, tmp_path / "made" / "bundle")
    assert not (tmp_path / "made").exists()


def test_an_interrupted_export_leaves_nothing(checkpoint: Path, deck: Path, tmp_path: Path) -> None:
    out = tmp_path / "made" / "bundle"
    command = [sys.executable, "-m", "hallscribe_export.cli", "vjepa", checkpoint, "--out", out, "--precision", "int8"]
    export = subprocess.Popen([*command, "--calibration", deck], stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while not list(tmp_path.glob("made/.bundle.work.*")) and time.monotonic() < deadline:
        time.sleep(0.005)
    assert list(tmp_path.glob("made/.bundle.work.*")), "it is at work"
    export.send_signal(signal.SIGTERM)
    _, said = export.communicate(timeout=20)
    assert export.returncode == 143, said
    assert not (tmp_path / "made").exists()
