"""Pictures as the networks take them."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional


def channels_first(pictures: NDArray[np.uint8]) -> Tensor:
    """uint8 (B, 3, S, S) of (B, S, S, 3)."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2)


def halved(pictures: Tensor) -> Tensor:
    """Half as wide and as high, each pixel the mean of four: uint8 (B, 3, S / 2, S / 2)."""
    return functional.avg_pool2d(pictures.float(), 2).round().to(torch.uint8)


def patches(pictures: Tensor, side: int) -> Tensor:
    """Pictures (B, 3, S, S) to patches (B, N, 3 * side * side), in the order of a convolution's weight."""
    cut = pictures.unflatten(-1, (-1, side)).unflatten(-3, (-1, side))
    return cut.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2)
