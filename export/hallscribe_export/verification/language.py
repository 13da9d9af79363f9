"""Asks a language bundle's graph for what follows a prompt, without sampling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallscribed.adapters.models.bundle import Bundle
from hallscribed.domain.errors import Misconfigured

IDS, LOGITS = "input_ids", "logits"


def open_language(bundle: Bundle, threads: int) -> Any:
    """The compiled graph (openvino.CompiledModel). Misconfigured when it cannot be opened or is no language model."""
    import openvino

    path = bundle.graph("openvino")
    settings = {
        "INFERENCE_PRECISION_HINT": bundle.manifest.inference_precision,
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": threads,
    }
    try:
        compiled = openvino.Core().compile_model(path, "CPU", settings)
    except RuntimeError as error:
        raise Misconfigured(f"openvino cannot open {path} ({error}): export the bundle anew") from error
    names = {name for port in (*compiled.inputs, *compiled.outputs) for name in port.get_names()}
    if not {IDS, LOGITS} <= names:
        raise Misconfigured(f"{path} has no {IDS} and {LOGITS}, it is no language model: export the bundle anew")
    return compiled


def token_by_token(bundle: Bundle, threads: int) -> Callable[[], object]:
    """After a prompt of 32 tokens was read: a function that makes one further token each time it is called."""
    compiled = open_language(bundle, threads)
    names = {name for port in compiled.inputs for name in port.get_names()}
    request = compiled.create_infer_request()
    place = 0

    def run(ids: NDArray[np.int64]) -> None:
        nonlocal place
        place += len(ids)
        request.infer({name: values for name, values in _feeds(ids, place).items() if name in names})

    run(np.arange(2, 34, dtype=np.int64))
    return lambda: run(np.array([5], np.int64))


def _feeds(ids: NDArray[np.int64], end: int) -> dict[str, NDArray[np.generic]]:
    """For tokens (L,) that end at place ``end`` of what was read."""
    return {
        IDS: ids[None],
        "attention_mask": np.ones((1, end), np.int64),
        "position_ids": np.arange(end - len(ids), end, dtype=np.int64)[None],
        "beam_idx": np.zeros(1, np.int32),
    }


def next_logits(
    bundle: Bundle, prompts: NDArray[np.generic], ids: NDArray[np.generic], threads: int
) -> NDArray[np.float32]:
    """The logits (N, K) of tokens ``ids`` (N, K) after each of the prompts (N, L)."""
    compiled = open_language(bundle, threads)
    names = {name for port in compiled.inputs for name in port.get_names()}
    request = compiled.create_infer_request()
    rows = []
    for prompt, wanted in zip(prompts, ids, strict=True):
        feeds = _feeds(prompt.astype(np.int64), len(prompt))
        request.reset_state()
        request.infer({name: values for name, values in feeds.items() if name in names})
        rows.append(np.array(request.get_tensor(LOGITS).data[0, -1, wanted], np.float32))
    return np.stack(rows)
