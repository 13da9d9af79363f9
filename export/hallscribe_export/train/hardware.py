"""What the machine that trains can do."""

from __future__ import annotations

import torch


def training_device() -> str:
    """ "cuda" where there is a GPU, else "cpu"."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def narrowed(device: str) -> torch.autocast:
    """A context in which products are calculated in bfloat16, where a device multiplies it."""
    return torch.autocast(device, dtype=torch.bfloat16, enabled=multiplies_bfloat16(device))


def multiplies_bfloat16(device: str) -> bool:
    """Whether a device has instructions for bfloat16; without them it is many times slower than float32."""
    if device == "cpu":
        return any(torch.cpu.get_capabilities().get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16"))
    return bool(torch.cuda.is_bf16_supported(including_emulation=False))
