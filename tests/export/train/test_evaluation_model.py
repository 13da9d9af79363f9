"""The evaluation's encoders are the network that was trained, and its sections tell good from bad."""

from __future__ import annotations

from pathlib import Path
from random import Random
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from hallscribe_export.calibration import scaled
from hallscribe_export.progress import Silent
from hallscribe_export.train.evaluation.baselines import learnt_way, pair_vectors
from hallscribe_export.train.evaluation.coherence import ADJACENT, ERROR, Step, prediction_error, rows, steps
from hallscribe_export.train.evaluation.encoders import Foresight, FullEncoder
from hallscribe_export.train.evaluation.model import Model
from hallscribe_export.train.evaluation.retrieval import Asked
from hallscribe_export.train.evaluation.retrieval import rows as retrieval_rows
from hallscribe_export.train.evaluation.sections import Amount, Evaluation, Real
from hallscribe_export.train.lecture.frame import Change, Frame
from hallscribe_export.train.network import Network, Size
from hallscribe_export.train.objective import next_mask, prediction_loss
from hallscribe_export.train.pictures import patches
from hallscribe_export.train.projection import HeadsCourse
from hallscribe_export.train.saving import save_folder
from hallscribe_export.train.shown import Shown, Text

SMALL = Size(hidden=48, layers=2, heads=2, predictor_hidden=36, predictor_layers=2, predictor_heads=2, crop=64)


@pytest.fixture(scope="module")
def network() -> Network:
    torch.manual_seed(3)
    made = Network(SMALL)
    for parameter in made.parameters():
        parameter.data = (parameter.data + 0.05 * torch.randn_like(parameter)).half().float()
    return made


