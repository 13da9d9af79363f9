"""Simpler ways from frames to words: heads trained as the model's were, on vectors that no training made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallscribe_export.graph.port import Array
from hallscribe_export.models.heads import TEXT, VISUAL, Head
from hallscribe_export.progress import Progress
from hallscribe_export.train.evaluation.material import lectures, seen
from hallscribe_export.train.evaluation.retrieval import Way
from hallscribe_export.train.pairs import PairVectors, as_bits
from hallscribe_export.train.projection import HeadsCourse, train_heads
from hallscribe_export.train.sample import Sample
from hallscribe_export.train.shards import samples

# Of a lecture's frames every so many-th: those between hardly differ.
_EVERY = 2
# This share of the lectures tells when the heads are best.
_HELD_OUT = 0.15
COURSE = HeadsCourse(steps=800, batch=256, hidden=512)


@dataclass(frozen=True, slots=True)
class Lesson:
    """Frames to learn from, with what is said of them.

    Attributes:
        pictures: uint8 (N, S, S, 3).
        told: of each frame what its shard says, its sentences among it.
    """

    pictures: NDArray[np.uint8]
    told: tuple[Sample, ...]


def lesson(count: int, side: int, progress: Progress) -> Lesson:
    """Frames of the first ``count`` lectures of the training split, as their shards hold them."""
    pictures: list[NDArray[np.uint8]] = []
    told: list[Sample] = []
    for number, each in enumerate(islice(lectures("train", 0), count)):
        for sample in islice(samples(each), 0, None, _EVERY):
            pictures.append(seen(sample.picture, side))
            told.append(Sample(sample.stem, pictures[-1], sample.told))
        progress.advance(number + 1, count)
    return Lesson(np.stack(pictures), tuple(told))


def pair_vectors(told: Sequence[Sample], visual: Array, encode: Callable[[list[str]], Array]) -> PairVectors:
    """The frames' vectors (N, D) with their sentences'; ``encode`` takes texts to vectors (M, 384)."""
    said = [(row, text["text"], frozenset(text["facts"])) for row, each in enumerate(told) for text in _texts(each)]
    texts = sorted({(text, stated) for _, text, stated in said}, key=lambda each: (each[0], sorted(each[1])))
    number = {each: place for place, each in enumerate(texts)}
    facts = [frozenset(each.told["facts"]) for each in told]
    known = sorted(frozenset().union(*facts, *(stated for _, stated in texts)))
    names = [str(each.told["lecture"]) for each in told]
    looks = np.array([[str(each.told[key]) for key in ("lecture", "page", "step")] for each in told])
    return PairVectors(
        np.ascontiguousarray(visual, np.float32),
        encode([text for text, _ in texts]),
        np.array([(row, number[text, stated]) for row, text, stated in said], np.int64),
        np.unique(names, return_inverse=True)[1].astype(np.int64),
        np.unique(looks, axis=0, return_inverse=True)[1].ravel().astype(np.int64),
        as_bits(facts, known),
        as_bits([stated for _, stated in texts], known),
    )


def _texts(sample: Sample) -> list[dict[str, Any]]:
    return list(sample.told["sentences"])


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
