"""In a child process: how a language bundle answers through OpenVINO GenAI, as the daemon's summariser runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from hallscribe_export.golden import read_golden
from hallscribe_export.progress import Progress
from hallscribe_export.verification.language import next_logits
from hallscribe_export.verification.values import cores, least_cosine
from hallscribed.adapters.models.bundle import Bundle, glance

_WARMING_TOKENS, _PROMPT_TOKENS, _NEW_TOKENS = 16, 64, 16


def compare(progress: Progress, folder: Path) -> dict[str, float]:
    """Golden prompts: the worst cosine of centred logits, and how often the likeliest token is full precision's."""
    progress.step("comparing with full precision")
    bundle = glance(folder)
    golden = read_golden(folder, bundle.manifest)
    wanted = np.asarray(golden["logits"], np.float32)
    made = next_logits(bundle, golden["prompts"], golden["ids"], cores())
    agreed = made.argmax(axis=1) == wanted.argmax(axis=1)
    made, wanted = (rows - rows.mean(axis=1, keepdims=True) for rows in (made, wanted))
    return {
        "cosine_to_float32_openvino": round(least_cosine(made, wanted), 6),
        "next_token_agreement_openvino": round(float(agreed.mean()), 4),
    }


def answer(progress: Progress, folder: Path) -> dict[str, float]:
    """Time a prompt of 64 tokens (fewer, where the model takes fewer) and 16 new ones.

    Raises:
        ValueError: OpenVINO GenAI cannot load the bundle, or makes no text of it.
    """
    import openvino_genai

    progress.step("answering through OpenVINO GenAI")
    bundle = glance(folder)
    settings = {
        "ATTENTION_BACKEND": "SDPA",
        "INFERENCE_PRECISION_HINT": bundle.manifest.inference_precision,
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": cores(),
    }
    try:
        model = openvino_genai.LLMPipeline(folder, "CPU", **settings)
    except RuntimeError as error:
        raise ValueError(f"OpenVINO GenAI cannot load the new bundle ({error}): update it, or take another") from error
    asked = openvino_genai.GenerationConfig(max_new_tokens=2, do_sample=False, ignore_eos=True)
    prompt = _prompt(bundle, _PROMPT_TOKENS)
    # The first answer pays for memory that is taken once.
    model.generate(_prompt(bundle, _WARMING_TOKENS), asked)
    asked.max_new_tokens = _NEW_TOKENS
    told = model.generate(prompt, asked).perf_metrics
    first, each = told.get_ttft().mean, told.get_tpot().mean
    return {
        "latency_ms_openvino": round(each, 3),
        "prompt_tokens_per_s_openvino": round(1000 * prompt.size / first, 1),
        "new_tokens_per_s_openvino": round(1000 / each, 1),
        "load_ms_openvino": round(told.get_load_time(), 1),
    }


def _prompt(bundle: Bundle, tokens: int) -> Any:
    """Golden prompts after each other, at most as many tokens as the model takes (openvino.Tensor)."""
    import openvino

    rows = read_golden(bundle.path, bundle.manifest)["prompts"]
    language = bundle.manifest.language
    length = tokens if language is None else min(tokens, language.prompt_tokens)
    return openvino.Tensor(np.resize(rows, (1, length)).astype(np.int64))
