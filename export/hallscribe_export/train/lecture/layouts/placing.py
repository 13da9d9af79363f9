"""Where the nodes of trees and graphs stand, and which are joined."""

from __future__ import annotations

import math
from random import Random

from hallscribe_export.train.lecture.canvas import Box, Point
from hallscribe_export.train.lecture.layouts.plate import around, centre


def levels_of(random: Random, most: int) -> list[list[int]]:
    """For every level the parents of its nodes, as places in the level above."""
    levels = [[0]]
    for _ in range(random.randint(1, most - 1)):
        above = len(levels[-1])
        each = [random.randint(1, 3) if above > 1 else random.randint(2, 4) for _ in range(above)]
        while sum(each) > 8:
            each[each.index(max(each))] -= 1
        levels.append([i for i, children in enumerate(each) for _ in range(children)])
    return levels


def spread(box: Box, counts: list[int], sideways: bool) -> list[list[Point]]:
    """Where the nodes of every level stand."""
    left, top, right, bottom = box
    if sideways:
        step = (right - left) / len(counts)
        return [[(left + (d + 0.5) * step, top + (i + 0.5) * (bottom - top) / n) for i in range(n)]
                for d, n in enumerate(counts)]  # fmt: skip
    step = (bottom - top) / len(counts)
    return [[(left + (i + 0.5) * (right - left) / n, top + (d + 0.5) * step) for i in range(n)]
            for d, n in enumerate(counts)]  # fmt: skip


def node_box(box: Box, at: Point, kind: str, levels: int, beside: int, sideways: bool) -> Box:
    """The box of a node around a point, as large as its neighbours leave room for."""
    wide, high = (box[2] - box[0]), (box[3] - box[1])
    along, across = (levels, beside) if sideways else (beside, levels)
    half = min(wide / along * 0.44, 105), min(high / across * 0.3, 46)
    if kind == "circle":
        half = (min(half[0], high / across * 0.36, 60),) * 2
    return at[0] - half[0], at[1] - half[1], at[0] + half[0], at[1] + half[1]


def in_ring(box: Box, count: int) -> list[Point]:
    """So many points in a ring that may be broader than high."""
    middle = centre(box)
    radius = (box[3] - box[1]) / 2 - 44
    flat = min((box[2] - box[0]) / 2 - 44, radius * 1.3) / radius
    points = [around((0, 0), radius, -90 + 360 * i / count) for i in range(count)]
    return [(middle[0] + x * flat, middle[1] + y) for x, y in points]


def strewn(random: Random, box: Box, count: int) -> list[Point]:
    """Points as far apart as the best of a few draws for each."""
    left, top, right, bottom = box
    points: list[Point] = []
    for _ in range(count):
        draws = [(random.uniform(left + 50, right - 50), random.uniform(top + 44, bottom - 44)) for _ in range(14)]
        points.append(max(draws, key=lambda at: min((math.dist(at, other) for other in points), default=0)))
    return points


def edges_between(random: Random, points: list[Point]) -> list[tuple[int, int]]:
    """A line from every point to the nearest one before it, and some more between near ones."""
    edges = {(min(range(i), key=lambda j: math.dist(points[i], points[j])), i) for i in range(1, len(points))}
    others = [(i, j) for j in range(len(points)) for i in range(j) if (i, j) not in edges]
    others.sort(key=lambda edge: math.dist(points[edge[0]], points[edge[1]]))
    few = others[: len(points)]
    return sorted(edges | set(random.sample(few, min(len(few), random.randint(0, len(points) // 2 + 1)))))
