"""hallscribe-export gemma: Gemma 1 to 3 become bundles that OpenVINO GenAI runs; bad input leaves nothing."""

from __future__ import annotations

import json
import re
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openvino
import openvino_genai
import pytest
import sentencepiece
import torch
from safetensors.numpy import load_file, save_file
from transformers import AutoModelForCausalLM
from typer.testing import CliRunner

from hallscribe_export.checkpoint import open_checkpoint
from hallscribe_export.child import Ran
from hallscribe_export.cli import main
from hallscribe_export.gemma import export_gemma
from hallscribe_export.golden import read_golden
from hallscribe_export.language.source import convert, logits_again
from hallscribe_export.limits import Machine
from hallscribe_export.progress import Progress, Silent
from hallscribe_export.proof.checkpoints import make_checkpoint
from hallscribe_export.recipe import recipe
from hallscribe_export.request import LanguagePrecision
from hallscribe_export.verify import verify_bundle
from hallscribed.adapters.models.bundle import load

Spoil = Callable[[Path], object]
GRAPH = "openvino_model.xml"


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small checkpoint of each Gemma."""
    folder = tmp_path_factory.mktemp("checkpoints")
    for kind in ("gemma", "gemma2", "gemma3"):
        make_checkpoint(f"tiny-{kind}", folder / kind)
    return folder


def test_the_command_makes_a_bundle_that_answers_and_can_be_checked(checkpoints: Path, tmp_path: Path) -> None:
    out = tmp_path / "bundle"
    result = CliRunner().invoke(main, ["gemma", str(checkpoints / "gemma"), "--out", str(out), "--json"])
    assert result.exit_code == 0, result.output
    manifest = load(out).manifest
    assert (manifest.kind, manifest.model_id, manifest.licence) == ("language", "gemma", "not stated")
    assert manifest.language is not None
    assert manifest.language.new_tokens == 150
    assert manifest.runtimes == {"openvino": ("openvino_model.xml", "openvino_model.bin")}
    assert manifest.measured["cosine_to_float32_openvino"] >= 0.99
    assert manifest.measured["own_memory_mib_openvino"] > 0
    assert manifest.source is not None
    assert {"config.json", "tokenizer.json", "model.safetensors"} <= set(manifest.source.files)
    assert {"nncf", "optimum-intel", "openvino-genai"} <= set(manifest.tools)
    assert {file.name for file in out.iterdir()} == {*manifest.files, "manifest.json"}
    with open_checkpoint(str(checkpoints / "gemma"), recipe("gemma"), out) as checkpoint:
        report = verify_bundle(out, checkpoint, Silent())
    assert report.passed, report.conclusion
    assert report.complete, report.conclusion
    _answers(out)


@pytest.mark.parametrize(("kind", "precision", "bar"), [("gemma2", "int4", 0.6), ("gemma3", "int8", 0.99)])
def test_its_successors(
    checkpoints: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    precision: LanguagePrecision,
    bar: float,
) -> None:
    monkeypatch.setattr("hallscribe_export.gemma.in_child", here)
    with open_checkpoint(str(checkpoints / kind), recipe("gemma"), tmp_path / "out") as checkpoint:
        manifest = export_gemma(checkpoint, tmp_path / "out", precision, Silent())
    assert load(tmp_path / "out").manifest == manifest
    assert precision in manifest.precision
    assert manifest.measured["cosine_to_float32_openvino"] >= bar
    _answers(tmp_path / "out")
    least = (checkpoints / kind / "model.safetensors").stat().st_size / 2
    weights = (tmp_path / "out" / "openvino_model.bin").stat().st_size
    assert weights < 1.2 * least if precision == "int8" else weights < least


def here(function: Callable[..., Any], progress: Progress, /, **arguments: Any) -> Ran:
    """In a child's place: modules that take seconds to import are here already."""
    with warnings.catch_warnings():
        return Ran(function(progress, **arguments), 0.0, 0.0, 0.0, "")


def _answers(bundle: Path) -> None:
    model = openvino_genai.LLMPipeline(bundle, "CPU")
    tokenizer = model.get_tokenizer()
    text = "Grüße, the rain in Spain — 日本 (2x + 1)!\nNext <line>."
    assert tokenizer.decode(tokenizer.encode(text, add_special_tokens=False).input_ids.data[0].tolist()) == text
    prompt = tokenizer.apply_chat_template([{"role": "user", "content": "Sum this up"}], add_generation_prompt=True)
    assert prompt == "<bos><start_of_turn>user\nSum this up<end_of_turn>\n<start_of_turn>model\n"
    ids = tokenizer.encode(prompt, add_special_tokens=False).input_ids.data[0]
    assert [tokenizer.decode([int(each)], skip_special_tokens=False) for each in ids[:2]] == [
        "<bos>",
        "<start_of_turn>",
    ]
    config = openvino_genai.GenerationConfig(max_new_tokens=8, do_sample=False, ignore_eos=True)
    once, twice = (model.generate(prompt, config, apply_chat_template=False) for _ in range(2))
    assert once == twice != ""


