"""What an encoder is trained for: V-JEPA 2's prediction; then captions, facts, and one page against another."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from hallscribe_export.train.network import Size

JOINT = 768
_FIRST_TEMPERATURE = 0.07
_LEAST_TEMPERATURE = 0.01
# The logit of a fact that is true of one picture in a hundred, as most are.
RARE = -4.6
# The logit of what is left out of a sum; minus infinity would make a gradient of no number where all is left out.
_NEVER = -1e4


@dataclass(frozen=True, slots=True)
class Mask:
    """Places of a clip of two tubelets: those that are seen, and those that are asked for."""

    seen: Tensor
    asked: Tensor


def block_mask(rng: np.random.Generator, places: Tensor, *, blocks: int = 8, share: float = 0.15) -> Mask:
    """V-JEPA's multi-block mask: rectangles over the whole time of a clip are asked for, all else is seen.

    ``blocks`` rectangles of ``share`` of the picture each, of aspect ratios between 0.75 and 1.5, may overlap (Bardes
    et al. 2024, arXiv 2404.08471, short-range masks). The same for a whole batch. What is seen of a frame is whole
    rows' worth of tokens, one at least: each further size of a product costs the CPU's library memory that it keeps.

    Args:
        places: numbers of the places of a clip of two tubelets, as ``Size.places`` gives them.
    """
    grid = math.isqrt(len(places) // 2)
    hidden = np.zeros((grid, grid), bool)
    for _ in range(blocks):
        aspect = rng.uniform(0.75, 1.5)
        height = int(np.clip(round(grid * (share * aspect) ** 0.5), 1, grid))
        width = int(np.clip(round(grid * (share / aspect) ** 0.5), 1, grid))
        top, left = rng.integers(grid - height + 1), rng.integers(grid - width + 1)
        hidden[top : top + height, left : left + width] = True
    shown = np.flatnonzero(~hidden)
    order = np.concatenate([rng.permutation(shown), rng.permutation(np.flatnonzero(hidden))])
    hidden.ravel()[:] = True
    hidden.ravel()[order[: max(grid, len(shown) // grid * grid)]] = False
    both = torch.from_numpy(np.tile(hidden.ravel(), 2))
    return Mask(places[~both], places[both])


def next_mask(places: Tensor) -> Mask:
    """The first tubelet is seen, the second is asked for."""
    return Mask(*places.chunk(2))


def prediction_loss(predicted: Tensor, target: Tensor) -> Tensor:
    """Mean absolute difference to the target's tokens, which are normalised over their width, as V-JEPA 2 does."""
    wanted = functional.layer_norm(target.float(), target.shape[-1:])
    return functional.l1_loss(predicted.float(), wanted)


class Joining(nn.Module):
    """Two heads to the joint space and the temperatures, which are learnt as well."""

    def __init__(self, size: Size, text: int, hidden: int) -> None:
        super().__init__()
        self.visual = _head(size.hidden, hidden)
        self.text = _head(text, hidden)
        self.scales = nn.Parameter(torch.full((2,), float(np.log(1 / _FIRST_TEMPERATURE))))

    def scale(self, number: int) -> Tensor:
        """One over the temperature: 0 of captions, 1 of pages."""
        return self.scales[number].exp().clamp(max=1 / _LEAST_TEMPERATURE)


class Imitating(nn.Module):
    """What the teacher makes of each square of a picture, by the encoder's tokens there."""

    def __init__(self, size: Size, dimensions: int) -> None:
        super().__init__()
        self.features = nn.Linear(size.hidden, dimensions)

    def forward(self, tokens: Tensor, squares: int) -> Tensor:
        """Features (B, squares, dimensions) of tokens (B, N, D): in the mean of the tokens that lie in a square."""
        side, grid = math.isqrt(squares), math.isqrt(tokens.shape[1])
        if grid != side:
            plane = tokens.transpose(1, 2).unflatten(2, (grid, grid))
            tokens = functional.avg_pool2d(plane, grid // side).flatten(2).transpose(1, 2)
        return self.features(tokens)


class Telling(nn.Module):
    """Which facts are true of a picture, by its pooled vector."""

    def __init__(self, size: Size, facts: int) -> None:
        super().__init__()
        self.norm, self.facts = nn.LayerNorm(size.hidden), nn.Linear(size.hidden, facts)
        nn.init.zeros_(self.facts.weight)
        nn.init.constant_(self.facts.bias, RARE)

    def forward(self, pooled: Tensor) -> Tensor:
        """Logits (N, facts)."""
        return self.facts(self.norm(pooled))


def fact_loss(logits: Tensor, true: Tensor) -> Tensor:
    """Binary cross entropy of every fact, in sum over the facts that are true: (N, facts) both."""
    wrong = functional.binary_cross_entropy_with_logits(logits, true.float(), reduction="sum")
    return wrong / true.sum().clamp(min=1)


def _head(width: int, hidden: int) -> nn.Module:
    return nn.Sequential(nn.LayerNorm(width), nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, JOINT))


def caption_loss(joining: Joining, pooled: Tensor, texts: Tensor, own: Tensor, fits: Tensor) -> Tensor:
    """InfoNCE (van den Oord et al. 2018, arXiv 1807.03748), both ways.

    Args:
        pooled: of pictures, (N, D).
        texts: (M, 384).
        own: (M,), the picture that a text was written for.
        fits: bool (N, M), whether a text is true of a picture; other pictures that it is true of are no negatives.
    """
    visual = functional.normalize(joining.visual(pooled).float(), dim=-1)
    said = functional.normalize(joining.text(texts).float(), dim=-1)
    near = visual @ said.T * joining.scale(0)
    columns = torch.arange(len(own), device=own.device)
    mine = torch.zeros_like(fits)
    mine[own, columns] = True
    allowed = near.masked_fill(fits & ~mine, _NEVER)
    to_pictures = functional.cross_entropy(allowed.T, own)
    # From a picture each of its texts is right: one at a time, the others left out.
    whole = torch.logsumexp(near.masked_fill(fits | mine, _NEVER), dim=1)[own]
    right = near[own, columns]
    to_texts = (torch.logaddexp(whole, right) - right).mean()
    return (to_pictures + to_texts) / 2


def page_loss(scale: Tensor, pooled: Tensor, page: Tensor, step: Tensor) -> Tensor:
    """Supervised contrastive loss (Khosla et al. 2020, arXiv 2004.11362): looks at one page are alike, others are not.

    Args:
        pooled: (N, D).
        page, step: (N,); other steps of one page are neither alike nor unlike.
    """
    vectors = functional.normalize(pooled.float(), dim=-1)
    near = vectors @ vectors.T * scale
    same_page = page[:, None] == page[None]
    itself = torch.eye(len(page), dtype=torch.bool, device=page.device)
    alike = same_page & (step[:, None] == step[None]) & ~itself
    near = near.masked_fill(itself | (same_page & ~alike), _NEVER)
    chance = near - torch.logsumexp(near, dim=1, keepdim=True)
    count = alike.sum(1)
    of_each = -chance.masked_fill(~alike, 0.0).sum(1) / count.clamp(min=1)
    return of_each[count > 0].mean()


def fitting(facts: list[frozenset[str]], stated: list[frozenset[str]]) -> NDArray[np.bool_]:
    """Whether each text, by what it states, is true of each picture, (pictures, texts)."""
    return np.array([[each <= known for each in stated] for known in facts], bool)
