"""In a child process: a Gemma checkpoint, checked, to golden logits, an OpenVINO graph and its tokenizers."""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallscribe_export.golden import Arrays, language_golden
from hallscribe_export.graph.saving import save_graph, writing_graphs
from hallscribe_export.language.reference import last_logits
from hallscribe_export.language.tokenizer import SENTENCEPIECE, TOKENIZER, check_tokenizer
from hallscribe_export.progress import Progress, Silent
from hallscribe_export.sources.tensors import check_shapes, weight_files

GRAPH = "openvino_model"
# What a summariser is asked, as it would be; each is cut to the same number of tokens.
_ASKED = (
    "Summarise: the gradient points where a function grows fastest, so we walk against it.",
    "Summarise: eigenvalues of a symmetric matrix are real and its eigenvectors orthogonal.",
    "Summarise: supply meets demand where marginal cost equals what buyers would pay.",
    "Summarise: DNA is a double helix; base pairs hold its two strands together.",
    "Summarise: a hash table finds a key in constant time unless too many keys collide.",
    "Summarise: the French Revolution began in 1789 with the meeting of the Estates.",
    "What is entropy? Answer in one plain sentence for a student of physics.",
    "Title: Bayes. Slide: P(A|B) = P(B|A) P(A) / P(B). Said: so we turn it around.",
)
_PROMPT_TOKENS = 16
# The end of a prompt opens the model's turn.
_TAIL_TOKENS = 6
# The output layer is the table of tokens again; some files hold it twice.
_TIED = ("lm_head.",)
# Tokens whose logits are kept: the likeliest, and some of all others.
_LIKELIEST, _OTHERS = 64, 448


def convert(progress: Progress, checkpoint: Path, out: Path) -> dict[str, NDArray[Any]]:
    """Write the graph in the checkpoint's own precision, both tokenizers and the configuration; golden arrays.

    Raises:
        ValueError: weights, configuration and tokenizer do not belong together, or are damaged.
    """
    warnings.simplefilter("ignore")  # of tracing, about values that are meant to be constant
    progress.step("reading the weights")
    config = json.loads((checkpoint / "config.json").read_bytes())
    model_class, shapes = _described(checkpoint)
    check_shapes(checkpoint, shapes, _TIED)
    tokenizer = _tokenizer(checkpoint, out, {**config, "vocab_size": shapes["model.embed_tokens.weight"][0]})
    model = _opened(model_class, checkpoint)
    _refuse_what_is_no_number(model, checkpoint)
    progress.step("calculating golden logits in full precision")
    golden = _golden(model, _prompts(tokenizer), progress)
    progress.step("converting it for OpenVINO")
    _convert_tokenizer(tokenizer, out)
    with writing_graphs(out / f"{GRAPH}.xml", sum(file.stat().st_size for file in weight_files(checkpoint))):
        _convert_model(model, tokenizer, out)
    return dict(golden)


def logits_again(checkpoint: Path, prompts: NDArray[Any], ids: NDArray[Any]) -> NDArray[np.float32]:
    """Full precision's logits (N, K) of tokens ``ids`` (N, K) after each of the prompts (N, L).

    Raises:
        ValueError: the checkpoint is not what its configuration says.
    """
    model_class, shapes = _described(checkpoint)
    check_shapes(checkpoint, shapes, _TIED)
    logits = last_logits(_opened(model_class, checkpoint), prompts.astype(np.int64), Silent())
    if ids.max() >= logits.shape[1]:
        raise ValueError(f"{checkpoint / 'config.json'} has {logits.shape[1]} tokens: give the bundle's own checkpoint")
    return np.take_along_axis(logits, ids.astype(np.int64), axis=1)


def _opened(model_class: Any, checkpoint: Path) -> Any:
    """The model in the type of its files, which it maps."""
    return model_class.from_pretrained(
        checkpoint, dtype="auto", local_files_only=True, attn_implementation=_attention(checkpoint)
    ).eval()


def _attention(checkpoint: Path) -> str:
    """Transformers' name of the attention to use, for full precision and for what is converted.

    The fused one leaves out the bound of Gemma 2's attention logits, without a word.
    """
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(checkpoint, local_files_only=True)
    return "sdpa" if getattr(config, "attn_logit_softcapping", None) is None else "eager"


