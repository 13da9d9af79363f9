"""Muon takes the steps that PyTorch's own takes in bfloat16."""

from __future__ import annotations

import pytest
import torch

from hallscribe_export.train.muon import Muon, orthogonal


def matrix(rows: int, columns: int) -> torch.Tensor:
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(rows))


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("shape", [(16, 64), (64, 16)])
def test_singular_values_come_near_one(shape: tuple[int, int], kind: torch.dtype) -> None:
    found = torch.linalg.svdvals(orthogonal(matrix(*shape).to(kind)).float())
    assert 0.5 < found.min() <= found.max() < 1.3


def test_nothing_comes_of_nothing() -> None:
    assert not orthogonal(torch.zeros(3, 4)).any()


def moved(kind: str) -> torch.Tensor:
    weight = torch.nn.Parameter(matrix(16, 64))
    optimiser: torch.optim.Optimizer = Muon([weight], 0.02, 0.1, narrow=kind == "narrow")
    if kind == "pytorch":
        optimiser = torch.optim.Muon([weight], 0.02, weight_decay=0.1, adjust_lr_fn="match_rms_adamw")
    for step in range(5):
        optimiser.zero_grad()
        (weight * matrix(16, 64).roll(step, 1)).sum().backward()
        optimiser.step()
    return weight.detach()


@pytest.mark.parametrize("kind", ["wide", "narrow"])
def test_steps_are_those_of_pytorch(kind: str) -> None:
    begun, ours, theirs = matrix(16, 64), moved(kind), moved("pytorch")
    assert (ours - theirs).norm() < 0.03 * (theirs - begun).norm()


def test_only_matrices_are_moved() -> None:
    with pytest.raises(ValueError, match="matrices only"):
        Muon([torch.nn.Parameter(torch.zeros(3))], 0.1, 0.0)


def test_what_has_no_gradient_stays() -> None:
    weight = torch.nn.Parameter(matrix(3, 4))
    Muon([weight], 0.1, 0.1).step()
    assert torch.equal(weight.detach(), matrix(3, 4))
