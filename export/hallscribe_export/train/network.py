"""V-JEPA 2's encoder and predictor as PyTorch modules to train, over Hugging Face's parameter names.

The same model as ``transformers.VJEPA2Model``, with two differences in how it is computed: the angles of the rotary
embedding come from a table, and one set of tokens is kept for the whole batch, so that leaving tokens out is a slice of
that table and no work for the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from hallscribe_export.calibration import IMAGENET_MEAN, IMAGENET_STD

_DEVIATION = 0.02
_THETA = 10000.0
# Of all mask tokens the one that the published code predicts with.
_MASK = 1
# How near the attention's products are to the identity at first.
_ALIKE, _KEPT = 0.7, 0.4


@dataclass(frozen=True, slots=True)
class Size:
    """An encoder's and its predictor's size."""

    hidden: int = 256
    layers: int = 6
    heads: int = 4
    predictor_hidden: int = 128
    predictor_layers: int = 4
    predictor_heads: int = 4
    mask_tokens: int = 2
    crop: int = 224
    patch: int = 16
    tubelet: int = 2

    @property
    def grid(self) -> int:
        """Patches along a side."""
        return self.crop // self.patch

    def places(self, *, half: bool = False) -> Tensor:
        """Numbers of the places of a clip of two tubelets; ``half``: of one at half its size.

        Such a one lies over the whole picture as well: its patches are twice as far apart.
        """
        whole = 2 * self.grid**2
        return torch.arange(whole, whole + whole // 4) if half else torch.arange(whole)

    def config(self) -> dict[str, object]:
        """The ``config.json`` that ``transformers.VJEPA2Config`` reads."""
        return {
            "architectures": ["VJEPA2Model"],
            "model_type": "vjepa2",
            "hidden_size": self.hidden,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "mlp_ratio": 4.0,
            "crop_size": self.crop,
            "patch_size": self.patch,
            "tubelet_size": self.tubelet,
            "frames_per_clip": 2 * self.tubelet,
            "in_chans": 3,
            "hidden_act": "gelu",
            "qkv_bias": True,
            "layer_norm_eps": 1e-6,
            "initializer_range": _DEVIATION,
            "pred_hidden_size": self.predictor_hidden,
            "pred_num_hidden_layers": self.predictor_layers,
            "pred_num_attention_heads": self.predictor_heads,
            "pred_num_mask_tokens": self.mask_tokens,
            "pred_mlp_ratio": 4.0,
            "dtype": "float16",
        }


class Places(nn.Module):
    """Cosines and sines of the rotary embedding for every place that ``Size.places`` numbers."""

    def __init__(self, head: int, grid: int) -> None:
        super().__init__()
        width = 2 * ((head // 3) // 2)
        frequency = _THETA ** -(np.arange(width // 2) / (width / 2.0))
        whole = np.indices((2, grid, grid)).reshape(3, -1).astype(np.float64)
        half = np.indices((2, grid // 2, grid // 2)).reshape(3, -1).astype(np.float64)
        half[1:] = 2 * half[1:] + 0.5
        places = np.concatenate([whole, half], axis=1)
        angles = np.zeros((places.shape[1], head))
        for axis, place in enumerate(places):
            angles[:, axis * width : (axis + 1) * width] = np.tile(place[:, None] * frequency, 2)
        self.register_buffer("cosine", torch.from_numpy(np.cos(angles)).float(), persistent=False)
        self.register_buffer("sine", torch.from_numpy(np.sin(angles)).float(), persistent=False)

    def of(self, places: Tensor, kind: torch.dtype) -> tuple[Tensor, Tensor]:
        """Both for the places (N,), each (N, head)."""
        return self.cosine[places].to(kind), self.sine[places].to(kind)


def _turned(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    across = torch.stack((-x[..., 1::2], x[..., 0::2]), dim=-1).flatten(-2)
    return torch.addcmul(x * cosine, across, sine)


def _attended(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    if query.device.type != "cpu" or not torch.is_grad_enabled():
        return functional.scaled_dot_product_attention(query, key, value)
    # The fused form's backward pass takes two to six times as long on a CPU, and these matrices are small.
    near = query * query.shape[-1] ** -0.5 @ key.transpose(-1, -2)
    return near.softmax(-1).to(value.dtype) @ value


class _Attention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.width, self.heads = width, heads
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
        parts = (layer(x).unflatten(-1, (self.heads, -1)).transpose(1, 2) for layer in (self.query, self.key))
        query, key = (_turned(part, *turn) for part in parts)
        value = self.value(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        seen = _attended(query, key, value)
        return self.proj(seen.transpose(1, 2).flatten(2))

    def begin(self) -> None:
        """Weights as those of trained transformers are: a token looks at those like it, and less of it is kept.

        The product of query and key of each head is near a share of the identity, that of value and output near its
        negative (Trockman and Kolter 2023, arXiv 2305.09828).
        """
        width, head = self.width, self.width // self.heads
        for rows in torch.arange(width).split(head):
            left, right = _factors(_ALIKE, width, head)
            self.query.weight.data[rows], self.key.weight.data[rows] = left.T, right
        left, right = _factors(-_KEPT, width, width)
        self.value.weight.data, self.proj.weight.data = right, left


def _factors(share: float, width: int, rank: int) -> tuple[Tensor, Tensor]:
    """The best (width, rank) and (rank, width) whose product is ``share`` of the identity and as much noise."""
    noise = torch.randn(width, width) * width**-0.5
    left, values, right = torch.linalg.svd(share * torch.eye(width) + abs(share) * noise)
    root = values[:rank] ** 0.5
    return left[:, :rank] * root, right[:rank] * root[:, None]


class _Inner(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(functional.gelu(self.fc1(x)))


class _Layer(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width, 1e-6), nn.LayerNorm(width, 1e-6)
        self.attention, self.mlp = _Attention(width, heads), _Inner(width)

    def forward(self, x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
        x = x + self.attention(self.norm1(x), turn)
        return x + self.mlp(self.norm2(x))


class _Patches(nn.Module):
    def __init__(self, size: Size) -> None:
        super().__init__()
        side = (size.tubelet, size.patch, size.patch)
        self.proj = nn.Conv3d(3, size.hidden, side, side)


class _Embeddings(nn.Module):
    def __init__(self, size: Size) -> None:
        super().__init__()
        self.patch_embeddings = _Patches(size)


class Encoder(nn.Module):
    """Pixels to tokens."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.size = size
        self.embeddings = _Embeddings(size)
        self.layer = nn.ModuleList(_Layer(size.hidden, size.heads) for _ in range(size.layers))
        self.layernorm = nn.LayerNorm(size.hidden, 1e-6)
        self.places = Places(size.hidden // size.heads, size.grid)
        mean, deviation = torch.tensor(IMAGENET_MEAN), torch.tensor(IMAGENET_STD)
        per_patch = size.patch**2
        for name, values in (("scale", 1 / (255 * deviation)), ("shift", -mean / deviation)):
            self.register_buffer(name, values.repeat_interleave(per_patch), persistent=False)

    def forward(self, patches: Tensor, places: Tensor) -> Tensor:
        """Tokens (B, N, D) of the patches (B, N, 3 * patch * patch) at the places (N,), numbers in the clip.

        A patch stands still for the time of its tubelet; it is float, normalised, or uint8 as in the picture.
        """
        proj = self.embeddings.patch_embeddings.proj
        still = proj.weight.sum(2).flatten(1)
        x = functional.linear(self._values(patches), still, proj.bias)
        turn = self.places.of(places, x.dtype)
        for layer in self.layer:
            x = layer(x, turn)
        return self.layernorm(x)

    def _values(self, patches: Tensor) -> Tensor:
        if patches.dtype != torch.uint8:
            return patches
        kind = torch.bfloat16 if torch.is_autocast_enabled(patches.device.type) else torch.float32
        return torch.addcmul(self.shift.to(kind), patches.to(kind), self.scale.to(kind))


class _PredictorEmbeddings(nn.Module):
    def __init__(self, size: Size) -> None:
        super().__init__()
        self.predictor_embeddings = nn.Linear(size.hidden, size.predictor_hidden)
        self.mask_tokens = nn.Parameter(torch.zeros(size.mask_tokens, 1, 1, size.predictor_hidden))


class Predictor(nn.Module):
    """Tokens of what is seen to tokens of what is not."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.embeddings = _PredictorEmbeddings(size)
        layers = range(size.predictor_layers)
        self.layer = nn.ModuleList(_Layer(size.predictor_hidden, size.predictor_heads) for _ in layers)
        self.layernorm = nn.LayerNorm(size.predictor_hidden, 1e-6)
        self.proj = nn.Linear(size.predictor_hidden, size.hidden)
        self.places = Places(size.predictor_hidden // size.predictor_heads, size.grid)

    def forward(self, context: Tensor, seen: Tensor, asked: Tensor) -> Tensor:
        """Tokens (B, M, D) for the places ``asked`` (M,) from those (B, N, D) at the places ``seen`` (N,)."""
        x = self.embeddings.predictor_embeddings(context)
        tokens = self.embeddings.mask_tokens
        mask = tokens[_MASK % len(tokens)].to(x.dtype).expand(len(x), len(asked), -1)
        x = torch.cat([x, mask], dim=1)
        turn = self.places.of(torch.cat([seen, asked]), x.dtype)
        for layer in self.layer:
            x = layer(x, turn)
        return self.proj(self.layernorm(x)[:, len(seen) :])


class Network(nn.Module):
    """An encoder with its predictor, as their training begins: under the names that a checkpoint has."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.size = size
        self.encoder, self.predictor = Encoder(size), Predictor(size)
        for part in (self.encoder, self.predictor):
            _begin(part)
        for layer in self.encoder.layer:
            layer.attention.begin()


def _begin(part: nn.Module) -> None:
    """Weights normal with deviation 0.02, cut at two; the last product of each branch of layer n over sqrt(2 n)."""
    for name, parameter in part.named_parameters():
        if name.endswith("bias"):
            nn.init.zeros_(parameter)
        elif "norm" not in name:
            nn.init.trunc_normal_(parameter, std=_DEVIATION, a=-2 * _DEVIATION, b=2 * _DEVIATION)
            if name.endswith(("attention.proj.weight", "mlp.fc2.weight")):
                parameter.data /= (2.0 * (int(name.split(".")[1]) + 1)) ** 0.5
