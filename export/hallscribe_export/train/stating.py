"""What stands between a picture and a text: the facts that the one shows and the other states.

Heads that are taught by pairs alone learn a fact from the few pictures whose text happens to name it. Where pairs say
all their facts, each fact is learnt from every picture that has it and from every text that states it, and how likely
a picture shows all that a text states is then what heads are taught to rank by, as one network teaches another (Hinton
et al. 2015, arXiv 1503.02531). Nothing of it is in the heads' file.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from hallscribe_export.train.normaliser import Normaliser
from hallscribe_export.train.objective import RARE, fact_loss
from hallscribe_export.train.pairs import PairVectors, Rows, of_bits

# A fact that fewer pictures have is not learnt by itself.
_FEWEST = 8
# Width of the layer that a text's vector goes through; a picture's tells its facts without one.
_HIDDEN = 512


class Stating(nn.Module):
    """Which facts pictures show and texts state, by vectors of both.

    Args:
        visual, texts: all vectors of pictures (N, D) and texts (M, E) that there are to learn from.
        facts: how many facts there are.
    """

    def __init__(self, visual: Tensor, texts: Tensor, facts: int) -> None:
        super().__init__()
        self.shown, self.stated = _Tower(visual, None, facts), _Tower(texts, _HIDDEN, facts)

    def loss(
        self, pictures: tuple[Tensor, Tensor], texts: tuple[Tensor, Tensor], true: tuple[Tensor, Tensor]
    ) -> Tensor:
        """How wrongly facts are told.

        Args:
            pictures, texts: vectors (N, D) and (N, E), each with noise of its shape.
            true: bool (N, facts) of pictures and of texts.
        """
        shows, states = true
        return fact_loss(self.shown(*pictures), shows) + fact_loss(self.stated(*texts), states)

    def likely(self, visual: Tensor, texts: Tensor) -> Tensor:
        """Of each text how likely each picture shows all that it states, as logarithms (texts, pictures)."""
        with torch.no_grad():
            return self.stated(texts).sigmoid() @ functional.logsigmoid(self.shown(visual)).T


class _Tower(nn.Module):
    """Vectors (N, D) to logits (N, facts)."""

    def __init__(self, like: Tensor, hidden: int | None, facts: int) -> None:
        super().__init__()
        width = like.shape[1]
        self.norm = Normaliser(width)
        self.norm.fit(like)
        self.norm.requires_grad_(False)
        self.hidden = None if hidden is None else nn.Linear(width, hidden)
        self.facts = nn.Linear(width if hidden is None else hidden, facts)
        nn.init.zeros_(self.facts.weight)
        nn.init.constant_(self.facts.bias, RARE)

    def forward(self, x: Tensor, noise: Tensor | None = None) -> Tensor:
        x = self.norm.noised(x, noise)
        return self.facts(x if self.hidden is None else functional.gelu(self.hidden(x)))


def ranking_loss(near: Tensor, likely: Tensor) -> Tensor:
    """How far the order of pictures for each text is from that by likelihood: Kullback-Leibler divergence.

    Args:
        near: scaled cosines (pictures, texts).
        likely: as ``Stating.likely`` gives it, (texts, pictures).
    """
    mine, wanted = (functional.log_softmax(each, 1) for each in (near.T, likely))
    return functional.kl_div(mine, wanted, log_target=True, reduction="batchmean")


def learnable(pairs: PairVectors) -> Rows:
    """Numbers of the facts that enough pictures have; none where no text says what it states."""
    if not pairs.stated.any():
        return np.empty(0, np.int64)
    return np.flatnonzero(of_bits(pairs.facts).sum(0) >= _FEWEST)
