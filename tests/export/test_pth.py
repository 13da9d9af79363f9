"""Meta's .pth: never run, converted once, the same weights as transformers has them."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import VJEPA2Config, VJEPA2Model
from typer.testing import CliRunner

from hallscribe_export.checkpoint import keep_converted, open_checkpoint, read_weights, stored_shapes
from hallscribe_export.cli import main
from hallscribe_export.limits import Machine
from hallscribe_export.progress import Silent
from hallscribe_export.recipe import recipe
from hallscribe_export.sources import meta
from hallscribe_export.writing import file_sha256

WIDTH, LAYERS = 192, 2
State = dict[str, torch.Tensor]


@pytest.fixture(scope="module")
def model() -> VJEPA2Model:
    """The architecture of the hub, small."""
    torch.manual_seed(1)
    return VJEPA2Model(
        VJEPA2Config(
            hidden_size=WIDTH,
            num_attention_heads=3,
            num_hidden_layers=LAYERS,
            pred_hidden_size=96,
            pred_num_hidden_layers=1,
            frames_per_clip=64,
        )
    )


def metas_names(state: State) -> tuple[State, State]:
    """Encoder and predictor as Meta's code saves them: blocks, one matrix for query, key and value, wrappers."""
    parts: tuple[State, State] = {}, {}
    joined: dict[str, State] = {}
    for name, value in state.items():
        side = name.startswith("predictor.")
        new = name.partition(".")[2]
        new = new.replace("layer.", "blocks.").replace("embeddings.patch_embeddings.", "patch_embed.")
        new = new.replace("embeddings.predictor_embeddings.", "embed.").replace("layernorm.", "norm.")
        new = new.replace("attention.", "attn.")
        if side and not new.startswith("embeddings."):
            new = f"predictor_{new}"
        if new == "embeddings.mask_tokens":
            parts[1].update({f"mask_tokens.{number}": each.clone() for number, each in enumerate(value)})
            continue
        for part in ("query", "key", "value"):
            if f"attn.{part}." in new:
                joined.setdefault(new.replace(part, "qkv"), {})[part] = value
                break
        else:
            parts[side][new] = value
    for name, three in joined.items():
        parts[name.startswith("predictor_")][name] = torch.cat([three["query"], three["key"], three["value"]])
    return parts


def saved(file: Path, encoder: State, predictor: State | None, **more: Any) -> Path:
    """As the training code saves it."""
    state: dict[str, Any] = {
        "encoder": {f"module.backbone.{name}": torch.zeros_like(value) for name, value in encoder.items()},
        "target_encoder": {f"module.backbone.{name}": value for name, value in encoder.items()},
        "opt": {"state": {0: {"step": torch.tensor(3.0)}}},
        "epoch": 90,
        **more,
    }
    if predictor is not None:
        state["predictor"] = {f"module.backbone.{name}": value for name, value in predictor.items()}
    torch.save(state, file)
    return file


@pytest.fixture
def second(model: VJEPA2Model, tmp_path: Path) -> Path:
    """A V-JEPA 2 of Meta's."""
    encoder, predictor = metas_names(model.state_dict())
    return saved(tmp_path / "vitl.pt", encoder, predictor)


@pytest.fixture
def first(model: VJEPA2Model, tmp_path: Path) -> Path:
    """A V-JEPA of Meta's: fixed places, two mask tokens."""
    encoder, predictor = metas_names(model.state_dict())
    encoder["pos_embed"] = torch.rand(1, 8 * 14 * 14, WIDTH)
    kept = {name: value for name, value in predictor.items() if not name.startswith("mask_tokens.")}
    kept |= {f"mask_tokens.{number}": predictor[f"mask_tokens.{number}"] for number in range(2)}
    kept["predictor_pos_embed"] = torch.rand(1, 8 * 14 * 14, 96)
    return saved(tmp_path / "vitl16.pth.tar", encoder, kept)


