"""Whether a tokenizer is one of Gemma's, and of this model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

SPECIAL = ("<bos>", "<eos>", "<pad>", "<start_of_turn>", "<end_of_turn>")
TOKENIZER, SENTENCEPIECE, SETTINGS, TEMPLATE = (
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "chat_template.jinja",
)
# Gemma 3's tokenizer names one token more than the models without pictures have rows for; no text becomes it.
_PICTURE = "<image_soft_token>"
_FETCH = "fetch the tokenizer's files and config.json from one place"


def check_files(folder: Path, config: dict[str, Any]) -> None:
    """Refuse a checkpoint's folder without a tokenizer, its settings or its chat template.

    Raises:
        ValueError: one is missing, damaged or of another model; the message names it and what to do.
    """
    if not (folder / TOKENIZER).is_file() and not (folder / SENTENCEPIECE).is_file():
        raise ValueError(f"{folder} holds no {TOKENIZER} and no {SENTENCEPIECE}: {_FETCH}")
    settings = folder / SETTINGS
    if not settings.is_file():
        raise ValueError(f"{folder} holds no {SETTINGS}: {_FETCH}")
    try:
        template = json.loads(settings.read_bytes()).get("chat_template")
    except (OSError, ValueError, AttributeError) as error:
        raise ValueError(f"{settings} cannot be read ({error}): {_FETCH}") from error
    if not template and not (folder / TEMPLATE).is_file():
        raise ValueError(
            f"{settings} has no chat_template, and there is no {TEMPLATE}: this model was not trained to follow "
            "instructions; give one whose name ends with -it, with all its files"
        )
    if (folder / TOKENIZER).is_file():
        check_tokenizer(folder / TOKENIZER, config)


def check_tokenizer(file: Path, config: dict[str, Any], told: Path | None = None) -> None:
    """Refuse a ``tokenizer.json`` that is not of this model.

    Args:
        config: the model's ``config.json``.
        told: the file to name, where ``file`` was made of another.

    Raises:
        ValueError: it is damaged, has tokens for which the model has no row, or lacks those of Gemma.
    """
    told = told or file
    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises nothing narrower
        raise ValueError(f"{told} is no tokenizer ({error}): {_FETCH}") from error
    tokens = tokenizer.get_vocab(with_added_tokens=True)
    missing = [token for token in SPECIAL if token not in tokens]
    if missing:
        raise ValueError(f"{told} is of another model: it has no {', '.join(missing)}, which Gemma needs: {_FETCH}")
    need = max(number for token, number in tokens.items() if token != _PICTURE) + 1
    if need > config.get("vocab_size", need):
        raise ValueError(
            f"{told} is of another model: it has {need} tokens, the model {config['vocab_size']} (vocab_size in "
            f"config.json): {_FETCH}"
        )
    for token in SPECIAL[:3]:
        given = config.get(f"{token[1:-1]}_token_id")
        ids = given if isinstance(given, list) else [given]
        if given is not None and tokens[token] not in ids:
            raise ValueError(
                f"{told} is of another model: {token} is {tokens[token]}, config.json says {given}: {_FETCH}"
            )
