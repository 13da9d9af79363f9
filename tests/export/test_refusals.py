"""Bad input to ``hallscribe-export vjepa``: told by the file with a way out, exit code 2, nothing written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from typer.testing import CliRunner

from hallscribe_export.cli import main
from hallscribe_export.limits import Machine
from support.encoders import vjepa_folder

NORM = "encoder.layernorm.weight"
Spoil = Callable[[Path], object]


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A small V-JEPA 2 in the hub's layout."""
    return vjepa_folder(tmp_path / "checkpoint")


def refused(tmp_path: Path, checkpoint: Path, *more: str) -> str:
    result = CliRunner().invoke(main, ["vjepa", str(checkpoint), "--out", str(tmp_path / "new" / "out"), *more])
    assert result.exit_code == 2, result.output
    assert [file.name for file in tmp_path.iterdir()] == ["checkpoint"]
    return result.output


def cut(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1000])


def configured(**changes: object) -> Spoil:
    def spoil(folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**config, **changes}))

    return spoil


def reweighted(change: Callable[[dict[str, np.ndarray]], object]) -> Spoil:
    def spoil(folder: Path) -> None:
        weights = load_file(folder / "model.safetensors")
        change(weights)
        save_file(weights, folder / "model.safetensors")

    return spoil


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (cut, ["model.safetensors", "cut short", "fetch the checkpoint again"]),
        (configured(num_hidden_layers=3), ["model.safetensors", "lacks encoder.layer.2"]),
        (configured(mlp_ratio=2.0), ["config.json", "model.safetensors", "fetch both from one place"]),
        (configured(crop_size=250), ["config.json", "crop_size 250", "256"]),
        (configured(model_type="bert"), ["config.json", "MiniLM", "V-JEPA 2"]),
        (configured(hidden_act="relu"), ["config.json", "hidden_act"]),
        (reweighted(lambda weights: weights[NORM].fill(np.nan)), ["model.safetensors", NORM, "no numbers"]),
        (reweighted(lambda weights: weights.update(x=np.ones(3, np.float32))), ["model.safetensors", "holds x"]),
    ],
)
def test_a_bad_checkpoint(tmp_path: Path, checkpoint: Path, spoil: Spoil, told: list[str]) -> None:
    spoil(checkpoint)
    said = refused(tmp_path, checkpoint, "--precision", "int8", "--runtime", "openvino")
    for words in told:
        assert words in said


@pytest.mark.parametrize("side", ["250", "8", "2048"])
def test_a_side_that_cannot_be(tmp_path: Path, checkpoint: Path, side: str) -> None:
    assert f"{side} pixels" in refused(tmp_path, checkpoint, "--resolution", side)


@pytest.mark.parametrize(
    ("machine", "told"), [(Machine(10, 1e6), "MiB of memory"), (Machine(1e6, 0.001), "MiB of disk")]
)
def test_too_small_a_machine(
    tmp_path: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch, machine: Machine, told: str
) -> None:
    monkeypatch.setattr("hallscribe_export.cli.read_machine", lambda out: machine)
    said = refused(tmp_path, checkpoint)
    assert told in said
    assert str(tmp_path / "new" / "out") in said


def test_a_predictor_that_is_not_there(tmp_path: Path, checkpoint: Path) -> None:
    def without(weights: dict[str, np.ndarray]) -> None:
        for name in [name for name in weights if name.startswith("predictor.")]:
            del weights[name]

    reweighted(without)(checkpoint)
    said = refused(tmp_path, checkpoint, "--predictor", "--precision", "int8", "--runtime", "openvino")
    assert "predictor." in said
    assert "model.safetensors" in said
    assert "the encoder" not in said, "before minutes are spent on it"


def test_too_few_pictures_to_calibrate_with(tmp_path: Path, checkpoint: Path) -> None:
    empty = checkpoint / "pictures"
    empty.mkdir()
    assert str(empty) in refused(tmp_path, checkpoint, "--calibration", str(empty))
