"""Simpler ways from frames to words: heads trained as the model's were, on vectors that no training made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from hallscribe_export.graph.port import Array
from hallscribe_export.models.heads import TEXT, VISUAL, Head
from hallscribe_export.progress import Progress
from hallscribe_export.train.embedded import Embedded, described, named, together
from hallscribe_export.train.evaluation.material import lectures, seen
from hallscribe_export.train.evaluation.retrieval import Way
from hallscribe_export.train.material import as_shown
from hallscribe_export.train.pairs import PairVectors
from hallscribe_export.train.projection import HeadsCourse, train_heads
from hallscribe_export.train.shards import samples
from hallscribe_export.train.shown import Shown

# Of a lecture's frames every so many-th: those between hardly differ.
_EVERY = 2
# This share of the lectures tells when the heads are best.
_HELD_OUT = 0.15
COURSE = HeadsCourse(steps=800, batch=256, hidden=512)


@dataclass(frozen=True, slots=True)
class Lesson:
    """Frames to learn from, uint8 (N, S, S, 3), and of each what its shard says."""

    pictures: NDArray[np.uint8]
    shown: tuple[Shown, ...]


def lesson(count: int, side: int, progress: Progress) -> Lesson:
    """Frames of the first ``count`` lectures of the training split, as their shards hold them."""
    shown: list[Shown] = []
    for number, each in enumerate(islice(lectures("train", 0), count)):
        for sample in islice(samples(each), 0, None, _EVERY):
            shown.append(replace(as_shown(sample), picture=seen(sample.picture, side)))
        progress.advance(number + 1, count)
    return Lesson(np.stack([each.picture for each in shown]), tuple(shown))


def pair_vectors(shown: Sequence[Shown], visual: Array, encode: Callable[[list[str]], Array]) -> PairVectors:
    """The frames' vectors (N, D) with their sentences'; ``encode`` takes texts to vectors (M, 384)."""
    told = [described(each) for each in shown]
    names = named(told)
    return together([Embedded(np.ascontiguousarray(visual, np.float32), told, encode(names), names)]).pairs


def learnt_way(pairs: PairVectors, shown: Array, course: HeadsCourse, progress: Progress) -> Way:
    """Heads trained on the pairs, for the vectors (N, D) of the frames that are searched.

    ValueError when there are too few lectures.
    """
    last = pairs.lecture >= (1 - _HELD_OUT) * (pairs.lecture.max() + 1)
    weights = train_heads(pairs.of(~last), pairs.of(last), course, progress=progress).weights
    widths = {VISUAL: pairs.visual.shape[1], TEXT: pairs.texts.shape[1]}
    heads = {
        name: Head(space="baseline", dimensions=width, layer_norm=True, hidden=course.hidden)
        for name, width in widths.items()
    }
    return Way(shown, weights, heads)