def _described(checkpoint: Path) -> tuple[Any, dict[str, tuple[int, ...]]]:
    """Transformers' class, and the shape of every parameter that a checkpoint of this configuration has."""
    import torch
    import transformers

    file = checkpoint / "config.json"
    try:
        config = transformers.AutoConfig.from_pretrained(checkpoint, local_files_only=True)
        model_class = transformers.AutoModelForCausalLM._model_mapping[type(config)]
        with torch.device("meta"):
            model = model_class(config)
    except Exception as error:  # whatever transformers makes of a configuration that cannot be
        raise ValueError(f"{file} describes no model ({error}): fetch the checkpoint again") from error
    if not config.tie_word_embeddings:
        raise ValueError(f"{file} has an output layer of its own (tie_word_embeddings), which no Gemma has")
    shapes = {name: tuple(each.shape) for name, each in model.named_parameters() if not name.startswith("lm_head.")}
    return model_class, shapes


def _tokenizer(checkpoint: Path, out: Path, config: dict[str, Any]) -> Any:
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(checkpoint, local_files_only=True)
        tokenizer.save_pretrained(out)
    except Exception as error:  # whatever transformers makes of files that are no tokenizer
        raise ValueError(
            f"the tokenizer of {checkpoint} cannot be read ({type(error).__name__}: {error}): give a folder with its "
            f"{TOKENIZER}"
        ) from error
    made = out / TOKENIZER
    if not made.is_file():
        raise ValueError(f"{checkpoint / SENTENCEPIECE} alone does not suffice here: give a folder with {TOKENIZER}")
    # The checkpoint's own was checked before anything was read.
    if not (checkpoint / TOKENIZER).is_file():
        check_tokenizer(made, config, checkpoint / SENTENCEPIECE)
    # A prompt's end is what counts.
    tokenizer.padding_side = tokenizer.truncation_side = "left"
    return tokenizer


def _refuse_what_is_no_number(model: Any, checkpoint: Path) -> None:
    for name, parameter in model.named_parameters():
        # What is no number comes out of a least and largest value; asking each for it takes ten times as long.
        if not all(math.isfinite(bound) for bound in parameter.aminmax()):
            raise ValueError(f"{name} in {checkpoint} holds values that are no numbers: fetch the checkpoint again")


def _prompts(tokenizer: Any) -> NDArray[np.int64]:
    """Ids (N, L) of prompts in the model's own chat template: their beginnings, and the end that opens its turn."""
    rows = []
    for asked in _ASKED:
        turns = [{"role": "user", "content": asked}]
        text = tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        rows.append(ids)
    length = min(_PROMPT_TOKENS, *map(len, rows))
    return np.array([[*ids[: length - _TAIL_TOKENS], *ids[-_TAIL_TOKENS:]] for ids in rows], np.int64)


def _golden(model: Any, prompts: NDArray[np.int64], progress: Progress) -> Arrays:
    logits = last_logits(model, prompts, progress)
    order = np.argsort(-logits, axis=1)
    others = np.linspace(_LIKELIEST, logits.shape[1] - 1, min(_OTHERS, logits.shape[1] - _LIKELIEST)).astype(int)
    ids = np.concatenate([order[:, :_LIKELIEST], order[:, others]], axis=1).astype(np.int64)
    return language_golden(prompts, ids, np.take_along_axis(logits, ids, axis=1))


def _convert_tokenizer(tokenizer: Any, out: Path) -> None:
    from openvino_tokenizers import convert_tokenizer

    for model, name in zip(
        convert_tokenizer(tokenizer, with_detokenizer=True), ("tokenizer", "detokenizer"), strict=True
    ):
        save_graph(model, out / f"openvino_{name}.xml", halve=True)


def _convert_model(model: Any, tokenizer: Any, out: Path) -> None:
    import torch
    from optimum.exporters.openvino import export_from_model
    from optimum.intel import OVConfig

    export_from_model(
        model,
        out,
        task="text-generation-with-past",
        # Told beforehand, so that the cache is what quantised models have; NNCF does it, in a process of its own.
        ov_config=OVConfig(quantization_config={"bits": 8}),
        preprocessors=[tokenizer],
        patch_16bit_model=model.dtype in (torch.float16, torch.bfloat16),
    )
