"""What a Gemma makes of prompts in float32, without a float32 copy of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallscribe_export.progress import Progress

# Rows of the embedding that are widened at a time.
_ROWS = 16_384


def last_logits(model: Any, prompts: NDArray[np.int64], progress: Progress) -> NDArray[np.float32]:
    """Logits (N, V) of what follows each of the prompts (N, L), as float32 weights give them.

    Each decoder layer's weights are widened only while it runs, the output layer's a few rows at a time.

    Args:
        model: transformers' GemmaForCausalLM, or one of its successors, of any type of float; it is left as it was.
    """
    import torch

    body = model.model
    handles = [body.embed_tokens.register_forward_hook(_embedded)]
    layers = [*body.layers, body.norm]
    room: dict[Any, Any] = {}
    for number, layer in enumerate(layers, 1):
        widen, restore = _widening(room, partial(progress.advance, number, len(layers)))
        handles.append(layer.register_forward_pre_hook(widen))
        handles.append(layer.register_forward_hook(restore))
    try:
        with torch.inference_mode():
            hidden = body(input_ids=torch.from_numpy(prompts), use_cache=False).last_hidden_state[:, -1]
            rows = torch.cat([hidden @ rows.float().T for rows in model.lm_head.weight.split(_ROWS)], dim=1)
    finally:
        for handle in handles:
            handle.remove()
    cap = getattr(model.config, "final_logit_softcapping", None)
    return np.asarray((rows if cap is None else cap * torch.tanh(rows / cap)).numpy())


def _embedded(module: Any, inputs: tuple[Any, ...], _: Any) -> Any:
    """In the embedding's place: the same rows, widened before anything is multiplied."""
    rows = module.weight[inputs[0]].float()
    scale = getattr(module, "scalar_embed_scale", None)
    return rows if scale is None else rows * scale


def _widening(room: dict[Any, Any], done: Callable[[], None]) -> tuple[Callable[..., None], Callable[..., None]]:
    """Hooks that widen a module's parameters before it runs, and put back afterwards what they were.

    ``room``: memory by name and shape, taken once for all layers.
    """
    import torch

    kept: list[tuple[Any, Any]] = []

    def widen(module: Any, _: Any) -> None:
        for name, parameter in module.named_parameters():
            kept.append((parameter, parameter.data))
            key = name, parameter.shape
            if key not in room:
                room[key] = torch.empty(parameter.shape, dtype=torch.float32)
            parameter.data = room[key].copy_(parameter.data)

    def restore(module: Any, inputs: Any, outputs: Any) -> None:
        for parameter, data in kept:
            parameter.data = data
        kept.clear()
        done()

    return widen, restore
