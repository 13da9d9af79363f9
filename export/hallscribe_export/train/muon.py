"""The optimiser Muon, calculated in bfloat16 only where the device has instructions for it."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor
from torch.nn import Parameter

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
_ROUNDS = 5
_MOMENTUM = 0.95
_LEAST = 1e-7
# So large is a usual step of AdamW, root mean square, at the same learning rate (Liu et al. 2025, arXiv 2502.16982).
_USUAL = 0.2


class Muon(torch.optim.Optimizer):
    """Muon (Jordan et al. 2024) with Nesterov's momentum, for matrices.

    PyTorch's own calculates in bfloat16 on every device, which on a CPU without such instructions takes ten times as
    long as all the rest of a step; with them float32 takes a quarter of a step's time.

    Args:
        matrices: parameters of two axes; ValueError for others.
        rate: a step is as large as one of AdamW at this rate.
        decay: decoupled weight decay.
        narrow: calculate in bfloat16.
    """

    def __init__(self, matrices: Iterable[Parameter], rate: float, decay: float, *, narrow: bool = False) -> None:
        super().__init__(matrices, {"lr": rate, "weight_decay": decay})
        self._kind = torch.bfloat16 if narrow else torch.float32
        for each in (each for group in self.param_groups for each in group["params"]):
            if each.ndim != 2:
                raise ValueError(f"Muon moves matrices only, not a parameter of shape {tuple(each.shape)}")

    def step(self, closure: None = None) -> None:
        """Move every matrix that has a gradient."""
        with torch.no_grad():
            for group in self.param_groups:
                for each in (each for each in group["params"] if each.grad is not None):
                    self._move(each, group["lr"], group["weight_decay"])

    def _move(self, matrix: Parameter, rate: float, decay: float) -> None:
        state = self.state[matrix]
        if not state:
            state["momentum"] = torch.zeros_like(matrix)
        momentum = state["momentum"].lerp_(matrix.grad, 1 - _MOMENTUM)
        ahead = matrix.grad.lerp(momentum, _MOMENTUM)
        matrix.mul_(1 - rate * decay)
        matrix.add_(orthogonal(ahead.to(self._kind)), alpha=-rate * _USUAL * max(matrix.shape) ** 0.5)


def orthogonal(matrix: Tensor) -> Tensor:
    """Nearly U V^T of the matrix U S V^T: five rounds of a quintic take singular values, but for tiny ones, near 1."""
    first, second, third = _COEFFICIENTS
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    x = wide / wide.norm().clamp(min=_LEAST)
    for _ in range(_ROUNDS):
        square = x @ x.T
        x = torch.addmm(x, torch.addmm(square, square, square, beta=second, alpha=third), x, beta=first)
    return x if wide is matrix else x.T