@pytest.mark.parametrize("kind", ["gemma", "gemma2", "gemma3"])
def test_full_precision_without_a_copy_is_what_transformers_gives(checkpoints: Path, kind: str) -> None:
    folder = checkpoints / kind
    prompts = np.array([[2, 300, 400, 500, 600], [2, 700, 301, 9, 8]], np.int64)
    ids = np.arange(2048)[None].repeat(2, axis=0)
    full = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    with torch.inference_mode():
        wanted = full(torch.from_numpy(prompts)).logits[:, -1].numpy()
    assert np.abs(logits_again(folder, prompts, ids) - wanted).max() < 1e-4 * np.abs(wanted).max()


@pytest.mark.parametrize(("cap", "fused"), [(0.5, 0), (None, 3)])
def test_what_attention_is_capped_at_is_kept(
    checkpoints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cap: float | None, fused: int
) -> None:
    """With queries so large that without the cap other tokens would be seen."""

    def enlarge(weights: dict[str, np.ndarray]) -> None:
        for name in [name for name in weights if "q_proj" in name]:
            weights[name] = weights[name] * weights[name].dtype.type(100)

    folder = tmp_path / "checkpoint"
    shutil.copytree(checkpoints / "gemma2", folder)
    changed("config.json", attn_logit_softcapping=cap)(folder)
    reweighted(enlarge)(folder)
    monkeypatch.setattr("hallscribe_export.gemma.in_child", here)
    with open_checkpoint(str(folder), recipe("gemma"), tmp_path / "out") as checkpoint:
        manifest = export_gemma(checkpoint, tmp_path / "out", "int8", Silent())
    golden = read_golden(tmp_path / "out", manifest)
    full = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    with torch.inference_mode():
        logits = full(torch.from_numpy(golden["prompts"])).logits[:, -1].numpy()
    wanted = np.take_along_axis(logits, golden["ids"], axis=1)
    assert np.abs(golden["logits"] - wanted).max() < 1e-4 * np.abs(wanted).max()
    operations = [node.get_type_name() for node in openvino.Core().read_model(tmp_path / "out" / GRAPH).get_ops()]
    # Of each layer's attention, and of the logits.
    assert operations.count("Tanh") == (1 if cap is None else 4)
    assert operations.count("ScaledDotProductAttention") == fused
    _answers(tmp_path / "out")


def refused(tmp_path: Path, source: Path, *more: str) -> str:
    result = CliRunner().invoke(main, ["gemma", str(source), "--out", str(tmp_path / "new" / "out"), *more])
    assert result.exit_code == 2, result.output
    assert [file.name for file in tmp_path.iterdir()] == [source.name]
    return " ".join(result.output.split())


def without(name: str) -> Spoil:
    return lambda folder: (folder / name).unlink()


def changed(name: str, **fields: object) -> Spoil:
    def spoil(folder: Path) -> None:
        known = json.loads((folder / name).read_text())
        (folder / name).write_text(json.dumps({**known, **fields}))

    return spoil


def reweighted(change: Callable[[dict[str, np.ndarray]], object]) -> Spoil:
    def spoil(folder: Path) -> None:
        weights = load_file(folder / "model.safetensors")
        change(weights)
        save_file(weights, folder / "model.safetensors", {"format": "pt"})

    return spoil


def cut(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1000])


def renamed_token(folder: Path) -> None:
    file = folder / "tokenizer.json"
    file.write_text(file.read_text().replace("<start_of_turn>", "<|im_start|>"))


def many_tokens(folder: Path) -> None:
    file = folder / "tokenizer.json"
    tokenizer = json.loads(file.read_text())
    tokenizer["model"]["vocab"]["ünheard"] = 9000
    file.write_text(json.dumps(tokenizer))


