"""Fusion: what several routes and methods found becomes one order of places.

A place is the interval of something found; what speaks for it is every find that holds at its start. One method's
scores mean the same on every route (the same BM25, the same cosine), so within a method the routes' scores are
added. Between methods scores mean nothing to each other, so there the ranks are fused, reciprocally (Cormack, Clarke
and Buettcher, 2009).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hallscribed.domain.frame import MAX_MEDIA_TIME_S
from hallscribed.domain.moment import Hit, Route

RANK_CONSTANT = 60
# Slides stand for minutes and share their vocabulary with many others; what is said tells moments apart.
ROUTE_WEIGHT = {Route.SAID: 0.7, Route.WRITTEN: 0.3, Route.SEEN: 1.0}

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was found.

    Attributes:
        hit: the find whose interval it is.
        score: fused, larger is better.
        evidence: the best find of each route and method that holds at its start.
    """

    hit: Hit
    score: float
    evidence: tuple[Hit, ...]


def fuse(lists: Sequence[Sequence[Hit]]) -> list[Place]:
    """Fuse lists of hits, each of one route and method, into places, best first.

    Equal scores: the shorter interval first, then the smaller uid, then the earlier.
    """
    lists = [hits for hits in lists if hits]
    if not lists:
        return []
    places: dict[tuple[str, Route, float, float], Hit] = {}
    for hit in (hit for hits in lists for hit in hits):  # of several texts of one slide the best
        places.setdefault((hit.lecture_uid, hit.route, hit.start, hit.end), hit)
    own = list(places.values())
    offset = {uid: index * 4 * MAX_MEDIA_TIME_S for index, uid in enumerate(sorted({hit.lecture_uid for hit in own}))}
    starts = np.array([offset[hit.lecture_uid] + hit.start for hit in own])
    holds = [_holding(hits, starts, offset) for hits in lists]
    score = np.zeros(len(own))
    for method in dict.fromkeys(hits[0].method for hits in lists):
        scores = _method_scores(method, lists, holds)
        found = _found(method, own, lists, holds)
        score += np.where(found, _reciprocal_ranks(scores), 0.0)
    order = sorted(range(len(own)), key=lambda i: (-score[i], own[i].end - own[i].start, starts[i]))
    held = list(zip(*(best.tolist() for best in holds), strict=True))
    return [Place(own[i], float(score[i]), _evidence(lists, held[i])) for i in order]


def _evidence(lists: Sequence[Sequence[Hit]], held: Sequence[int]) -> tuple[Hit, ...]:
    return tuple(hits[best] for hits, best in zip(lists, held, strict=True) if best >= 0)


def _holding(hits: Sequence[Hit], starts: Floats, offset: dict[str, float]) -> NDArray[np.int64]:
    """For each start, the index of the best hit that holds there, or -1. Hits come best first."""
    begin = np.array([offset[hit.lecture_uid] + hit.start for hit in hits])
    end = np.array([offset[hit.lecture_uid] + max(hit.end, hit.start + 1e-3) for hit in hits])
    covers = (begin[None] <= starts[:, None]) & (starts[:, None] < end[None])
    return np.where(covers.any(axis=1), covers.argmax(axis=1), -1)


def _found(
    method: str, own: Sequence[Hit], lists: Sequence[Sequence[Hit]], holds: Sequence[NDArray[np.int64]]
) -> NDArray[np.bool_]:
    """Which places a method speaks for: those that hold a find, and by meaning every passage.

    Each passage has some meaning and was only cut from the list. But what shares no word, or was not held to look
    like it, is not found at all.
    """
    held = np.any([best >= 0 for hits, best in zip(lists, holds, strict=True) if hits[0].method == method], axis=0)
    if method == "dense":
        held |= np.array([hit.route is not Route.SEEN for hit in own])
    return np.asarray(held, np.bool_)


def _method_scores(method: str, lists: Sequence[Sequence[Hit]], holds: Sequence[NDArray[np.int64]]) -> Floats:
    """Each place's weighted mean over the method's routes.

    A place that a route's list does not hold is worth as much there as the last in that list, or by words, where
    every find shares one, 0.
    """
    total, weights = np.zeros(len(holds[0])), 0.0
    for hits, best in zip(lists, holds, strict=True):
        if hits[0].method == method:
            scores = np.array([hit.score for hit in hits])
            floor = 0.0 if method == "full_text" else scores.min()
            weight = ROUTE_WEIGHT[hits[0].route]
            total += weight * np.where(best >= 0, scores[best], floor)
            weights += weight
    return total / weights


def _reciprocal_ranks(scores: Floats) -> Floats:
    """1 / (60 + rank), equal scores sharing a rank."""
    _, inverse = np.unique(-scores, return_inverse=True)
    return np.asarray(1.0 / (RANK_CONSTANT + 1 + inverse), np.float64)