def test_the_weights_are_those_of_transformers(model: VJEPA2Model, second: Path, tmp_path: Path) -> None:
    wanted = {name: value.numpy() for name, value in model.state_dict().items()}
    with open_checkpoint(str(second), recipe("vjepa2"), tmp_path / "out") as checkpoint:
        assert stored_shapes(checkpoint.folder) == {name: value.shape for name, value in wanted.items()}
        weights = read_weights(checkpoint.folder, stored_shapes(checkpoint.folder))
        for name, value in wanted.items():
            np.testing.assert_array_equal(weights[name], value, err_msg=name)
        again = VJEPA2Model.from_pretrained(checkpoint.folder)
        config = {**model.config.to_dict(), **again.config.to_dict()}
        for name in ("hidden_size", "num_hidden_layers", "mlp_ratio", "crop_size", "frames_per_clip", "tubelet_size"):
            assert config[name] == getattr(model.config, name)
            assert getattr(again.config, f"pred_{name}", 0) == getattr(model.config, f"pred_{name}", 0)
        assert (checkpoint.name, checkpoint.licence) == ("vitl.pt", "MIT")
        assert checkpoint.files["vitl.pt"] == file_sha256(second)
        assert checkpoint.files["model.safetensors"] == file_sha256(checkpoint.folder / "model.safetensors")
    assert [file.name for file in tmp_path.iterdir()] == ["vitl.pt"]


def test_the_larger_side_is_in_the_files_name(second: Path, tmp_path: Path) -> None:
    larger = second.rename(tmp_path / "vitg-384.pt")
    meta._convert(Silent(), larger, tmp_path)
    assert json.loads((tmp_path / "config.json").read_text())["crop_size"] == 384


def test_the_first_gets_its_name_and_sum(first: Path, tmp_path: Path) -> None:
    with open_checkpoint(str(first), recipe("vjepa2"), tmp_path / "out") as checkpoint:
        config = json.loads((checkpoint.folder / "config.json").read_text())
        assert (config["model_type"], config["crop_size"], config["frames_per_clip"]) == ("vjepa", 224, 16)
        assert checkpoint.licence == "CC-BY-NC-4.0"
        revision = checkpoint.revision
        kept = keep_converted(checkpoint, tmp_path)
    assert kept == tmp_path / "vjepa-vit-l-16.safetensors"
    digest = hashlib.sha256(kept.read_bytes()).hexdigest()
    assert (tmp_path / "vjepa-vit-l-16.safetensors.sha256").read_text() == f"{digest}  vjepa-vit-l-16.safetensors\n"
    assert revision == digest[:12]
    # And what was kept is a source of its own, the same.
    with open_checkpoint(str(kept), recipe("vjepa2"), tmp_path / "out") as checkpoint:
        assert checkpoint.revision == revision
        assert checkpoint.files["vjepa-vit-l-16.safetensors"] == digest
        assert json.loads((checkpoint.folder / "config.json").read_text()) == config


def test_the_same_file_becomes_the_same_bytes(second: Path, tmp_path: Path) -> None:
    sums = set()
    for number in range(8):
        folder = tmp_path / str(number)
        folder.mkdir()
        made = meta._convert(Silent(), second, folder)
        sums.add(file_sha256(folder / made["weights"]))
    assert len(sums) == 1


def test_a_file_of_that_name_that_is_anothers_stays(second: Path, tmp_path: Path) -> None:
    (tmp_path / "vitl.safetensors").write_text("mine")
    with open_checkpoint(str(second), recipe("vjepa2"), tmp_path / "out") as checkpoint:
        assert keep_converted(checkpoint, tmp_path) is None
    assert (tmp_path / "vitl.safetensors").read_text() == "mine"


def test_versions_are_kept_apart(second: Path, tmp_path: Path) -> None:
    kept = []
    for name in ("vitl.v1.pt", "vitl.v2.pt", "vitl.pth.tar"):
        second = second.rename(tmp_path / name)
        with open_checkpoint(str(second), recipe("vjepa2"), tmp_path / "out") as checkpoint:
            kept.append(keep_converted(checkpoint, tmp_path))
    assert [each and each.name for each in kept] == ["vitl.v1.safetensors", "vitl.v2.safetensors", "vitl.safetensors"]


