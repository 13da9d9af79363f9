"""What verify makes of encoders: single pictures, clips, feature maps and the predictor; without torch."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hallscribe_export.parity import Parity
from hallscribe_export.progress import Silent
from hallscribe_export.recipe import recipe
from hallscribe_export.verification.report import Line, Report
from hallscribe_export.verification.task import judged
from hallscribe_export.verify import open_source, verify_bundle
from support.bundles import regolden, remade
from support.encoders import encoder_bundle, vjepa_folder


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return vjepa_folder(tmp_path_factory.mktemp("source") / "tiny-vjepa2")


@pytest.fixture(scope="module")
def sound(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return encoder_bundle(checkpoint, tmp_path_factory.mktemp("made") / "encoder", features=True)


@pytest.fixture
def bundle(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "encoder"))


def failure(report: Report) -> Line:
    failed = [line for line in report.lines if line.verdict == "failed"]
    assert len(failed) == 1, report.lines
    return failed[0]


def test_pictures_features_and_the_predictor_pass(sound: Path) -> None:
    report = verify_bundle(sound, None, Silent())
    assert report.complete, report.conclusion
    values = {line.where: line for line in report.lines if line.rung == "values"}
    assert set(values) == {"openvino", "onnxruntime", "openvino predictor", "onnxruntime predictor"}
    assert all(0.999 <= (line.figure or 0) <= 1 for line in values.values())


def test_clips_pass_and_equal_their_source(checkpoint: Path, tmp_path: Path) -> None:
    made = encoder_bundle(checkpoint, tmp_path / "clips", frames=4)
    with open_source(made, str(checkpoint)) as source:
        report = verify_bundle(made, source, Silent())
    assert report.complete, report.conclusion
    apart = {line.where: line for line in report.lines if line.rung == "float32"}
    assert set(apart) == {"pooled", "predictor.wanted"}
    task = {line.where: line for line in report.lines if line.rung == "task"}
    figures = ("cosine", "centred cosine", "neighbours", "boundaries")
    assert set(task) == {f"{runtime} {name}" for runtime in ("openvino", "onnxruntime") for name in figures}
    # The weights are random, so only the cosines have to hold.
    assert {name for name, line in task.items() if line.bar is None} == {
        f"{runtime} {name}" for runtime in ("openvino", "onnxruntime") for name in ("neighbours", "boundaries")
    }


def test_other_weights_in_the_predictor_alone_are_found(bundle: Path, tmp_path: Path) -> None:
    other = encoder_bundle(vjepa_folder(tmp_path / "other", seed=9), tmp_path / "more")
    for name in ("predictor.xml", "predictor.bin"):
        shutil.copyfile(other / name, bundle / name)
    found = failure(verify_bundle(remade(bundle), None, Silent()))
    assert (found.rung, found.where) == ("values", "openvino predictor")


def test_the_predictor_s_names_are_checked_too(bundle: Path) -> None:
    remade(bundle, lambda fields: fields["graphs"]["predictor"]["outputs"][0].update(name="future"))
    found = failure(verify_bundle(bundle, None, Silent()))
    assert (found.rung, found.where) == ("names", "openvino predictor")
    assert "predictor.xml has the outputs predicted" in found.told


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (regolden(lambda arrays: arrays.update(pictures=arrays["pictures"][:, :32])), "the input takes 64 x 64"),
        (regolden(lambda arrays: arrays.update(clips=np.array([[0, 1]] * 5))), "do not fit a graph that takes 1"),
        (regolden(lambda arrays: arrays.update(clips=np.array([[7]] * 5))), "do not fit"),
        (regolden(lambda arrays: arrays.update(extra=np.zeros(3, np.float32))), "an array extra"),
        (
            regolden(lambda arrays: arrays.update({"predictor.asked": arrays.pop("predictor.context")})),
            "the predictor takes context, golden inputs are asked",
        ),
    ],
)
def test_golden_inputs_that_do_not_fit_are_told(bundle: Path, damage: Callable[[Path], object], told: str) -> None:
    damage(bundle)
    found = failure(verify_bundle(remade(bundle), None, Silent()))
    assert found.rung == "values"
    assert told in found.told


def test_another_checkpoint_under_the_right_names_is_found(bundle: Path, tmp_path: Path) -> None:
    """The bundle names a source that is not the one it was made of."""
    other = vjepa_folder(tmp_path / "tiny-vjepa2", seed=9)
    with open_source(bundle, str(other)) as source:
        files = dict(source.files)
        report = verify_bundle(bundle, source, Silent())
        assert failure(report).rung == "source"
        remade(bundle, lambda fields: fields["source"].update(files=files))
        report = verify_bundle(bundle, source, Silent())
    assert failure(report).rung == "float32"
    assert (failure(report).figure or 0) > (failure(report).bar or 0) > 0


@pytest.mark.parametrize("trained", [True, False])
def test_neighbours_and_boundaries_are_judged_on_trained_weights_only(trained: bool) -> None:
    parity = Parity(cosine=0.9995, centred_cosine=0.995, neighbours=0.5, boundaries=0.6)
    lines = list(judged(parity, recipe("vjepa2").parity, "openvino", trained, 48))
    failed = [line.where for line in lines if line.verdict == "failed"]
    assert failed == (["openvino neighbours", "openvino boundaries"] if trained else [])
    assert ("not judged" in lines[2].told) is not trained


def test_a_cosine_that_is_too_low_fails_whatever_the_weights_are() -> None:
    parity = Parity(cosine=0.9995, centred_cosine=0.98, neighbours=1, boundaries=1)
    lines = list(judged(parity, recipe("vjepa2").parity, "onnxruntime", False, 48))
    assert [line.where for line in lines if line.verdict == "failed"] == ["onnxruntime centred cosine"]


def test_a_bundle_that_lost_its_task_is_found_by_it(bundle: Path, checkpoint: Path, tmp_path: Path) -> None:
    """Other weights, and a bar of the values so low that only the task can tell."""
    other = encoder_bundle(vjepa_folder(tmp_path / "other", seed=9), tmp_path / "more", features=True)
    for name in ("encoder.xml", "encoder.bin"):
        shutil.copyfile(other / name, bundle / name)
    remade(bundle, lambda fields: fields["golden"]["least_cosine"].update(openvino=-1.0))
    with open_source(bundle, str(checkpoint)) as source:
        found = failure(verify_bundle(bundle, source, Silent()))
    assert (found.rung, found.where) == ("task", "openvino cosine")
    assert (found.figure or 0) < (found.bar or 0)
