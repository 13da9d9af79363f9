"""A language bundle small enough for every test: OpenVINO GenAI runs it as it would a Gemma; it always says the same.

Its graph looks up, for each word, the word that follows it; a cache is kept as a transformer's would be. Its tokenizer
knows whole words and writes Gemma's chat template.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import openvino
from openvino import opset13 as opset
from openvino.op import util
from openvino_tokenizers.tokenizer_pipeline import (
    CombineSegmentsStep,
    FuseStep,
    PaddingStep,
    RegexSplitStep,
    Sequence,
    SpecialTokensSplit,
    TokenizerPipeline,
    TruncationStep,
    VocabDecoderStep,
    VocabEncoderStep,
)
from openvino_tokenizers.utils import change_inputs_type, change_outputs_type

from hallscribe_export.writing import write_manifest

ANSWER = "This part of the lecture shows one theorem and proves it."
_SPECIAL = ("<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>", "\n")
_PAD, _EOS, _BOS, _UNKNOWN, _, _END_OF_TURN, _NEW_LINE = range(len(_SPECIAL))
_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'assistant' %}{% set role = 'model' %}"
    "{% else %}{% set role = message['role'] %}{% endif %}{{ '<start_of_turn>' + role + '\n'"
    " + message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"
)


def language_bundle(folder: Path, answer: str = ANSWER, *, prompt_tokens: int = 128, endless: bool = False) -> Path:
    """A bundle in a new folder.

    Args:
        answer: what the model says; no word may be in it twice.
        endless: whether it begins anew instead of ending.
    """
    folder.mkdir(parents=True)
    said = answer.split()
    words = [*_SPECIAL, *said]
    numbers = list(range(len(_SPECIAL), len(words)))
    following = np.full(len(words), _END_OF_TURN)
    following[_NEW_LINE] = numbers[0] if numbers else _END_OF_TURN
    following[numbers] = [*numbers[1:], numbers[0] if endless else _END_OF_TURN][: len(numbers)]
    # The prompt ends in a new line, which its splitter leaves out: what stands last is the word "model", not known.
    following[_UNKNOWN] = following[_NEW_LINE]
    openvino.save_model(_graph(np.eye(len(words), dtype=np.float32)[following] * 10), folder / "openvino_model.xml")
    _write_tokenizer(folder, words)
    fields = {"language": {"prompt_tokens": prompt_tokens, "new_tokens": 150}, "precision": "float32", "measured": {}}
    named = {"kind": "language", "model_id": "tiny-language", "revision": "1", "licence": "MIT"}
    files = ("openvino_model.xml", "openvino_model.bin")
    write_manifest(folder, {**named, **fields, "runtimes": {"openvino": files}})
    return folder


def _graph(table: np.ndarray) -> openvino.Model:  # type: ignore[type-arg]
    ids = opset.parameter([-1, -1], openvino.Type.i64, name="input_ids")
    mask = opset.parameter([-1, -1], openvino.Type.i64, name="attention_mask")
    beams = opset.parameter([-1], openvino.Type.i32, name="beam_idx")
    for each in (ids, mask, beams):
        each.output(0).set_names({each.get_friendly_name()})
    zero, one = opset.constant(np.int64(0)), opset.constant(np.int64([1]))
    batch = opset.gather(opset.shape_of(ids), opset.constant(np.int64([0])), zero)
    # A length that is nought, but not known to be: else the cache could not grow.
    length = opset.subtract(batch, batch)
    empty = opset.broadcast(opset.constant(np.float32(0)), opset.concat([batch, one, length, one], 0))
    shape = openvino.PartialShape([-1, 1, -1, 1])
    variable = util.Variable(util.VariableInfo())
    variable.update(_info(shape))
    past = opset.gather(opset.read_value(empty, variable), beams, zero)
    now = opset.unsqueeze(
        opset.unsqueeze(opset.convert(ids, "f32"), opset.constant(np.int64(1))), opset.constant(np.int64(3))
    )
    cache = opset.concat([past, now], 2)
    # The cache has no say, but is not left out either.
    nothing = opset.multiply(
        opset.reduce_sum(cache, opset.constant(np.int64([0, 1, 2, 3]))), opset.constant(np.float32(0))
    )
    logits = opset.add(opset.gather(opset.constant(table), ids, zero), nothing)
    logits.output(0).set_names({"logits"})
    kept = opset.assign(cache, variable)
    return openvino.Model([opset.result(logits)], [kept], [ids, mask, beams], "tiny-language")


def _info(shape: openvino.PartialShape) -> util.VariableInfo:
    info = util.VariableInfo()
    info.data_shape, info.data_type, info.variable_id = shape, openvino.Type.f32, "past_key_values.0.key"
    return info


def _write_tokenizer(folder: Path, words: list[str]) -> None:
    pipeline = TokenizerPipeline()
    pipeline.vocab, pipeline.skip_tokens = words, list(range(_NEW_LINE + 1))
    pipeline.add_steps(
        [
            SpecialTokensSplit.from_string_iter(_SPECIAL[:_NEW_LINE]),
            RegexSplitStep(r"\s+"),
            VocabEncoderStep(words, default_value=_UNKNOWN),
            TruncationStep(1 << 20, "right"),
            CombineSegmentsStep([Sequence(token_type_id=0)]),
            PaddingStep(token="<pad>", _token_id=_PAD),
            VocabDecoderStep([f" {word}" for word in words]),
            FuseStep(),
        ]
    )
    tokenizer, detokenizer = pipeline.get_tokenizer_ov_subgraph(), pipeline.get_detokenizer_ov_subgraph()
    ids, _, mask = tokenizer.outputs
    ids.tensor.set_names({"input_ids"})
    mask.tensor.set_names({"attention_mask"})
    sinks = tokenizer.get_sinks()
    tokenizer = openvino.Model([ids, mask], tokenizer.get_parameters(), "tokenizer")
    tokenizer.add_sinks(sinks)
    tokenizer = change_outputs_type(tokenizer, openvino.Type.i64)
    detokenizer = change_inputs_type(detokenizer, openvino.Type.i64)
    openvino.save_model(tokenizer, folder / "openvino_tokenizer.xml")
    openvino.save_model(detokenizer, folder / "openvino_detokenizer.xml")
    special = {"bos_token_id": _BOS, "eos_token_id": _EOS, "pad_token_id": _PAD}
    (folder / "generation_config.json").write_text(json.dumps(special))
    (folder / "config.json").write_text(json.dumps({"model_type": "gemma", **special}))
    tokens = {"bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>", "chat_template": _TEMPLATE}
    (folder / "tokenizer_config.json").write_text(json.dumps(tokens))
