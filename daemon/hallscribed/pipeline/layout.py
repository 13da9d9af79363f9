"""The order in which a person reads the lines of a slide."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hallscribed.domain.event import TextLine

_GUTTER = 0.015
_COLUMN_LINES = 2
_COLUMN_CHARACTERS = 10.0
_MAX_SPANNING_ROWS = 8


def in_reading_order(lines: Sequence[TextLine]) -> list[TextLine]:
    """Order lines top to bottom and left to right, finishing a column before the next one.

    A recursive X-Y cut (Nagy, Seth 1984), restricted to what slides do: rows that span the page (titles, footers) are
    peeled off until an empty gutter parts the rest. Columns hold phrases; a gutter between short cells belongs to a
    table or to line numbers, which are read row by row.
    """
    rows = rows_of(lines)
    for peeled in range(min(_MAX_SPANNING_ROWS, len(rows) - _COLUMN_LINES) + 1):
        for below in range(peeled + 1):
            above = peeled - below
            body = [line for row in rows[above : len(rows) - below] for line in row]
            columns = _columns(body)
            if columns is not None:
                left, right = columns
                return [
                    *_flat(rows[:above]),
                    *in_reading_order(left),
                    *in_reading_order(right),
                    *_flat(rows[len(rows) - below :]),
                ]
    return _flat(rows)


def rows_of(lines: Sequence[TextLine]) -> list[list[TextLine]]:
    """Lines side by side, from left to right, as rows from top to bottom."""
    rows: list[list[TextLine]] = []
    for line in sorted(lines, key=lambda line: (line.top + line.bottom, line.left)):
        if rows and _beside(rows[-1][-1], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.left) for row in rows]


def _beside(first: TextLine, second: TextLine) -> bool:
    """True when the lines share at least half the height of the lower one."""
    shared = min(first.bottom, second.bottom) - max(first.top, second.top)
    return shared > 0.5 * min(first.bottom - first.top, second.bottom - second.top)


def _columns(lines: Sequence[TextLine]) -> tuple[list[TextLine], list[TextLine]] | None:
    """The two sides of the widest gutter that no line crosses, when both hold phrases beside each other."""
    ordered = sorted(lines, key=lambda line: line.left)
    reach = 0.0
    gutters: list[tuple[float, int]] = []
    for number, (line, following) in enumerate(pairwise(ordered), 1):
        reach = max(reach, line.right)
        if following.left - reach >= _GUTTER:
            gutters.append((following.left - reach, number))
    for _, number in sorted(gutters, reverse=True):
        left, right = ordered[:number], ordered[number:]
        if _is_column(left) and _is_column(right) and _side_by_side(left, right):
            return left, right
    return None


def _is_column(lines: Sequence[TextLine]) -> bool:
    characters = sum(len(line.text) for line in lines)
    return len(rows_of(lines)) >= _COLUMN_LINES and characters >= _COLUMN_CHARACTERS * len(lines)


def _side_by_side(left: Sequence[TextLine], right: Sequence[TextLine]) -> bool:
    """True when the two share most of the lower one's height; blocks placed diagonally are read by their tops."""
    tops = min(line.top for line in left), min(line.top for line in right)
    bottoms = max(line.bottom for line in left), max(line.bottom for line in right)
    lower = min(bottoms[0] - tops[0], bottoms[1] - tops[1])
    return min(bottoms) - max(tops) > 0.5 * lower


def _flat(rows: Sequence[Sequence[TextLine]]) -> list[TextLine]:
    return [line for row in rows for line in row]
