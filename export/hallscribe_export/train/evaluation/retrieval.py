"""Words find frames: hit@5 on frames of lectures that no training saw, beside simpler ways."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from hallscribe_export.graph.port import Array
from hallscribe_export.heads_file import TrainedHeads
from hallscribe_export.models.heads import TEXT, VISUAL, Head
from hallscribe_export.projection import applied
from hallscribe_export.train.evaluation.metrics import best_ranks, hit_at, hit_by_chance, reciprocal
from hallscribe_export.train.evaluation.rows import Bar, Row

SECTION = "text to frame"
HIT_AT = 5
CHANCE, HISTOGRAM, UNTRAINED = "chance", "colour histogram", "untrained weights"
BAR = Bar(least=0.80, above=(CHANCE, HISTOGRAM, UNTRAINED))


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions, each true of some of the frames: their vectors (Q, 384), and the numbers of those frames."""

    vectors: Array
    right: Sequence[frozenset[int]]


@dataclass(frozen=True, slots=True)
class Way:
    """A way to compare frames with words.

    Attributes:
        vectors: of the frames, (N, D).
        weights: of heads for such vectors, as ``models.heads`` names them.
        heads: what these are, by their names.
    """

    vectors: Array
    weights: dict[str, Array]
    heads: dict[str, Head]

    @classmethod
    def of(cls, vectors: Array, trained: TrainedHeads) -> Way:
        """By heads that were read from a file."""
        return cls(vectors, trained.weights, {name: trained.description.head(name) for name in (VISUAL, TEXT)})

    def scores(self, texts: Array) -> Array:
        """Cosine of each text to each frame in the joint space, (Q, N)."""
        joint = {
            name: applied(self.weights, name, self.heads[name], each)
            for name, each in ((VISUAL, self.vectors), (TEXT, texts))
        }
        return np.asarray(joint[TEXT] @ joint[VISUAL].T, np.float32)


def rows(asked: Asked, model: Way, others: dict[str, Callable[[], Way]]) -> list[Row]:
    """hit@5 with its bar, then hit@1 and the mean reciprocal rank.

    Args:
        others: baselines by name; each is made when its turn comes.
    """
    total, counts = len(model.vectors), [len(each) for each in asked.right]
    ranks = {"": best_ranks(model.scores(asked.vectors), asked.right)}
    for name, make in others.items():
        ranks[name] = best_ranks(make().scores(asked.vectors), asked.right)
    what = f"of {len(counts)} queries on {total} frames, each true of {min(counts)} to {max(counts)}"
    found = []
    for name, bar, k in ((f"hit@{HIT_AT}", BAR, HIT_AT), ("hit@1", None, 1)):
        values = {each: hit_at(mine, k) for each, mine in ranks.items()}
        measured = values.pop("")
        chance = hit_by_chance(total, counts, k)
        found.append(Row(SECTION, f"{name} {what}", measured, bar, {CHANCE: chance, **values}))
    values = {each: reciprocal(mine) for each, mine in ranks.items()}
    return [*found, Row(SECTION, "mean reciprocal rank", values.pop(""), None, values)]
