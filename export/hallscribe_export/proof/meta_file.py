"""Makes vitl16.pth.tar of Meta's V-JEPA (1) with random weights: the same names, shapes and nesting.

    python -m hallscribe_export.proof.meta_file FILE [--small]

Names and shapes as in facebookresearch/jepa (src/models, configs/pretrain/vitl16.yaml).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from hallscribe_export.proof.checkpoints import drawn

Shapes = dict[str, tuple[int, ...]]

_SIDE, _PATCH, _FRAMES, _TUBELET, _MASKS = 224, 16, 16, 2, 2
_MLP = 4


def parameters(small: bool = False) -> dict[str, Shapes]:
    """Parameters and their shapes, by the dictionaries of the file that hold them."""
    width, layers, narrow, few = (128, 2, 64, 1) if small else (1024, 24, 384, 12)
    places = _FRAMES // _TUBELET * (_SIDE // _PATCH) ** 2
    encoder: Shapes = {
        "pos_embed": (1, places, width),
        "patch_embed.proj.weight": (width, 3, _TUBELET, _PATCH, _PATCH),
        "patch_embed.proj.bias": (width,),
        **dict(_blocks("", width, layers)),
    }
    predictor: Shapes = {
        "predictor_pos_embed": (1, places, narrow),
        **dict(_linear("predictor_embed", width, narrow)),
        **{f"mask_tokens.{number}": (1, 1, narrow) for number in range(_MASKS)},
        **dict(_blocks("predictor_", narrow, few)),
        **dict(_linear("predictor_proj", narrow, width)),
    }
    return {
        part: {f"module.backbone.{name}": shape for name, shape in shapes.items()}
        for part, shapes in (("target_encoder", encoder), ("predictor", predictor))
    }


def _blocks(prefix: str, width: int, layers: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    for number in range(layers):
        block = f"{prefix}blocks.{number}"
        yield from _norm(f"{block}.norm1", width)
        yield from _linear(f"{block}.attn.qkv", width, 3 * width)
        yield from _linear(f"{block}.attn.proj", width, width)
        yield from _norm(f"{block}.norm2", width)
        yield from _linear(f"{block}.mlp.fc1", width, _MLP * width)
        yield from _linear(f"{block}.mlp.fc2", _MLP * width, width)
    yield from _norm(f"{prefix}norm", width)


def _linear(name: str, inputs: int, outputs: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield f"{name}.weight", (outputs, inputs)
    yield f"{name}.bias", (outputs,)


def _norm(name: str, width: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield f"{name}.weight", (width,)
    yield f"{name}.bias", (width,)


def main(
    file: Annotated[Path, typer.Argument(help="Such as vitl16.pth.tar.")],
    small: Annotated[bool, typer.Option(help="The same model, two layers of 128.")] = False,
) -> None:
    """Make the file."""
    import torch

    state: dict[str, Any] = {
        part: {name: drawn(name, shape, torch.float32) for name, shape in shapes.items()}
        for part, shapes in parameters(small).items()
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    torch.save({**state, "epoch": 300}, file)


if __name__ == "__main__":
    typer.run(main)
