"""Each rung of verify fails for its own reason, and only that one."""

from __future__ import annotations

import errno
import json
import os
import resource
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from typer.testing import CliRunner

from hallscribe_export import verify
from hallscribe_export.checkpoint import open_checkpoint
from hallscribe_export.child import Ran
from hallscribe_export.cli import main
from hallscribe_export.minilm import export_minilm
from hallscribe_export.progress import Progress, Silent
from hallscribe_export.recipe import recipe
from hallscribe_export.verification.report import Line, Report, climb
from hallscribe_export.verify import verify_bundle
from support.bundles import regolden, remade
from support.checkpoints import minilm_folder

RUNGS = ["hashes", "names", "axes", "shapes", "values"]


def made_from(folder: Path, out: Path) -> Path:
    with open_checkpoint(str(folder), recipe("minilm"), out) as checkpoint:
        export_minilm(checkpoint, out, Silent())
    return out


def reseeded(folder: Path) -> Path:
    """The same architecture with other weights."""
    rng = np.random.default_rng(8)
    weights = load_file(folder / "model.safetensors")
    for name in sorted(weights):
        weights[name] = rng.permutation(weights[name].ravel()).reshape(weights[name].shape)
    save_file(weights, folder / "model.safetensors")
    return folder


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return minilm_folder(tmp_path_factory.mktemp("source") / "tiny-minilm")


@pytest.fixture(scope="module")
def sound(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_from(checkpoint, tmp_path_factory.mktemp("made") / "text")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("other")
    return made_from(reseeded(minilm_folder(folder / "tiny-minilm")), folder / "text")


@pytest.fixture
def bundle(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "text"))


def verdicts(report: Report) -> dict[str, str]:
    """The worst of each rung."""
    worst: dict[str, str] = {}
    for line in report.lines:
        if worst.get(line.rung, "passed") == "passed":
            worst[line.rung] = line.verdict
    return worst


def failure(report: Report) -> Line:
    failed = [line for line in report.lines if line.verdict == "failed"]
    assert len(failed) == 1
    return failed[0]


def test_a_sound_bundle_passes_every_rung(sound: Path) -> None:
    report = verify_bundle(sound, None, Silent())
    assert verdicts(report) == dict.fromkeys(RUNGS, "passed")
    assert report.passed and report.complete
    values = [line for line in report.lines if line.rung == "values"]
    assert [line.where for line in values] == ["openvino", "onnxruntime"]
    assert all(line.bar == 0.998 <= (line.figure or 0) <= 1 for line in values)


def flipped(folder: Path) -> None:
    data = bytearray((folder / "text.bin").read_bytes())
    data[100] ^= 1
    (folder / "text.bin").write_bytes(data)


def changed(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    return lambda folder: remade(folder, change)


def narrow(fields: dict[str, Any]) -> None:
    fields["outputs"][0]["shape"] = [-1, 47]
    fields["space"]["dimensions"] = 47


@pytest.mark.parametrize(
    ("damage", "rung", "told"),
    [
        (flipped, "hashes", "text.bin is not what the exporter made"),
        (changed(lambda fields: fields["outputs"][0].update(name="embedding")), "names", "text.xml has the outputs"),
        (changed(lambda fields: fields["inputs"][1].update(name="mask")), "names", "says input_ids, mask"),
        (changed(lambda fields: fields["inputs"][0].update(shape=[1, -1])), "axes", r"(varies, varies)"),
        (changed(lambda fields: fields["inputs"][0].update(dtype="float32")), "axes", "float32"),
        (changed(lambda fields: fields["outputs"][0].update(shape=[1, 1, 48])), "axes", "sentence_embedding"),
        (changed(narrow), "shapes", "(-1, 48), its manifest says (-1, 47)"),
    ],
)
def test_the_rung_that_is_wrong_fails_and_no_later_one_is_climbed(
    bundle: Path, damage: Callable[[Path], object], rung: str, told: str
) -> None:
    damage(bundle)
    report = verify_bundle(bundle, None, Silent())
    assert not report.passed
    assert failure(report).rung == rung
    assert told in failure(report).told
    assert "anew" in failure(report).told
    place = RUNGS.index(rung)
    expected = {**dict.fromkeys(RUNGS[:place], "passed"), rung: "failed"}
    if rung != "hashes":  # nothing is known of the bundle then
        expected.update(dict.fromkeys(RUNGS[place + 1 :], "not checked"))
    assert verdicts(report) == expected


@pytest.mark.parametrize(("files", "where"), [(("text.xml", "text.bin"), "openvino"), (("text.onnx",), "onnxruntime")])
def test_other_weights_under_right_hashes_fail_at_the_values(
    bundle: Path, other: Path, files: tuple[str, ...], where: str
) -> None:
    for name in files:
        shutil.copyfile(other / name, bundle / name)
    report = verify_bundle(remade(bundle), None, Silent())
    assert (failure(report).rung, failure(report).where) == ("values", where)
    assert (failure(report).figure or 0) < 0.998
    assert "other weights" in failure(report).told


def test_a_graph_that_cannot_be_opened_fails_before_its_names(bundle: Path) -> None:
    (bundle / "text.onnx").write_bytes(b"no graph")
    report = verify_bundle(remade(bundle), None, Silent())
    assert failure(report).rung == "names"
    assert "text.onnx" in failure(report).told


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda folder: (folder / "golden.npz").write_bytes(b"PK no archive"), "golden.npz cannot be read"),
        (regolden(lambda arrays: arrays.pop("vectors")), "lacks the golden arrays vectors"),
        (regolden(lambda arrays: arrays.update(sentences=np.array([{"a": 1}], object))), "cannot be read"),
        (regolden(lambda arrays: arrays.update(vectors=arrays["vectors"][:3])), "not as many golden outputs"),
        (regolden(lambda arrays: arrays.update(vectors=arrays["vectors"].astype(np.float64))), "float64"),
        (regolden(lambda arrays: arrays["vectors"].fill(np.nan)), "no numbers"),
        (regolden(lambda arrays: arrays.update(vectors=arrays["vectors"][:, :40])), "golden outputs are (8, 40)"),
    ],
)
def test_damaged_golden_values_are_no_pass(bundle: Path, damage: Callable[[Path], object], told: str) -> None:
    damage(bundle)
    report = verify_bundle(remade(bundle), None, Silent())
    assert failure(report).rung == "values"
    assert told in failure(report).told


