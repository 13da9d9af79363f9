"""Scores predicted boundaries against truth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

TOLERANCE_S = 2.0
MUST_FIND = frozenset({"slide", "scene", "cut", "revisit", "blank"})
COUNTED = frozenset({"slide_change", "scene_change", "revisit", "blank"})


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of found, false and missed boundaries; scores add up."""

    found: int = 0
    false: int = 0
    missed: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(self.found + other.found, self.false + other.false, self.missed + other.missed)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, 0..1; 1 when there was nothing to find and nothing was found."""
        whole = 2 * self.found + self.false + self.missed
        return 2 * self.found / whole if whole else 1.0


def score(
    truth: Sequence[tuple[float, str]],
    predicted: Iterable[tuple[float, str]],
    must_find: frozenset[str] = MUST_FIND,
    counted: frozenset[str] = COUNTED,
    tolerance_s: float = TOLERANCE_S,
) -> Score:
    """Match one to one, nearest first, within a tolerance.

    Args:
        truth: media time in seconds and kind; kinds outside ``must_find`` (a build, ink, a fade) excuse a prediction
            beside them and need not be found.
        predicted: media time in seconds and kind; kinds outside ``counted`` are left out.
        must_find: kinds of truth that count.
        counted: kinds of prediction that count.
        tolerance_s: how far apart two of a pair may lie.
    """
    wanted = [time for time, kind in truth if kind in must_find]
    excused = [time for time, kind in truth if kind not in must_find]
    told = [time for time, kind in predicted if kind in counted]
    near = [(abs(want - tell), i, j) for i, want in enumerate(wanted) for j, tell in enumerate(told)]
    matched: dict[int, int] = {}
    for distance, i, j in sorted(near):
        if distance <= tolerance_s and i not in matched and j not in matched.values():
            matched[i] = j
    rest = [time for j, time in enumerate(told) if j not in matched.values()]
    false = sum(all(abs(time - other) > tolerance_s for other in excused) for time in rest)
    return Score(len(matched), false, len(wanted) - len(matched))
