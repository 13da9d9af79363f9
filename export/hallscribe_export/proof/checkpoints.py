"""Makes checkpoints of exact architectures, in the layout in which they are published, with random weights.

    python -m hallscribe_export.proof.checkpoints KIND --out FOLDER

They stand in for published weights where no hub can be reached: an export costs the same, and its numbers can be
compared with full precision; what the model says means nothing.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from hallscribe_export.proof.vocabulary import BOS, EOS, PAD, write_tokenizer

_SHARD_BYTES = 2_000_000_000
_DEVIATION = 0.02
# What the published models hold; a configuration that gives another number is not of that architecture.
_PARAMETERS = {
    "vjepa2-vitl": 325_971_328,
    "gemma-2b": 2_506_172_416,
    "gemma2-2b": 2_614_341_888,
    "gemma3-1b": 999_885_952,
}
_TOKENS = {"pad_token_id": PAD, "eos_token_id": EOS, "bos_token_id": BOS}
_SMALL = {
    "vocab_size": 2048,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 1,
    "head_dim": 16,
}


def _vjepa2(**size: Any) -> Any:
    from transformers import VJEPA2Config, VJEPA2Model

    # The defaults are those of facebook/vjepa2-vitl-fpc64-256.
    return VJEPA2Model, VJEPA2Config(**size)


def _tiny_vjepa2() -> Any:
    return _vjepa2(
        crop_size=64,
        hidden_size=96,
        num_attention_heads=3,
        num_hidden_layers=3,
        pred_hidden_size=48,
        pred_num_attention_heads=3,
        pred_num_hidden_layers=2,
    )


def _gemma(**size: Any) -> Any:
    from transformers import GemmaConfig, GemmaForCausalLM

    wide = {
        "vocab_size": 256_000,
        "hidden_size": 2048,
        "intermediate_size": 16_384,
        "num_hidden_layers": 18,
        "num_attention_heads": 8,
        "num_key_value_heads": 1,
        "head_dim": 256,
    }
    return GemmaForCausalLM, GemmaConfig(**(wide | size), **_TOKENS)


def _gemma2(**size: Any) -> Any:
    from transformers import Gemma2Config, Gemma2ForCausalLM

    wide = {
        "vocab_size": 256_000,
        "hidden_size": 2304,
        "intermediate_size": 9216,
        "num_hidden_layers": 26,
        "num_attention_heads": 8,
        "num_key_value_heads": 4,
        "head_dim": 256,
    }
    return Gemma2ForCausalLM, Gemma2Config(**(wide | size), **_TOKENS)


def _gemma3(**size: Any) -> Any:
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig

    wide = {
        "vocab_size": 262_144,
        "hidden_size": 1152,
        "intermediate_size": 6912,
        "num_hidden_layers": 26,
        "num_attention_heads": 4,
        "num_key_value_heads": 1,
        "head_dim": 256,
        "sliding_window": 512,
    }
    return Gemma3ForCausalLM, Gemma3TextConfig(**(wide | size), **_TOKENS)


KINDS: dict[str, Callable[[], Any]] = {
    "vjepa2-vitl": _vjepa2,
    "gemma-2b": _gemma,
    "gemma2-2b": _gemma2,
    "gemma3-1b": _gemma3,
    "tiny-vjepa2": _tiny_vjepa2,
    "tiny-gemma": lambda: _gemma(**_SMALL),
    "tiny-gemma2": lambda: _gemma2(**_SMALL),
    "tiny-gemma3": lambda: _gemma3(**_SMALL),
}


def make_checkpoint(kind: str, out: Path) -> int:
    """Write a folder in the hub's layout; how many parameters it holds. The same kind gives the same weights.

    ValueError for an unknown kind, or when ``out`` holds something.
    """
    import torch

    if kind not in KINDS:
        raise ValueError(f"{kind} is no kind of checkpoint: give one of {', '.join(KINDS)}")
    if out.exists() and any(out.iterdir()):
        raise ValueError(f"{out} holds something: name a new folder")
    model_class, config = KINDS[kind]()
    language = "vocab_size" in config.to_dict()
    with torch.device("meta"):
        model = model_class(config)
    shapes = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    # The output layer is the embedding again, and is not stored.
    shapes.pop("lm_head.weight", None)
    count = sum(map(math.prod, shapes.values()))
    if count != _PARAMETERS.get(kind, count):
        raise ValueError(f"{kind} has {_PARAMETERS[kind]} parameters as published, this configuration gives {count}")
    out.mkdir(parents=True, exist_ok=True)
    dtype = torch.bfloat16 if language else torch.float32
    _write_shards(out, shapes, dtype)
    config.dtype = dtype
    config.architectures = [model_class.__name__]
    config.save_pretrained(out)
    if language:
        write_tokenizer(out, config.vocab_size)
        (out / "generation_config.json").write_text(json.dumps(_TOKENS, indent=2) + "\n", encoding="utf-8")
    return count


def _write_shards(out: Path, shapes: dict[str, tuple[int, ...]], dtype: Any) -> None:
    """Weights in files of at most 2 GB, one of them in memory at a time."""
    from safetensors.torch import save_file

    shards = list(_shards(shapes, dtype.itemsize))
    where = {}
    for number, names in enumerate(shards, 1):
        name = "model.safetensors" if len(shards) == 1 else f"model-{number:05}-of-{len(shards):05}.safetensors"
        save_file({each: drawn(each, shapes[each], dtype) for each in names}, out / name, {"format": "pt"})
        where.update(dict.fromkeys(names, name))
    if len(shards) > 1:
        total = sum(dtype.itemsize * math.prod(shape) for shape in shapes.values())
        index = {"metadata": {"total_size": total}, "weight_map": where}
        (out / "model.safetensors.index.json").write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")


def _shards(shapes: dict[str, tuple[int, ...]], itemsize: int) -> Iterator[list[str]]:
    names: list[str] = []
    size = 0
    for name, shape in shapes.items():
        wanted = itemsize * math.prod(shape)
        if names and size + wanted > _SHARD_BYTES:
            yield names
            names, size = [], 0
        names.append(name)
        size += wanted
    yield names


def drawn(name: str, shape: tuple[int, ...], dtype: Any) -> Any:
    """As training begins: norms change nothing, biases are nought, the rest is normal."""
    import torch

    numbers = torch.Generator().manual_seed(zlib.crc32(name.encode()))
    if name == "model.norm.weight":
        # Before the embedding is used again as output: with neutral signs the likeliest token is the last one again.
        return torch.empty(shape, dtype=dtype).normal_(-1, 1, generator=numbers)
    if "norm" in name:
        # Gemma's norms multiply by one more than their weight.
        neutral = torch.zeros if name.startswith("model.") else torch.ones
        return torch.zeros(shape, dtype=dtype) if name.endswith("bias") else neutral(shape, dtype=dtype)
    if name.endswith("bias"):
        return torch.zeros(shape, dtype=dtype)
    return torch.empty(shape, dtype=dtype).normal_(0, _DEVIATION, generator=numbers)


def main(
    kind: Annotated[str, typer.Argument(help=", ".join(KINDS))],
    out: Annotated[Path, typer.Option(help="A new folder.")],
) -> None:
    """Make a checkpoint with random weights."""
    try:
        count = make_checkpoint(kind, out)
    except ValueError as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from error
    typer.echo(f"{out}: {count:,} parameters")


if __name__ == "__main__":
    typer.run(main)