def test_a_bundle_without_golden_values_says_so(bundle: Path) -> None:
    report = verify_bundle(remade(bundle, lambda fields: fields.update(golden=None)), None, Silent())
    assert report.passed and not report.complete
    assert "not checked: values" in report.conclusion


def test_a_runtime_without_a_bar_fails(bundle: Path) -> None:
    remade(bundle, lambda fields: fields["golden"]["least_cosine"].pop("onnxruntime"))
    assert "no bar" in failure(verify_bundle(bundle, None, Silent())).told


def test_outputs_that_change_from_run_to_run_fail() -> None:
    told, passed = verify._judged(0.9999, repeatable=False, bar=0.99, rows=8)
    assert not passed
    assert "other outputs the second time" in told


def test_its_source_is_hashed_and_calculated_again(sound: Path, checkpoint: Path) -> None:
    with verify.open_source(sound, str(checkpoint)) as source:
        report = verify_bundle(sound, source, Silent())
    assert verdicts(report) == dict.fromkeys([*RUNGS, "source", "float32"], "passed")
    apart = next(line for line in report.lines if line.rung == "float32")
    assert (apart.figure or 0) <= (apart.bar or 0) == 1e-4


def test_another_source_is_named(sound: Path, tmp_path: Path) -> None:
    with verify.open_source(sound, str(reseeded(minilm_folder(tmp_path / "tiny-minilm")))) as source:
        report = verify_bundle(sound, source, Silent())
    assert failure(report).rung == "source"
    assert failure(report).where == "model.safetensors"
    assert "tiny-minilm" in failure(report).told


def test_golden_vectors_of_other_weights_differ_from_the_source(bundle: Path, other: Path, checkpoint: Path) -> None:
    """All of the bundle is of other weights, only its manifest names the right source."""
    for name in ("text.xml", "text.bin", "text.onnx", "golden.npz"):
        shutil.copyfile(other / name, bundle / name)
    with verify.open_source(remade(bundle), str(checkpoint)) as source:
        report = verify_bundle(bundle, source, Silent())
    assert failure(report).rung == "float32"
    assert "export the bundle anew" in failure(report).told


def test_the_command_ends_with_2_and_the_file(bundle: Path) -> None:
    assert CliRunner().invoke(main, ["verify", str(bundle)]).exit_code == 0
    flipped(bundle)
    result = CliRunner().invoke(main, ["verify", str(bundle), "--json"])
    assert result.exit_code == 2
    found = json.loads(result.stdout)
    assert (found["passed"], found["complete"]) == (False, False)
    assert "text.bin" in found["conclusion"]
    assert "text.bin" in result.stderr


def test_what_this_machine_lacks_is_no_verdict_on_the_bundle(
    sound: Path, checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Limited as on a full disk, the float32 graph cannot be written."""

    def limited(function: Callable[..., Any], progress: Progress, /, **arguments: Any) -> Ran:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
        try:
            return Ran(function(progress, **arguments), 0.0, 0.0, 0.0, "")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    monkeypatch.setattr(verify, "in_child", limited)
    monkeypatch.setattr("hallscribe_export.verification.reference.has_transformers", lambda: False)
    result = CliRunner().invoke(main, ["verify", str(sound), "--source", str(checkpoint)])
    assert result.exit_code == 2, result.output
    assert os.strerror(errno.EFBIG) in result.stderr
    assert "must not be used" not in result.output
    assert "failed" not in result.stdout


def test_room_for_the_comparison_is_foretold(sound: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hallscribe_export.limits.free_disk_mib", lambda where: 0.01)
    monkeypatch.setattr("hallscribe_export.verification.reference.has_transformers", lambda: False)
    result = CliRunner().invoke(main, ["verify", str(sound), "--source", str(checkpoint)])
    assert result.exit_code == 2
    for words in ("MiB of disk", tempfile.gettempdir(), "TMPDIR"):
        assert words in result.stderr
    assert result.stdout == ""
    assert CliRunner().invoke(main, ["verify", str(sound)]).exit_code == 0


def test_a_rung_that_cannot_be_climbed_fails_with_the_reason() -> None:
    def broken() -> Any:
        raise ValueError("no such thing: export anew")

    lines = list(climb([("one", lambda: iter([Line("one", "", "passed", "")])), ("two", broken)], lambda name: None))
    assert [(line.rung, line.verdict) for line in lines] == [("one", "passed"), ("two", "failed")]
