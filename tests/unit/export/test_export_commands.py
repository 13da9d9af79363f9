"""The exporter's command: what it refuses before it begins, and what is left when it is interrupted."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from safetensors.numpy import load_file, save_file
from typer.testing import CliRunner

from hallscribe_export.cli import main
from hallscribe_export.limits import Machine
from hallscribe_export.writing import bundle_folder
from support.checkpoints import minilm_folder


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A small MiniLM as the hub gives it."""
    return minilm_folder(tmp_path / "checkpoint")


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(each) for each in arguments])
    return result.exit_code, result.output


def left(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--preset", "best"], ["best", "fast", "balanced", "quality"]),
        (["--precision", "int3"], ["int3", "auto", "int8", "bf16", "fp32"]),
        (["--runtime", "openvino,tensorrt"], ["tensorrt", "openvino", "onnxruntime"]),
        (["--frames", "7"], ["7 frames", "16"]),
        (["--resolution", "250"], ["250", "256"]),
        (["--calibration", "/not/there"], ["/not/there"]),
    ],
)
def test_a_choice_that_is_none_is_refused_with_the_choices(
    tmp_path: Path, arguments: list[str], told: list[str]
) -> None:
    code, said = run("vjepa", tmp_path, "--out", tmp_path / "out", *arguments)
    assert code == 2
    for word in told:
        assert word in said
    assert left(tmp_path) == []


def test_errors_go_to_standard_error_alone(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hallscribe_export.cli", "minilm", str(tmp_path), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{tmp_path} holds no config.json" in done.stderr


def test_a_folder_that_is_no_bundle_is_not_replaced(checkpoint: Path, tmp_path: Path) -> None:
    kept = tmp_path / "mine"
    kept.mkdir()
    (kept / "thesis.txt").write_text("years of work")
    (kept / "manifest.json").write_text('{"name": "an extension of a browser", "manifest_version": 3}')
    for command in ("minilm", "vjepa", "gemma"):
        code, said = run(command, checkpoint, "--out", kept)
        assert code == 2
        assert "is no bundle" in said
    assert left(kept) == ["manifest.json", "thesis.txt"]


@pytest.mark.parametrize(
    ("machine", "told"), [(Machine(10, 1e6), "MiB of memory"), (Machine(1e6, 0.01), "MiB of disk")]
)
def test_too_small_a_machine_is_refused_before_it_begins(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: Machine, told: str
) -> None:
    monkeypatch.setattr("hallscribe_export.cli.read_machine", lambda out: machine)
    code, said = run("minilm", checkpoint, "--out", tmp_path / "out")
    assert code == 2
    assert told in said
    assert left(tmp_path) == ["checkpoint"]


def test_a_checkpoint_of_another_model_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    config = json.loads((checkpoint / "config.json").read_text())
    (checkpoint / "config.json").write_text(json.dumps({**config, "model_type": "gemma"}))
    code, said = run("minilm", checkpoint, "--out", tmp_path / "out")
    assert code == 2
    assert f"{checkpoint / 'config.json'} is of Gemma: give a checkpoint of MiniLM" in said
    assert left(tmp_path) == ["checkpoint"]


def test_a_parameter_that_nothing_reads_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    weights = load_file(checkpoint / "model.safetensors")
    weights["encoder.layer.9.output.dense.bias"] = weights["embeddings.LayerNorm.bias"]
    save_file(weights, checkpoint / "model.safetensors")
    code, said = run("minilm", checkpoint, "--out", tmp_path / "out")
    assert code == 2
    assert "model.safetensors holds encoder.layer.9.output.dense.bias" in said
    assert left(tmp_path) == ["checkpoint"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_an_interrupted_export_leaves_nothing(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: int
) -> None:
    def interrupted(*arguments: object) -> None:
        with bundle_folder(tmp_path / "new" / "folder" / "out") as folder:
            (folder / "half.bin").write_bytes(b"half")
            os.kill(os.getpid(), number)
            pytest.fail("it was not interrupted")

    monkeypatch.setattr("hallscribe_export.minilm.export_minilm", interrupted)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        got, said = run("minilm", checkpoint, "--out", tmp_path / "new" / "folder" / "out")
    finally:
        signal.signal(signal.SIGINT, before)
    assert got == code, said
    assert "interrupted" in said
    assert left(tmp_path) == ["checkpoint"]


def test_a_defect_is_no_bad_input(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> None:
        raise RuntimeError("a step ended with signal 11")

    monkeypatch.setattr("hallscribe_export.minilm.export_minilm", broken)
    code, said = run("minilm", checkpoint, "--out", tmp_path / "out")
    assert code == 70
    assert "signal 11" in said


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (MemoryError("Unable to allocate 22.0 MiB"), ["memory", "nothing was written", "close other programs"]),
        (OSError(errno.ENOSPC, "No space left on device"), ["No space left", "nothing was written", "TMPDIR"]),
        (OSError(errno.EMFILE, "Too many open files"), ["Too many open files", "nothing was written"]),
    ],
)
def test_what_the_machine_lacks_is_told_with_a_way_out(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, told: list[str]
) -> None:
    def short(*arguments: object) -> None:
        raise error

    monkeypatch.setattr("hallscribe_export.minilm.export_minilm", short)
    code, said = run("minilm", checkpoint, "--out", tmp_path / "out")
    assert code == 2, said
    for words in told:
        assert words in said


def test_a_disk_that_fills_while_a_graph_is_written_is_no_defect(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object, **options: object) -> None:
        raise RuntimeError("basic_ios::clear: iostream error")

    def refused(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("openvino.save_model", full)
    monkeypatch.setattr("hallscribe_export.graph.saving.os.posix_fallocate", refused)
    code, said = run("minilm", checkpoint, "--out", tmp_path / "out")
    assert code == 2, said
    for words in ("No space left", "text.xml", "nothing was written", "TMPDIR"):
        assert words in said
    assert left(tmp_path) == ["checkpoint"]


def test_room_among_temporary_files_is_foretold(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hallscribe_export.cli.read_machine", lambda out: Machine(1e6, 1e6))
    monkeypatch.setattr("hallscribe_export.limits.free_disk_mib", lambda where: 0.01)
    code, said = run("minilm", checkpoint, "--out", tmp_path / "out")
    assert code == 2, said
    for words in ("MiB of disk", f"{tempfile.gettempdir()} has 0 MiB free", "nothing was written", "TMPDIR"):
        assert words in said
    assert left(tmp_path) == ["checkpoint"]


def test_what_is_made_is_told_as_json(checkpoint: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["minilm", str(checkpoint), "--out", str(tmp_path / "out"), "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["bundle"] == str(tmp_path / "out")
    assert told["runtimes"] == ["openvino", "onnxruntime"]
    assert told["measured"]["cosine_to_float32_openvino"] > 0.99
