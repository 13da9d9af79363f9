"""Small checkpoints of the true layouts, with random weights."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import BertProcessing

from hallscribe_export.models.bert import BertShape, parameter_shapes

MINILM = {
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
_PIECES = (
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    *"abcdefghijklmnopqrstuvwxyz",
    *(f"##{letter}" for letter in "abcdefghijklmnop"),
)


def minilm_folder(folder: Path) -> Path:
    """A MiniLM of two layers, its tokenizer beside it."""
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(MINILM))
    rng = np.random.default_rng(4)
    shapes = parameter_shapes(BertShape.model_validate(MINILM))
    weights = {
        name: (rng.normal(0, 0.15, shape) + ("LayerNorm.weight" in name)).astype(np.float32)
        for name, shape in shapes.items()
    }
    save_file(weights, folder / "model.safetensors")
    tokenizer = Tokenizer(WordPiece({piece: number for number, piece in enumerate(_PIECES)}, unk_token="[UNK]"))
    tokenizer.normalizer = BertNormalizer()
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.post_processor = BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder
