"""How vectors of one encoder, which are much alike, are made fit to learn from."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

# Of a column that hardly varies, the deviation is taken as this share of the usual one.
_LEAST_DEVIATION = 0.05


class Normaliser(nn.LayerNorm):
    """Normalise over the width, then each column; noise can be added to what comes of it."""

    def fit(self, x: Tensor) -> None:
        """Begin with columns of mean 0 and deviation 1 for vectors like ``x`` (N, D)."""
        with torch.no_grad():
            x = functional.layer_norm(x, x.shape[1:], eps=self.eps)
            deviation = x.std(0)
            deviation = deviation.clamp(min=max(float(deviation.median()) * _LEAST_DEVIATION, 1e-6))
            self.weight.copy_(1 / deviation)
            self.bias.copy_(-x.mean(0) / deviation)

    def noised(self, x: Tensor, noise: Tensor | None) -> Tensor:
        """Normalised, and ``noise`` (N, D) added in deviations of the columns."""
        x = self(x)
        return x if noise is None else torch.addcmul(x, noise, x.std(0, keepdim=True))
