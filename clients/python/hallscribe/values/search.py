"""What a search found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hallscribe.values.enums import Route


@dataclass(frozen=True, slots=True)
class RouteHit:
    """Why a route found a moment; ``method`` is "full_text", "dense" or "visual", ``rank`` 1 the route's best."""

    route: Route
    method: str
    rank: int
    score: float


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of at most 90 s that answers a query; scores compare within one answer only."""

    lecture_id: str
    lecture_uid: str
    start_s: float
    end_s: float
    score: float
    hits: Sequence[RouteHit]
    title: str
    snippet: str
    segment_number: int


@dataclass(frozen=True, slots=True)
class RouteReport:
    """Whether a route could answer, and if not, why."""

    route: Route
    available: bool
    detail: str


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """Moments, best first; ``partial`` when the deadline cut the search short."""

    moments: Sequence[Moment]
    partial: bool
    routes: Sequence[RouteReport]
    warnings: Sequence[str]
