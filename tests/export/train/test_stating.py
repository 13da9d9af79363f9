from __future__ import annotations

import numpy as np
import pytest
import torch

from hallscribe_export.train.pairs import PairVectors, as_bits
from hallscribe_export.train.stating import Stating, learnable, ranking_loss

KNOWN = [f"fact={number}" for number in range(70)]


def pairs(*, stated: bool) -> PairVectors:
    """Forty pictures: the first fact is true of all, the 65th of eight, the last of seven."""
    shown = {KNOWN[0]: 40, KNOWN[65]: 8, KNOWN[69]: 7}
    bits = as_bits([frozenset(fact for fact, count in shown.items() if row < count) for row in range(40)], KNOWN)
    rows, rng = np.arange(40), np.random.default_rng(1)
    vectors = rng.normal(size=(40, 6)).astype(np.float32)
    return PairVectors(vectors, vectors, np.stack([rows, rows], 1), rows, rows, bits, bits * np.uint64(stated))


def test_what_too_few_pictures_have_is_not_learnt_and_nothing_where_texts_state_nothing() -> None:
    assert learnable(pairs(stated=True)).tolist() == [0, 65]
    assert learnable(pairs(stated=False)).tolist() == []


def test_pictures_that_show_all_that_a_text_states_become_the_likely_ones() -> None:
    rng = torch.Generator().manual_seed(1)
    shows = torch.rand(300, 5, generator=rng) < 0.4
    visual = shows.float() @ torch.randn(5, 12, generator=rng) + 30
    states = torch.eye(5, dtype=torch.bool)[torch.arange(300) % 5]
    texts = states.float() @ torch.randn(5, 8, generator=rng)
    torch.manual_seed(2)
    stating = Stating(visual, texts, 5)
    optimiser = torch.optim.Adam(stating.parameters(), 0.01)
    quiet = torch.zeros_like(visual), torch.zeros_like(texts)
    for _ in range(300):
        optimiser.zero_grad()
        stating.loss((visual, quiet[0]), (texts, quiet[1]), (shows, states)).backward()
        optimiser.step()
    likely = stating.likely(visual, texts[:5])
    for fact in range(5):
        assert likely[fact, shows[:, fact]].min() > likely[fact, ~shows[:, fact]].max()


def test_an_order_that_is_as_it_should_be_costs_nothing_and_another_what_it_diverges() -> None:
    likely = torch.tensor([[0.0, -1.0, -2.0]])
    assert float(ranking_loss(likely.T + 7, likely)) == pytest.approx(0, abs=1e-6)
    wanted = np.exp([0.0, -1.0, -2.0])
    wanted /= wanted.sum()
    assert float(ranking_loss(torch.zeros(3, 1), likely)) == pytest.approx(float((wanted * np.log(wanted * 3)).sum()))
