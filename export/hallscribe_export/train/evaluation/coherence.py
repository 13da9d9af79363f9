"""Whether what the predictor did not foresee is a change.

A frame's tokens are given to the predictor as what was seen, and it gives those of the frame that follows, one second
later. Its error is the mean, over the tokens and their width, of the absolute difference to the tokens that the encoder
then gives, each token normalised over its width: as in V-JEPA 2's own loss. Some pictures it gives less well than
others, whatever follows; so an error is judged by how far it is above what it would be had nothing changed. On lectures
of the split "validation" that told changes better than the error by itself, and than the one over the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from hallscribe_export.graph.port import Array
from hallscribe_export.progress import Progress
from hallscribe_export.train.evaluation.encoders import Foresight, FullEncoder
from hallscribe_export.train.evaluation.material import seen
from hallscribe_export.train.evaluation.metrics import auc, cosines, normed
from hallscribe_export.train.evaluation.rows import Bar, Row
from hallscribe_export.train.lecture.deck import Lecture
from hallscribe_export.train.lecture.frame import Change, Frame

SECTION = "temporal coherence"
ADJACENT, ERROR = "cosine distance of adjacent embeddings", "the predictor's error by itself"
BAR = Bar(least=0.9, above=(ADJACENT,))


@dataclass(frozen=True, slots=True)
class Step:
    """From one frame to the next: what changed, how wrong the predictor was, and how far the vectors are apart.

    Attributes:
        still: how wrong it would have been, had the next frame been like this one.
    """

    change: Change
    error: float
    distance: float
    still: float

    @property
    def surprise(self) -> float:
        """How much more wrong it was."""
        return self.error - self.still


def prediction_error(predicted: Array, found: Array) -> float:
    """Mean absolute difference of tokens (N, D) to those that came, which are normalised over D."""
    return float(np.abs(predicted.astype(np.float64) - normed(found)).mean())


def steps(frames: Iterable[Frame], encoder: FullEncoder, foresight: Foresight) -> list[Step]:
    """Every step of a lecture's footage."""
    found: list[Step] = []
    before: tuple[Array, Array] | None = None
    for frame in frames:
        vector, tokens = encoder.both(seen(frame.picture, encoder.side))
        if before is not None:
            predicted = foresight.next(before[1])
            error, still = (prediction_error(predicted, each) for each in (tokens, before[1]))
            distance = 1 - float(cosines(before[0][None], vector[None])[0])
            found.append(Step(frame.change, error, distance, still))
        before = vector, tokens
    return found


def measure(
    lectures: Iterable[Lecture], count: int, encoder: FullEncoder, foresight: Foresight, progress: Progress
) -> list[Row]:
    """The rows of ``count`` lectures."""
    found: list[Step] = []
    for number, each in zip(range(count), lectures, strict=False):
        found += steps(each.frames(), encoder, foresight)
        progress.advance(number + 1, count)
    return rows(found, count)


def rows(found: list[Step], lectures: int) -> list[Row]:
    """AUC of pages against nothing new, with its bar; then of what only adds to a page."""
    still = [step for step in found if step.change == "none"]
    told = []
    for change, what, bar in (
        ("page", "another page", BAR),
        ("build", "more of the same page", None),
        ("ink", "a person's writing", None),
    ):
        changed = [step for step in found if step.change == change]
        amounts = f"({len(changed)}) against no change ({len(still)}), {lectures} lectures at 1 frame/s"
        name = f"AUC of the predictor's error at {what} {amounts}"
        if not changed or not still:
            told.append(Row(SECTION, name, None, bar, note="the lectures show none"))
            continue
        beside = {ADJACENT: _auc("distance", changed, still), ERROR: _auc("error", changed, still)}
        told.append(Row(SECTION, name, _auc("surprise", changed, still), bar, beside))
    return told


def _auc(measure: Literal["error", "distance", "surprise"], changed: list[Step], still: list[Step]) -> float:
    return auc(*(np.array([getattr(step, measure) for step in group]) for group in (changed, still)))
