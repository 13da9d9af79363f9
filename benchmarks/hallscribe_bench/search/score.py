"""hit@k and mean reciprocal rank of moments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

EARLY_S = 5.0
MAX_MOMENT_S = 90.0


@dataclass(frozen=True, slots=True)
class Shown:
    """A moment as it was answered: its talk, start and end in seconds."""

    talk: str
    start: float
    end: float


def rank_of_hit(moments: Sequence[Shown], talk: str, start: float, end: float) -> int:
    """Rank from 1 of the first moment of at most 90 s that starts in [start - 5 s, end] of the talk; 0 if none does."""
    for rank, moment in enumerate(moments, 1):
        right = moment.talk == talk and start - EARLY_S <= moment.start <= end
        if right and moment.end - moment.start <= MAX_MOMENT_S + 1e-6:
            return rank
    return 0


@dataclass(frozen=True, slots=True)
class Score:
    """Shares of questions answered first and among the first five, and the mean reciprocal rank."""

    questions: int
    hit_at_1: float
    hit_at_5: float
    reciprocal: float


def summarise(ranks: Sequence[int]) -> Score:
    """Score ranks as ``rank_of_hit`` gives them."""
    count = max(1, len(ranks))
    return Score(
        len(ranks),
        sum(rank == 1 for rank in ranks) / count,
        sum(1 <= rank <= 5 for rank in ranks) / count,
        sum(1 / rank for rank in ranks if rank) / count,
    )
