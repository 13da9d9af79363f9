"""Where labels and thumbnails go along a line of time, so that none covers another. Pure geometry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Label:
    """A label that wants a place: its pole's ``x``, its width in the same unit, and how much it matters."""

    x: float
    width: float
    importance: float


@dataclass(frozen=True, slots=True)
class Flag:
    """A placed label: which of the labels, its row (0 is the lowest) and its left edge."""

    index: int
    row: int
    left: float


def place_flags(labels: Sequence[Label], rows: int, right: float, gap: float) -> list[Flag]:
    """Hang labels on poles that stand on a line, like flags: no two overlap and no pole runs through a flag.

    The most important ones get a place first; one that would push out another is left out.

    Args:
        labels: in any order.
        rows: how many rows of flags there are.
        right: the right edge; a flag that would reach beyond hangs to the left of its pole.
        gap: least space between two flags of a row.

    Returns:
        The labels that found a place, in order of ``x``, in as few rows as they need.
    """
    placed: list[Flag] = []
    chosen: list[int] = []
    used = 1
    for index in sorted(range(len(labels)), key=lambda i: -labels[i].importance):
        for many in range(used, rows + 1):
            attempt = _hang(labels, [*chosen, index], many, right, gap)
            if attempt is not None:
                placed, used = attempt, many
                chosen.append(index)
                break
    return sorted(placed, key=lambda flag: labels[flag.index].x)


def _hang(labels: Sequence[Label], chosen: Sequence[int], rows: int, right: float, gap: float) -> list[Flag] | None:
    """All chosen labels, each in the lowest row it fits; None when one fits nowhere.

    From right to left: a pole then only passes flags that begin to the right of it. Flags that hang to the left go
    to the top, where the poles they reach across end below them.
    """
    flags: list[Flag] = []
    for index in sorted(chosen, key=lambda i: -labels[i].x):
        label = labels[index]
        overhangs = label.x + label.width > right
        left = label.x - label.width if overhangs else label.x
        fitting = (Flag(index, row, left) for row in (reversed(range(rows)) if overhangs else range(rows)))
        flag = next((one for one in fitting if _fits(one, flags, labels, gap)), None)
        if flag is None:
            return None
        flags.append(flag)
    return flags


def _fits(flag: Flag, others: Sequence[Flag], labels: Sequence[Label], gap: float) -> bool:
    label = labels[flag.index]
    for other in others:
        other_label = labels[other.index]
        if other.row == flag.row:
            if flag.left < other.left + other_label.width + gap and other.left < flag.left + label.width + gap:
                return False
        elif other.row < flag.row:
            if other.left < label.x < other.left + other_label.width:
                return False
        elif flag.left < other_label.x < flag.left + label.width:
            return False
    return True


def spread(centres: Sequence[float], width: float, left: float, right: float) -> list[float]:
    """Move things of equal width apart, as little as possible, so that none overlaps and all lie within the edges.

    Args:
        centres: where they want to be, ascending.
        width: of each, with the gap.
        left, right: edges; with less room than needed they are set evenly and overlap.

    Returns:
        Their new centres, ascending. Pool-adjacent-violators on the least-squares problem.
    """
    count = len(centres)
    if count * width > right - left:
        return [left + (right - left) * (index + 0.5) / count for index in range(count)]
    # Subtracting the least distance turns "no overlap" into "does not descend".
    blocks: list[tuple[float, int]] = []
    for index, centre in enumerate(centres):
        mean, size = centre - index * width, 1
        while blocks and blocks[-1][0] > mean:
            earlier, many = blocks.pop()
            mean, size = (earlier * many + mean * size) / (many + size), many + size
        blocks.append((mean, size))
    lowest, highest = left + width / 2, right - width / 2 - (count - 1) * width
    levels = [min(max(mean, lowest), highest) for mean, size in blocks for _ in range(size)]
    return [level + index * width for index, level in enumerate(levels)]


def pick_spaced(importance: Sequence[float], times: Sequence[float], most: int) -> list[int]:
    """At most ``most`` things that matter and are spread over the time; their indices, ascending.

    The whole time is cut into ``most`` equal parts and the most important thing of each part is taken first.
    """
    if len(times) <= most:
        return list(range(len(times)))
    first, last = min(times), max(times)
    part_of = [min(most - 1, int((time - first) / (last - first or 1.0) * most)) for time in times]
    best: dict[int, int] = {}
    for index, part in enumerate(part_of):
        if part not in best or importance[index] > importance[best[part]]:
            best[part] = index
    picked = set(best.values())
    for index in sorted(range(len(times)), key=lambda i: -importance[i]):
        if len(picked) >= most:
            break
        picked.add(index)
    return sorted(picked)
