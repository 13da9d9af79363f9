"""Checkpoints as they come: one file or many, half precision, from the hub's cache, damaged, of another model."""

from __future__ import annotations

import errno
import json
import os
import resource
from collections.abc import Callable
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from safetensors.numpy import save_file

from hallscribe_export.checkpoint import open_checkpoint, read_weights, stored_shapes, weight_files
from hallscribe_export.recipe import recipe
from hallscribe_export.sources.folder import UNSTATED, read_folder
from hallscribe_export.sources.tensors import write_tensors
from hallscribe_export.writing import file_sha256

SHAPES = {"stem.weight": (4, 3), "stem.bias": (4,), "norm.weight": (4,)}


def tensors(dtype: object = np.float32) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    return {name: rng.standard_normal(shape).astype(dtype) for name, shape in SHAPES.items()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkpoint of one file."""
    made = tmp_path / "owner-model"
    made.mkdir()
    (made / "config.json").write_text('{"model_type": "vjepa2"}')
    save_file(tensors(), made / "model.safetensors")
    return made


def split(folder: Path) -> None:
    """The same in two files and an index."""
    whole = tensors()
    (folder / "model.safetensors").unlink()
    places = {}
    for number, names in enumerate((["stem.weight"], ["stem.bias", "norm.weight"]), 1):
        file = f"model-0000{number}-of-00002.safetensors"
        save_file({name: whole[name] for name in names}, folder / file)
        places.update(dict.fromkeys(names, file))
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": places}))


@pytest.mark.parametrize("in_parts", [False, True])
def test_weights_are_read_by_name(folder: Path, in_parts: bool) -> None:
    if in_parts:
        split(folder)
    weights = read_weights(folder, SHAPES)
    assert set(weights) == set(SHAPES)
    assert len(weight_files(folder)) == 1 + in_parts
    for name, wanted in tensors().items():
        np.testing.assert_array_equal(weights[name], wanted)
        assert weights[name].dtype == np.float32
    assert stored_shapes(folder) == SHAPES


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float64])
def test_other_floats_become_float32(folder: Path, dtype: object) -> None:
    save_file(tensors(dtype), folder / "model.safetensors")
    weights = read_weights(folder, SHAPES)
    for name, wanted in tensors(dtype).items():
        np.testing.assert_array_equal(weights[name], wanted.astype(np.float32))


def test_a_parameter_is_read_anew_each_time(folder: Path) -> None:
    weights = read_weights(folder, SHAPES)
    weights["stem.bias"][:] = 0
    np.testing.assert_array_equal(weights["stem.bias"], tensors()["stem.bias"])


def test_ignored_parameters_may_be_there(folder: Path) -> None:
    save_file({**tensors(), "predictor.norm": np.ones(2, np.float32)}, folder / "model.safetensors")
    assert set(read_weights(folder, SHAPES, ["predictor."])) == set(SHAPES)
    with pytest.raises(ValueError, match=r"model\.safetensors holds predictor\.norm"):
        read_weights(folder, SHAPES)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-8])


def resaved(**changes: np.ndarray) -> Callable[[Path], None]:
    return lambda folder: save_file({**tensors(), **changes}, folder / "model.safetensors")


def lost_part(folder: Path) -> None:
    split(folder)
    (folder / "model-00002-of-00002.safetensors").unlink()


def index_elsewhere(folder: Path) -> None:
    split(folder)
    (folder / "model.safetensors.index.json").write_text('{"weight_map": {"stem.bias": "../secret.safetensors"}}')


def broken_index(folder: Path) -> None:
    split(folder)
    (folder / "model.safetensors.index.json").write_text("{")


def pickled(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def pickled_in_parts(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model-00001-of-00002.bin")


def lost_index(folder: Path) -> None:
    split(folder)
    (folder / "model.safetensors.index.json").unlink()


def without_bias(folder: Path) -> None:
    save_file({name: each for name, each in tensors().items() if name != "stem.bias"}, folder / "model.safetensors")


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda folder: cut(folder / "model.safetensors"), r"model\.safetensors cannot be read, it is cut short"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b""), r"model\.safetensors cannot be read"),
        (lambda folder: (folder / "model.safetensors").unlink(), r"holds no model\.safetensors"),
        (pickled, r"holds pytorch_model\.bin, and only safetensors are read: .*save_pretrained"),
        (pickled_in_parts, r"holds pytorch_model-00001-of-00002\.bin, and only safetensors are read"),
        (lost_part, r"model-00002-of-00002\.safetensors is missing"),
        (lost_index, r"holds 2 safetensors files and no model\.safetensors\.index\.json"),
        (index_elsewhere, r"\.\./secret\.safetensors"),
        (broken_index, r"model\.safetensors\.index\.json cannot be read"),
        (without_bias, r"model\.safetensors lacks stem\.bias"),
        (resaved(**{"stem.bias": np.ones(5, np.float32)}), r"stem\.bias in .* is \(5,\).*config\.json says \(4,\)"),
        (resaved(**{"stem.bias": np.full(4, np.nan, np.float32)}), r"stem\.bias in .*model\.safetensors.*no numbers"),
        (resaved(**{"stem.bias": np.ones(4, np.int8)}), r"stem\.bias in .* is stored as I8"),
    ],
)
def test_damage_is_told_with_the_file(folder: Path, damage: Callable[[Path], object], told: str) -> None:
    damage(folder)
    with pytest.raises(ValueError, match=told):
        read_weights(folder, SHAPES)


def test_the_files_are_hashed_and_the_revision_is_of_the_weights(folder: Path) -> None:
    checkpoint = read_folder(folder, recipe("vjepa2"))
    assert checkpoint.name == "owner-model"
    assert checkpoint.files == {name: file_sha256(folder / name) for name in ("config.json", "model.safetensors")}
    assert checkpoint.revision == checkpoint.files["model.safetensors"][:12]
    assert checkpoint.licence == UNSTATED


def test_parts_have_one_revision_together(folder: Path) -> None:
    split(folder)
    first = read_folder(folder, recipe("vjepa2")).revision
    assert len(first) == 12
    cut(folder / "model-00002-of-00002.safetensors")
    assert read_folder(folder, recipe("vjepa2")).revision != first


def test_a_card_states_the_licence_and_a_known_name_else(folder: Path) -> None:
    known = folder.rename(folder.with_name("vjepa2-vitg-fpc64-256"))
    assert read_folder(known, recipe("vjepa2")).licence == "Apache-2.0"
    (known / "README.md").write_text("---\nlibrary_name: transformers\nlicense: mit\n---\n# Model\nlicense: gemma\n")
    assert read_folder(known, recipe("vjepa2")).licence == "MIT"
    (known / "README.md").write_text("# No fields\nlicense: gemma\n")
    assert read_folder(known, recipe("vjepa2")).licence == "Apache-2.0"


def test_name_and_commit_come_from_the_hubs_cache(folder: Path, tmp_path: Path) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    cache = tmp_path / "models--facebook--vjepa2-vitl-fpc64-256" / "snapshots"
    cache.mkdir(parents=True)
    checkpoint = read_folder(folder.rename(cache / commit), recipe("vjepa2"))
    assert (checkpoint.name, checkpoint.revision) == ("facebook/vjepa2-vitl-fpc64-256", commit)
    assert checkpoint.licence == "MIT"


def test_the_commit_of_a_downloaded_folder_is_found(folder: Path) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    left = folder / ".cache" / "huggingface" / "download"
    left.mkdir(parents=True)
    (left / "config.json.metadata").write_text(f"{commit}\netag\n1720000000.0\n")
    assert read_folder(folder, recipe("vjepa2")).revision == commit


def test_tensors_that_cannot_be_written_are_no_defect(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8, before[1]))
    try:
        with pytest.raises(OSError, match=rf"weights\.safetensors cannot be written.*{os.strerror(errno.EFBIG)}"):
            write_tensors(save_file, tensors(), tmp_path / "weights.safetensors", {"format": "pt"})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("nowhere.pth", r"there is no file or folder nowhere\.pth"),
        ("no where", r"there is no file or folder no where"),
        ("some/where.pth", r"there is no file or folder some/where\.pth"),
    ],
)
def test_a_source_that_is_not_there(tmp_path: Path, source: str, told: str) -> None:
    with pytest.raises(ValueError, match=told), open_checkpoint(source, recipe("vjepa2"), tmp_path / "out"):
        pass


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no checkpoint")
    with (
        pytest.raises(ValueError, match=r"notes\.txt is no checkpoint"),
        open_checkpoint(str(tmp_path / "notes.txt"), recipe("vjepa2"), tmp_path / "out"),
    ):
        pass


def test_a_pickle_of_transformers_is_no_file_of_metas(folder: Path, tmp_path: Path) -> None:
    pickled(folder)
    file = folder / "pytorch_model.bin"
    with (
        pytest.raises(
            ValueError, match=r"pytorch_model\.bin is a pickle, and only safetensors are read: .*such a copy"
        ),
        open_checkpoint(str(file), recipe("minilm"), tmp_path / "out"),
    ):
        pass


def test_a_folder_without_a_configuration(folder: Path, tmp_path: Path) -> None:
    (folder / "config.json").unlink()
    with (
        pytest.raises(ValueError, match=r"holds no config\.json"),
        open_checkpoint(str(folder), recipe("vjepa2"), tmp_path / "out"),
    ):
        pass


def test_an_encoder_within_another_model_is_read_as_itself(folder: Path) -> None:
    within = {f"vjepa2.encoder.{name}": value for name, value in tensors().items()}
    head = {"pooler.query_tokens": np.ones(3, np.float32), "classifier.weight": np.ones((2, 3), np.float32)}
    save_file({**within, **head}, folder / "model.safetensors")
    wanted = {f"encoder.{name}": shape for name, shape in SHAPES.items()}
    weights = read_weights(folder, wanted, recipe("vjepa2").ignored)
    for name, value in tensors().items():
        np.testing.assert_array_equal(weights[f"encoder.{name}"], value)
    with pytest.raises(ValueError, match=r"holds .*pooler"):
        read_weights(folder, wanted)
    with pytest.raises(ValueError, match=r"lacks encoder\.more"):
        read_weights(folder, {**wanted, "encoder.more": (3,)}, recipe("vjepa2").ignored)
