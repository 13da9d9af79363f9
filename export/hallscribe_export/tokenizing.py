"""Whether a tokenizer and a model belong together."""

from __future__ import annotations

import json
from pathlib import Path

from tokenizers import Tokenizer

from hallscribe_export.models.bert import BertShape

# Models' tables are padded up to a multiple of this at most, so that they suit hardware.
_PADDED_TO = 128
# What BERTs were trained with around a text: their own, and XLM-R's, whose tokenizer those of many languages have.
_AROUND = (("[CLS]", "[SEP]"), ("<s>", "</s>"))
_FETCH = "fetch tokenizer.json and config.json from one place"


def check_tokenizer(file: Path, shape: BertShape) -> None:
    """Refuse a tokenizer that was not made for a BERT of this shape.

    Raises:
        ValueError: it is missing, damaged, or of another model; the message names the file and what to do.
    """
    if not file.is_file():
        raise ValueError(f"{file.parent} holds no {file.name}: {_FETCH}")
    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises nothing narrower
        raise ValueError(f"{file} is no tokenizer ({error}): {_FETCH}") from error
    tokens = tokenizer.get_vocab(with_added_tokens=True)
    need = max(tokens.values(), default=-1) + 1
    if not need <= shape.vocab_size <= -(-need // _PADDED_TO) * _PADDED_TO:
        raise ValueError(
            f"{file} is of another model: it has {need} tokens, the model {shape.vocab_size} (vocab_size in "
            f"config.json): {_FETCH}"
        )
    tokenizer.no_padding()
    given = tokenizer.encode("").tokens
    if tuple(given) not in _AROUND:
        raise ValueError(
            f"{file} is of another model: it puts {' '.join(given) or 'nothing'} around a text, BERTs were trained "
            f"with {' or '.join(map(' '.join, _AROUND))}: {_FETCH}"
        )
    # XLM-R's <pad> proves nothing: configurations of BERTs with its tokenizer name another. What is padded is masked.
    padding = tokens.get("[PAD]")
    if padding is not None and padding != _padding_id(file.parent / "config.json"):
        raise ValueError(f"{file} is of another model: [PAD] is {padding}, config.json says otherwise: {_FETCH}")


def _padding_id(config: Path) -> int:
    """``pad_token_id``, which is 0 where a BERT's configuration leaves it out."""
    return int(json.loads(config.read_bytes()).get("pad_token_id") or 0)
