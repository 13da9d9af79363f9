"""Events against what truly happened, as the project measures them."""

from __future__ import annotations

from collections.abc import Sequence

from hallscribe.demo.lecture import TruthRow
from hallscribe.values import Event

_TOLERANCE_S = 2.0


def matched(truth: Sequence[TruthRow], events: Sequence[Event]) -> tuple[int, list[TruthRow], int]:
    """One-to-one matching within 2 s, nearest first.

    Ink may be called an event or not: anything from its start to its end (and 2 s more) is neither hit nor false.

    Returns:
        (number of boundaries found, the boundaries missed, number of false events).
    """
    wanted = [row for row in truth if row.kind != "ink"]
    times = [event.time_s for event in events]
    pairs = sorted((abs(want.t_s - time), i, j) for i, want in enumerate(wanted) for j, time in enumerate(times))
    hits: dict[int, int] = {}
    for distance, i, j in pairs:
        if distance <= _TOLERANCE_S and i not in hits and j not in hits.values():
            hits[i] = j
    soft = [(row.t_s - _TOLERANCE_S, row.end_s + _TOLERANCE_S) for row in truth if row.kind == "ink"]
    false = [
        time
        for j, time in enumerate(times)
        if j not in hits.values() and not any(begin <= time <= end for begin, end in soft)
    ]
    return len(hits), [row for i, row in enumerate(wanted) if i not in hits], len(false)
