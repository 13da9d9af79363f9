"""A stand-in for Gemma's tokenizer: of its kind and vocabulary size, trained on nothing."""

from __future__ import annotations

import itertools
import json
import string
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, normalizers, processors
from tokenizers.models import BPE

PAD, EOS, BOS, UNKNOWN = range(4)
SPECIAL = ("<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "<start_of_turn>", "<end_of_turn>")
_SPACE = "▁"
_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}<start_of_turn>"
    "{{ 'model' if message['role'] == 'assistant' else message['role'] }}\n"
    "{{ message['content'] | trim }}<end_of_turn>\n"
    "{% endfor %}{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)


def write_tokenizer(folder: Path, size: int) -> None:
    """``tokenizer.json`` and ``tokenizer_config.json`` of a byte-level fallback BPE with ``size`` tokens.

    Its merges are all pairs of letters, then pairs of those, until the vocabulary is full: every text goes in and
    comes out again, in pieces of up to four letters.
    """
    letters = [_SPACE, *string.ascii_lowercase, *string.ascii_uppercase, *string.digits, *string.punctuation, "\n"]
    known = [*SPECIAL, *(f"<0x{byte:02X}>" for byte in range(256)), *letters]
    pieces = dict.fromkeys(known)
    if len(pieces) > size:
        raise ValueError(f"a vocabulary of {size} has no room for the {len(pieces)} tokens that every text needs")
    merges: list[tuple[str, str]] = []
    short = [_SPACE, *string.ascii_lowercase]
    pairs = ["".join(pair) for pair in itertools.product(short, repeat=2)]
    for left, right in itertools.chain(itertools.product(short, repeat=2), itertools.product(pairs, repeat=2)):
        if len(pieces) == size:
            break
        if left + right not in pieces:
            pieces[left + right] = None
            merges.append((left, right))
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(BPE(vocabulary, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", _SPACE)
    tokenizer.decoder = decoders.Sequence([decoders.Replace(_SPACE, " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.post_processor = processors.TemplateProcessing(single="<bos> $A", special_tokens=[("<bos>", BOS)])
    tokenizer.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in SPECIAL])
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "GemmaTokenizer",
        "add_bos_token": True,
        "bos_token": SPECIAL[BOS],
        "eos_token": SPECIAL[EOS],
        "pad_token": SPECIAL[PAD],
        "unk_token": SPECIAL[UNKNOWN],
        "chat_template": _TEMPLATE,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