def not_a_number(weights: dict[str, np.ndarray]) -> None:
    weights["model.layers.1.mlp.up_proj.weight"][3, 4] = np.nan


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (cut, ["model.safetensors", "cut short", "fetch the checkpoint again"]),
        (without("tokenizer.json"), ["no tokenizer.json", "fetch the tokenizer's files"]),
        (without("tokenizer_config.json"), ["tokenizer_config.json", "fetch the tokenizer's files"]),
        (changed("tokenizer_config.json", chat_template=None), ["tokenizer_config.json", "chat_template", "-it"]),
        (changed("config.json", model_type="bert"), ["config.json", "MiniLM", "Gemma"]),
        (changed("config.json", model_type="llama"), ["config.json", "'llama'", "gemma3_text"]),
        (changed("config.json", max_position_embeddings=128), ["config.json", "max_position_embeddings 128"]),
        (changed("config.json", eos_token_id=9), ["tokenizer.json", "<eos>", "another model"]),
        (renamed_token, ["tokenizer.json", "<start_of_turn>", "another model"]),
        (many_tokens, ["tokenizer.json", "9001 tokens", "2048", "another model"]),
        (reweighted(not_a_number), ["up_proj.weight", "no numbers", "fetch the checkpoint again"]),
    ],
)
def test_bad_input(checkpoints: Path, tmp_path: Path, spoil: Spoil, told: list[str]) -> None:
    folder = tmp_path / "checkpoint"
    shutil.copytree(checkpoints / "gemma", folder)
    spoil(folder)
    said = refused(tmp_path, folder)
    for words in told:
        assert words in said


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (changed("config.json", num_hidden_layers=4), ["model.safetensors", "lacks model.layers.3"]),
        (changed("config.json", num_hidden_layers=2), ["model.safetensors", "holds model.layers.2"]),
        (changed("config.json", intermediate_size=96), ["config.json", "model.safetensors", "fetch both from one"]),
        (changed("config.json", vocab_size=4096), ["config.json", "embed_tokens", "fetch both from one"]),
        (changed("config.json", tie_word_embeddings=False), ["config.json", "tie_word_embeddings"]),
        (changed("config.json", hidden_size="wide"), ["config.json", "describes no model"]),
        (reweighted(lambda weights: weights.pop("model.norm.weight")), ["model.safetensors", "model.norm.weight"]),
    ],
)
def test_configuration_and_weights_that_do_not_fit(
    checkpoints: Path, tmp_path: Path, spoil: Spoil, told: list[str]
) -> None:
    folder = tmp_path / "checkpoint"
    shutil.copytree(checkpoints / "gemma", folder)
    spoil(folder)
    with pytest.raises(ValueError, match=re.escape(str(folder))) as raised:
        here(convert, Silent(), checkpoint=folder, out=tmp_path / "out")
    for words in told:
        assert words in str(raised.value)


@pytest.mark.parametrize(
    ("machine", "told"), [(Machine(10, 1e6), "MiB of memory"), (Machine(1e6, 0.001), "MiB of disk")]
)
def test_too_small_a_machine(
    checkpoints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: Machine, told: str
) -> None:
    monkeypatch.setattr("hallscribe_export.cli.read_machine", lambda out: machine)
    folder = tmp_path / "checkpoint"
    shutil.copytree(checkpoints / "gemma", folder)
    assert told in refused(tmp_path, folder)


def test_too_far_from_full_precision_leaves_nothing(
    checkpoints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hallscribe_export.gemma._bar", lambda family, precision: 1.0)
    monkeypatch.setattr("hallscribe_export.gemma.in_child", here)
    folder = tmp_path / "checkpoint"
    shutil.copytree(checkpoints / "gemma", folder)
    said = refused(tmp_path, folder, "--precision", "int4")
    assert "cosine of only 0.9" in said
    assert "--precision int8" in said


@pytest.mark.parametrize("complete", [True, False])
def test_a_tokenizer_of_sentencepiece_alone(checkpoints: Path, tmp_path: Path, complete: bool) -> None:
    folder = tmp_path / "checkpoint"
    shutil.copytree(checkpoints / "gemma", folder)
    (folder / "tokenizer.json").unlink()
    changed("tokenizer_config.json", tokenizer_class="GemmaTokenizer")(folder)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["Walk against the gradient, said the teacher."] * 20),
        model_prefix=str(folder / "tokenizer"),
        model_type="bpe",
        byte_fallback=True,
        vocab_size=330,
        hard_vocab_limit=False,
        pad_id=0,
        eos_id=1,
        bos_id=2,
        unk_id=3,
        pad_piece="<pad>",
        eos_piece="<eos>",
        bos_piece="<bos>",
        user_defined_symbols=["<start_of_turn>", "<end_of_turn>"] if complete else [],
        minloglevel=2,
    )
    out = tmp_path / "out"
    out.mkdir()
    if complete:
        here(convert, Silent(), checkpoint=folder, out=out)
        assert {"tokenizer.json", "openvino_tokenizer.xml", "openvino_detokenizer.xml", "openvino_model.xml"} <= {
            file.name for file in out.iterdir()
        }
    else:
        with pytest.raises(ValueError, match=r"tokenizer\.model is of another model: it has no <start_of_turn>"):
            here(convert, Silent(), checkpoint=folder, out=out)
