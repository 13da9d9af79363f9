"""V-JEPA's description gives what plain PyTorch gives of Meta's parameters, on both runtimes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from torch.nn import functional

from hallscribe_export.graph.onnx_graph import OnnxGraph
from hallscribe_export.graph.openvino_graph import OpenVinoGraph
from hallscribe_export.graph.port import Array
from hallscribe_export.models import vjepa1
from hallscribe_export.models.naming import hugging_face_names, supports_vjepa21
from hallscribe_export.models.vjepa1 import Vjepa1Shape
from hallscribed.adapters.runtime.onnx_runtime import OnnxRuntime
from hallscribed.adapters.runtime.openvino_runtime import OpenVinoRuntime

RUNTIMES = ("openvino", "onnxruntime")
WIDTH, HEADS, LAYERS, SIDE, PATCH, FRAMES = 96, 3, 2, 64, 16, 8
CONFIG: dict[str, Any] = {
    "model_type": "vjepa",
    "hidden_size": WIDTH,
    "num_attention_heads": HEADS,
    "num_hidden_layers": LAYERS,
    "mlp_ratio": 4.0,
    "crop_size": SIDE,
    "frames_per_clip": FRAMES,
}
State = dict[str, torch.Tensor]


@pytest.fixture(scope="module")
def state() -> State:
    """Meta's parameters of an encoder, random and far from where training begins."""
    torch.manual_seed(2)
    tokens = FRAMES // 2 * (SIDE // PATCH) ** 2
    shapes: dict[str, tuple[int, ...]] = {"pos_embed": (1, tokens, WIDTH)}
    shapes |= {"patch_embed.proj.weight": (WIDTH, 3, 2, PATCH, PATCH), "patch_embed.proj.bias": (WIDTH,)}
    for number in range(LAYERS):
        linears = (("attn.qkv", 3, 1), ("attn.proj", 1, 1), ("mlp.fc1", 4, 1), ("mlp.fc2", 1, 4))
        for name, outputs, inputs in linears:
            shapes[f"blocks.{number}.{name}.weight"] = (outputs * WIDTH, inputs * WIDTH)
            shapes[f"blocks.{number}.{name}.bias"] = (outputs * WIDTH,)
        for name in ("norm1", "norm2"):
            shapes |= {f"blocks.{number}.{name}.{kind}": (WIDTH,) for kind in ("weight", "bias")}
    shapes |= {f"norm.{kind}": (WIDTH,) for kind in ("weight", "bias")}
    around = {name: float("norm" in name and name.endswith("weight")) for name in shapes}
    return {name: around[name] + 0.1 * torch.randn(shape) for name, shape in shapes.items()}


def tokens_of(state: State, pixels: torch.Tensor) -> Array:
    """The architecture of the paper (arXiv 2404.08471) for clips (1, 3, T, H, W), with query, key, value in one."""

    def linear(x: torch.Tensor, name: str) -> torch.Tensor:
        return functional.linear(x, state[f"{name}.weight"], state[f"{name}.bias"])

    def norm(x: torch.Tensor, name: str) -> torch.Tensor:
        return functional.layer_norm(x, (WIDTH,), state[f"{name}.weight"], state[f"{name}.bias"], 1e-6)

    weight = state["patch_embed.proj.weight"]
    x = functional.conv3d(pixels, weight, state["patch_embed.proj.bias"], stride=weight.shape[2:])
    x = x.flatten(2).transpose(1, 2)
    x = x + state["pos_embed"][:, : x.shape[1]]
    for number in range(LAYERS):
        block = f"blocks.{number}."
        joint = linear(norm(x, f"{block}norm1"), f"{block}attn.qkv")
        query, key, value = joint.reshape(1, -1, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(query, key, value)
        x = x + linear(seen.transpose(1, 2).flatten(2), f"{block}attn.proj")
        inner = functional.gelu(linear(norm(x, f"{block}norm2"), f"{block}mlp.fc1"))
        x = x + linear(inner, f"{block}mlp.fc2")
    return np.asarray(norm(x, "norm").numpy())


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("frames", [1, 4, FRAMES])
def test_pictures_and_clips(state: State, runtime: str, frames: int, tmp_path: Path) -> None:
    pixels = np.random.default_rng(3).normal(size=(1, frames, 3, SIDE, SIDE)).astype(np.float32)
    clip = pixels.repeat(2, axis=1) if frames == 1 else pixels
    wanted = tokens_of(state, torch.from_numpy(clip).transpose(1, 2))
    weights = hugging_face_names({f"module.backbone.{name}": value.numpy() for name, value in state.items()})
    shape = Vjepa1Shape.from_config(CONFIG, frames=frames)
    assert {name: value.shape for name, value in weights.items()} == vjepa1.parameter_shapes(shape)
    graph: Any = OpenVinoGraph("full") if runtime == "openvino" else OnnxGraph("full")
    vjepa1.describe(graph, weights, shape, features=True)
    path = tmp_path / graph.save(tmp_path, "graph")[0]
    opened = OpenVinoRuntime(path, 1) if runtime == "openvino" else OnnxRuntime(path, 1)
    found = opened.run({vjepa1.INPUT: pixels.reshape(shape.input_shape)})
    np.testing.assert_allclose(found[vjepa1.FEATURES].reshape(wanted.shape), wanted, atol=1e-4)
    np.testing.assert_allclose(found[vjepa1.OUTPUT], wanted.mean(axis=1), atol=1e-4)


def test_the_installed_transformers_is_asked_for_v_jepa_2_1(monkeypatch: pytest.MonkeyPatch) -> None:
    assert supports_vjepa21() == hasattr(transformers.VJEPA2Config(), "use_modality_embeddings")
    monkeypatch.setattr(transformers.VJEPA2Config, "use_modality_embeddings", False, raising=False)
    assert supports_vjepa21()
