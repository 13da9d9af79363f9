"""Whether words find pictures: measured on pairs that were held out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hallscribe_export.train.pairs import PairVectors, Rows
from hallscribed.domain.embedding import Matrix

# So many pictures are searched. Of their texts those ask that are true of at most this share, and at least the rarer
# half of them: what is true of much finds nothing in particular.
_POOL, _RARE = 600, 0.01
_SEED = 20


@dataclass(frozen=True, slots=True)
class Pool:
    """Pictures, a text of each, and what is true.

    Attributes:
        pictures: rows of pictures, (N,).
        texts: rows of texts, (Q,).
        true: bool (N, Q).
    """

    pictures: Rows
    texts: Rows
    true: NDArray[np.bool_]


def pool_of(held_out: PairVectors) -> Pool:
    """The same at every call.

    Raises:
        ValueError: fewer than two pictures with texts were held out, or they all show the same.
    """
    pairs = held_out.batch(np.random.default_rng(_SEED), _POOL, 0.5)
    pictures = held_out.pairs[pairs, 0]
    true = held_out.true(pictures, pairs)
    if len(pairs) < 2 or true.all():
        raise ValueError("what is held out does not differ: give more lectures, with more pages and captions")
    share = true.mean(axis=0)
    asked = (share <= max(_RARE, float(np.median(share)))) & (share < 1)
    return Pool(pictures, held_out.pairs[pairs[asked], 1], true[:, asked])


def ranked(cosines: Matrix, true: NDArray[np.bool_]) -> dict[str, float]:
    """How near the top the first right picture is, over all texts.

    Args:
        cosines, true: (N, Q), of pictures and texts.

    Returns:
        mrr (mean of 1 / rank), hit@1 and hit@5. Among equal cosines the right one counts as last.
    """
    best = np.where(true, cosines, -np.inf).max(axis=0)
    rank = 1 + ((cosines >= best) & ~true).sum(axis=0)
    return {
        "mrr": float((1 / rank).mean()),
        "hit@1": float((rank <= 1).mean()),
        "hit@5": float((rank <= 5).mean()),
    }


def chance(true: NDArray[np.bool_], first: int = 5) -> float:
    """How often a right picture is among the ``first`` when their order is drawn by lot; ``true`` is (N, Q)."""
    count, right = len(true), true.sum(axis=0)
    missed = np.ones(true.shape[1])
    for place in range(min(first, count)):
        missed *= np.maximum(count - right - place, 0) / (count - place)
    return float(1 - missed.mean())


def match_cosine(cosines: Matrix, true: NDArray[np.bool_]) -> tuple[float, float]:
    """The cosine from which on saying "these belong together" has the best F1, and that F1.

    Every text counts alike, whether it is true of one picture or of many.

    Args:
        cosines, true: (N, Q), of pictures and texts; each text is true of some picture.
    """
    weight = np.broadcast_to(1 / true.sum(axis=0), true.shape).ravel()
    values, right = cosines.astype(np.float64).ravel(), true.ravel()
    order = np.argsort(-values, kind="stable")
    values, right, weight = values[order], right[order], weight[order]
    found, said = np.cumsum(weight * right), np.cumsum(weight)
    f1 = 2 * found / (said + found[-1])
    # Equal cosines are on one side together.
    ends = np.append(values[1:] < values[:-1], True)
    best = int(np.argmax(np.where(ends, f1, -1)))
    below = values[best + 1] if best + 1 < len(values) else values[best]
    return float(np.clip((values[best] + below) / 2, -1, 1)), float(f1[best])