@pytest.fixture(scope="module")
def folder(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = tmp_path_factory.mktemp("model")
    save_folder(made, SMALL, network.encoder, network.predictor)
    return made


def picture(seed: int, side: int = 64) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
    return coarse.repeat(side // 8, axis=0).repeat(side // 8, axis=1)


@torch.no_grad()
def test_encoder_and_predictor_give_what_the_trained_network_gives(network: Network, folder: Path) -> None:
    shown = np.stack([picture(1), picture(2)])
    tokens = network.encoder(patches(torch.from_numpy(scaled(shown)), SMALL.patch), torch.arange(16))
    encoder = FullEncoder.read(folder)
    pooled, found = encoder.both(shown[0])
    np.testing.assert_allclose(found, tokens[0], atol=1e-4)
    np.testing.assert_allclose(pooled, found.mean(0), atol=1e-5)
    np.testing.assert_allclose(encoder.pooled(shown)[0], pooled, atol=1e-6)
    mask = next_mask(SMALL.places())
    predicted = network.predictor(torch.from_numpy(found)[None], mask.seen, mask.asked)
    np.testing.assert_allclose(Foresight(folder).next(found), predicted[0], atol=1e-4)


def test_the_error_is_the_loss_of_the_training() -> None:
    predicted, found = torch.randn(16, 48), torch.randn(16, 48)
    error = prediction_error(predicted.numpy(), found.numpy())
    assert error == pytest.approx(float(prediction_loss(predicted, found)), rel=1e-4)


def test_untrained_weights_are_of_the_same_size_and_give_other_vectors(folder: Path) -> None:
    shown = picture(1)[None]
    mine, untrained = FullEncoder.read(folder).pooled(shown), FullEncoder.untrained(folder).pooled(shown)
    assert mine.shape == untrained.shape == (1, 48)
    assert not np.allclose(mine, untrained, atol=1e-2)


def frame(seed: int, change: Change) -> Frame:
    return Frame(picture(seed, 128), 0.0, seed, 0, change, ())


def test_a_step_is_made_of_every_two_frames(folder: Path) -> None:
    shown = [frame(1, "page"), frame(1, "none"), frame(2, "page")]
    found = steps(shown, FullEncoder.read(folder), Foresight(folder))
    assert [step.change for step in found] == ["none", "page"]
    assert found[0].distance == pytest.approx(0.0, abs=1e-6)
    assert found[1].distance > 1e-4
    assert found[0].error == pytest.approx(found[0].still, rel=1e-6)
    assert found[1].error != pytest.approx(found[1].still, rel=1e-3)


def test_coherence_is_judged_at_pages_and_told_elsewhere() -> None:
    shown = [("page", 0.9, 0.5, 0.3), ("page", 0.8, 0.1, 0.6), ("none", 0.2, 0.2, 0.1), ("build", 0.1, 0.3, 0.1)]
    found = [Step(*each) for each in shown]
    page, build, ink = rows(found, 1)
    assert (page.measured, page.baselines[ADJACENT], page.verdict) == (1.0, 0.5, "pass")
    assert page.baselines[ERROR] == 1.0
    assert (build.measured, build.verdict) == (0.0, "told")
    assert ink.verdict == "not run"


def test_without_a_predictor_coherence_is_not_run(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes((folder / "config.json").read_bytes())
    weights = load_file(folder / "model.safetensors")
    alone = {name: values for name, values in weights.items() if name.startswith("encoder.")}
    save_file(alone, tmp_path / "model.safetensors")
    model, absent = Model(tmp_path, tmp_path, tmp_path), Path("absent")
    real = Real(absent, absent, absent, (), None)
    (row,) = Evaluation(model, absent, Amount(), real, Silent()).coherence()
    assert row.verdict == "not run"
    assert "predictor" in row.note
    talks = Evaluation(model, absent, Amount(), real, Silent()).talks()
    assert [(each.verdict, each.bar is not None) for each in talks] == [("not run", True)] * 5


def lesson(lectures: int = 12) -> tuple[list[Shown], np.ndarray]:
    """Pages of six colours in each lecture, each with a sentence that names its colour."""
    rng = Random(1)
    shown, vectors = [], []
    for number in range(lectures):
        for page in range(6):
            facts, lecture = frozenset({f"colour={page}"}), f"train-{number}"
            texts = (Text(f"colour {page}", facts),)
            shown.append(Shown(picture(page), lecture, f"{lecture} {page} 0", "train", facts, texts))
            vectors.append([float(page == each) + 0.05 * rng.random() for each in range(8)])
    return shown, np.array(vectors, np.float32)


def encode_texts(texts: list[str]) -> np.ndarray:
    return np.stack([np.random.default_rng(sum(map(ord, text))).standard_normal(16) for text in texts]).astype(
        np.float32
    )


def test_heads_of_a_baseline_find_what_they_were_taught() -> None:
    shown, vectors = lesson()
    pairs = pair_vectors(shown, vectors, encode_texts)
    assert pairs.visual.shape == (72, 8)
    assert pairs.texts.shape == (6, 16)
    assert len(pairs.pairs) == 72
    own = np.arange(6)
    assert np.array_equal(pairs.true(own, own), np.eye(6, dtype=bool))
    course = HeadsCourse(steps=150, batch=36, hidden=32)
    way = learnt_way(pairs, vectors[:6], course, Silent())
    asked = Asked(encode_texts([f"colour {page}" for page in range(6)]), [frozenset({page}) for page in range(6)])
    hit5, hit1, mean = retrieval_rows(asked, way, {})
    assert hit1.measured == hit5.measured == mean.measured == 1.0
    assert hit5.baselines["chance"] == pytest.approx(5 / 6)


def test_a_part_is_the_same_as_long_as_its_weights_are(network: Network, folder: Path, tmp_path: Path) -> None:
    torch.manual_seed(4)
    save_folder(tmp_path, SMALL, network.encoder, Network(SMALL).predictor)
    files = {"encoder.xml": SimpleNamespace(sha256="1"), "predictor.xml": SimpleNamespace(sha256="2")}
    manifest = SimpleNamespace(model_id="small", runtimes={"openvino": ("encoder.xml",)}, files=files)
    told = []
    for each in (folder, tmp_path):
        model = Model(each, tmp_path, tmp_path)
        model.__dict__["bundle"] = SimpleNamespace(manifest=manifest)
        model.__dict__["heads"] = SimpleNamespace(weights={"visual": np.ones(3, np.float32)})
        told.append(model.identity())
    assert {name for name in told[0] if told[0][name] != told[1][name]} == {"predictor"}
    (tmp_path / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes())
    assert Model.identity(model) == told[0]
