"""Figures of merit, as functions of numbers alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import comb

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.floating]


def best_ranks(scores: Values, right: Sequence[Collection[int]]) -> NDArray[np.int64]:
    """The rank, from 1, of the best right answer to each question, int64 (Q,).

    Wrong answers with the same score come before it, so that a method that tells nothing apart gains nothing by it.

    Args:
        scores: (Q, N), of each answer to each question; higher is better.
        right: of each question the numbers of its right answers, at least one.

    Raises:
        ValueError: a question has no right answer, or there are not as many questions as rows.
    """
    ranks = []
    for row, mine in zip(scores, right, strict=True):
        if not mine:
            raise ValueError("a question without a right answer cannot be scored")
        is_right = np.zeros(len(row), bool)
        is_right[list(mine)] = True
        ranks.append(1 + int((row[~is_right] >= row[is_right].max()).sum()))
    return np.array(ranks, np.int64)


def hit_at(ranks: NDArray[np.int64], k: int) -> float:
    """Share of questions with a right answer among the first ``k``, 0..1."""
    return float((ranks <= k).mean())


def reciprocal(ranks: NDArray[np.int64]) -> float:
    """Mean reciprocal rank, 0..1."""
    return float((1.0 / ranks).mean())


def hit_by_chance(total: int, right: Sequence[int], k: int) -> float:
    """The hit@k that a random order has on average, with ``right`` right answers to each question out of ``total``.

    One minus the chance that all of the first ``k`` are wrong (hypergeometric).
    """
    return float(np.mean([1 - comb(total - mine, k) / comb(total, k) for mine in right]))


def auc(higher: Values, lower: Values) -> float:
    """How often one of ``higher`` is above one of ``lower``, ties counted half: the area under the ROC curve, 0..1.

    By ranks (Mann and Whitney, 1947). ValueError when either is empty or holds values that are no numbers.
    """
    values = np.concatenate([higher, lower]).astype(np.float64)
    if not len(higher) or not len(lower) or not np.isfinite(values).all():
        raise ValueError(f"no area under a curve of {len(higher)} and {len(lower)} values: both sides need finite ones")
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    above = rank[: len(higher)].sum() - len(higher) * (len(higher) + 1) / 2
    return float(above / (len(higher) * len(lower)))


def cosines(first: Values, second: Values) -> NDArray[np.float64]:
    """Of each row of ``first`` and its counterpart in ``second``, (N,)."""
    a, b = first.astype(np.float64), second.astype(np.float64)
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.asarray((a * b).sum(1) / np.maximum(lengths, 1e-30), np.float64)


def normed(tokens: Values) -> NDArray[np.float64]:
    """Each token (..., D) less its mean, over its deviation: as a predictor's targets are in its training."""
    values = tokens.astype(np.float64)
    values = values - values.mean(-1, keepdims=True)
    return np.asarray(values / np.sqrt((values**2).mean(-1, keepdims=True) + 1e-5), np.float64)