def test_half_precision_and_the_old_format(model: VJEPA2Model, tmp_path: Path) -> None:
    encoder, _ = metas_names(model.state_dict())
    half = {f"module.{name}": value.half() for name, value in encoder.items()}
    torch.save({"encoder": half}, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    with open_checkpoint(str(tmp_path / "old.pth"), recipe("vjepa2"), tmp_path / "out") as checkpoint:
        weights = read_weights(checkpoint.folder, stored_shapes(checkpoint.folder))
        wanted = model.encoder.layernorm.weight.half().float().detach().numpy()
        np.testing.assert_array_equal(weights["encoder.layernorm.weight"], wanted)
        assert not any(name.startswith("predictor.") for name in weights)


class _Evil:
    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return os.system, (f"touch '{self.trace}'",)


@pytest.mark.parametrize("how", ["zip", "old", "plain"])
def test_code_is_refused_and_never_run(tmp_path: Path, how: str) -> None:
    file, trace = tmp_path / "evil.pth", tmp_path / "it-ran"
    state = {"target_encoder": {"patch_embed.proj.weight": torch.ones(4, 3, 2, 16, 16)}, "extra": _Evil(trace)}
    if how == "plain":
        file.write_bytes(pickle.dumps({"target_encoder": _Evil(trace)}))
    else:
        torch.save(state, file, _use_new_zipfile_serialization=how == "zip")
    result = CliRunner().invoke(main, ["vjepa", str(file), "--out", str(tmp_path / "out")])
    assert result.exit_code == 2
    for words in (str(file), "more than weights", "refused", "publisher"):
        assert words in result.output
    assert [each.name for each in tmp_path.iterdir()] == ["evil.pth"]


def shortened(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (shortened, "cut short or damaged"),
        (lambda file: file.write_bytes(b""), "cut short or damaged"),
        (lambda file: file.write_text("<html>404</html>"), "evil|damaged|more than weights"),
        (lambda file: torch.save(torch.ones(2), file), "holds a Tensor"),
        (lambda file: torch.save({"model": {"x": torch.ones(2)}}, file), "none of ema_encoder"),
        (
            lambda file: torch.save({"encoder.layer.0.output.dense.bias": torch.ones(2)}, file),
            "holds encoder.layer.0.output.dense.bias.*only safetensors are read",
        ),
        (lambda file: torch.save({"encoder": {"x": torch.ones(2)}}, file), "x: no parameter of V-JEPA"),
    ],
)
def test_a_damaged_file_is_told_by_name(
    second: Path, tmp_path: Path, spoil: Callable[[Path], object], told: str
) -> None:
    spoil(second)
    with pytest.raises(ValueError, match=rf"vitl\.pt:? .*({told})"):
        meta._convert(Silent(), second, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["vitl.pt"]


def test_v_jepa_2_1_is_told_plainly(model: VJEPA2Model, tmp_path: Path) -> None:
    encoder, _ = metas_names(model.state_dict())
    file = saved(tmp_path / "vjepa2_1_vitl.pt", {**encoder, "norms_block.0.weight": torch.ones(WIDTH)}, None)
    with pytest.raises(ValueError, match=r"V-JEPA 2\.1.*take a V-JEPA 2 checkpoint"):
        meta._convert(Silent(), file, tmp_path)


def test_a_full_disk_is_told_before_a_conversion(second: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = type("Full", (), {"free": 1000})
    monkeypatch.setattr(meta.shutil, "disk_usage", lambda folder: full)
    with pytest.raises(ValueError, match=r"converting .*vitl\.pt takes about \d+ MiB of disk"):
        meta._convert(Silent(), second, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["vitl.pt"]


def test_too_little_memory_is_told_before_a_conversion(
    second: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meta, "free_mib", lambda: 1.0)
    with pytest.raises(ValueError, match=r"converting .*vitl\.pt takes about \d+ MiB of memory, 1 MiB"):
        meta._convert(Silent(), second, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["vitl.pt"]


def test_too_small_a_machine_leaves_nothing_of_a_conversion(
    second: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hallscribe_export.cli.read_machine", lambda out: Machine(10, 1e6))
    result = CliRunner().invoke(main, ["vjepa", str(second), "--out", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert "MiB of memory" in result.output
    assert [file.name for file in tmp_path.iterdir()] == ["vitl.pt"]
