"""The query path, top to bottom.

::

    said, written = full text, then meaning        a text query
    seen          = the joint space                a picture or a frame; text only with an aligned head
    places        = fuse(all that was found)
    moments       = merge(places) -> one read a lecture for segment numbers and titles
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from itertools import groupby

from hallscribed.domain.embedding import Vector
from hallscribed.domain.errors import DataDamaged, DeadlinePassed, InvalidRequest, NotFound, Reason
from hallscribed.domain.moment import Hit, Moment, Route
from hallscribed.pipeline.fusion import fuse
from hallscribed.pipeline.moments import merge
from hallscribed.ports import Catalog, Corpus, Projection, TextEncoder, VisualIndex

MAX_QUERY_CHARACTERS = 16_384
MAX_MOMENTS = 1000
DEFAULT_MOMENTS = 10
_TEXT_ROUTES = (Route.SAID, Route.WRITTEN)
_LEAST_HITS, _MOST_HITS = 50, 500

Stage = Callable[[], list[Hit]]


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked; exactly one of text and vector.

    Attributes:
        text: words.
        vector: of a picture or a recorded frame, as the encoder gave it, float32 (D,).
        lecture_uids: only these lectures; None for all.
        k: how many moments, 1 to 1000.
        routes: only these; none for all that can answer.
    """

    text: str | None = None
    vector: Vector | None = None
    lecture_uids: Collection[str] | None = None
    k: int = DEFAULT_MOMENTS
    routes: Collection[Route] = ()


@dataclass(frozen=True, slots=True)
class Sources:
    """Where answers come from.

    Attributes:
        project_text: takes a passage vector to the joint space; None unless that is aligned with text.
        match_cosine: a text and a picture this near belong together there.
    """

    corpus: Corpus
    text_encoder: TextEncoder
    visual: VisualIndex
    projection: Projection
    catalog: Catalog
    project_text: Callable[[Vector], Vector] | None = None
    match_cosine: float = -1.0


@dataclass(frozen=True, slots=True)
class RouteReport:
    """Whether a route could answer, and if not, why, for people."""

    route: Route
    available: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A moment with the segment shown at its start: number 0 and no title when there is none."""

    moment: Moment
    segment: int
    title: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Moments, best first; ``partial`` when the time ended before every stage had run."""

    moments: Sequence[Found]
    partial: bool
    routes: Sequence[RouteReport]
    warnings: Sequence[str]


def search(query: Query, sources: Sources, expired: Callable[[], bool] | None = None) -> Answer:
    """Answer a query.

    Args:
        expired: true once the time is up or nobody waits any more; asked between stages, of which none takes long.

    Raises:
        InvalidRequest: INVALID_FIELD with the field at fault.
        DeadlinePassed: the time ended before anything was found.
    """
    check(query)
    reports = _reports(query, sources)
    open_routes = {report.route for report in reports if report.available}
    lists: list[list[Hit]] = []
    cut = False
    for stage in _stages(query, sources, open_routes):
        cut = expired is not None and expired()
        if cut:
            break
        lists.append(stage())
    if cut and not any(lists):
        raise DeadlinePassed(
            Reason.DEADLINE, "the deadline passed before anything was found: allow the search more time"
        )
    moments = merge(fuse(lists), query.k, query.text or "")
    return Answer(_described(moments, sources.catalog), cut, reports, _warnings(query, sources, open_routes))


def check(query: Query) -> None:
    """Raise InvalidRequest unless the query can be answered."""
    if (query.text is None) == (query.vector is None):
        raise _invalid("query", "give exactly one of text, image and frame")
    if query.text is not None and not query.text.strip():
        raise _invalid("text", "the query has no words")
    if query.text is not None and len(query.text) > MAX_QUERY_CHARACTERS:
        raise _invalid("text", f"a query has at most {MAX_QUERY_CHARACTERS} characters, this one {len(query.text)}")
    if not 1 <= query.k <= MAX_MOMENTS:
        raise _invalid("k", f"k must be 1 to {MAX_MOMENTS}, not {query.k}")


def _invalid(field: str, what: str) -> InvalidRequest:
    return InvalidRequest(Reason.INVALID_FIELD, what, field=field)


def _reports(query: Query, sources: Sources) -> list[RouteReport]:
    why = {}
    if query.text is None:
        why = dict.fromkeys(_TEXT_ROUTES, "a picture cannot be looked up in words: ask by text")
    elif sources.project_text is None:
        why = {Route.SEEN: "not available with this bundle: its embedding space is not aligned with text"}
    asked = [route for route in Route if route in query.routes or not query.routes]
    return [RouteReport(route, route not in why, why.get(route, "")) for route in asked]


def _stages(query: Query, sources: Sources, routes: set[Route]) -> Iterator[Stage]:
    """The stages still to run, quickest and surest first, each a list of hits of one route and method."""
    depth = min(max(_LEAST_HITS, 2 * query.k), _MOST_HITS)
    uids, corpus = query.lecture_uids, sources.corpus
    text, picture = query.text, query.vector
    if text is not None:
        text_routes = [route for route in _TEXT_ROUTES if route in routes]
        meaning = cache(lambda: sources.text_encoder.encode([text])[0])
        for route in text_routes:
            yield partial(corpus.full_text, text, route, uids, depth)
        for route in text_routes:
            yield lambda route=route: corpus.dense(meaning(), route, uids, depth)  # type: ignore[misc]
        project = sources.project_text
        if Route.SEEN in routes and project is not None:
            # Beside words, a picture counts only if it is held to match: there is always a nearest one, also to a
            # question that no picture answers. Asked alone, the nearest are the answer.
            least = sources.match_cosine if text_routes else -1.0
            yield lambda: _seen(project(meaning()), query, sources, depth, least)
    elif picture is not None and Route.SEEN in routes:
        yield lambda: _seen(sources.projection.project(picture[None])[0], query, sources, depth)


def _seen(vector: Vector, query: Query, sources: Sources, depth: int, least: float = -1.0) -> list[Hit]:
    """Frames at least that near in the joint space, with the time they were shown."""
    found = sources.visual.search(vector, query.lecture_uids, depth)
    near = [(uid, neighbour) for uid, neighbour in found if neighbour.score >= least]
    spans: dict[tuple[str, int], tuple[float, float]] = {}
    for uid, group in groupby(sorted(near, key=lambda pair: pair[0]), key=lambda pair: pair[0]):
        store = sources.catalog.by_uid(uid)
        if store is not None:  # else deleted since
            with suppress(NotFound, DataDamaged):  # deleted this very moment; damage is told where it is asked for
                shown = store.span_of([neighbour.id for _, neighbour in group])
                spans.update({(uid, number): span for number, span in shown.items()})
    kept = [(uid, neighbour) for uid, neighbour in near if (uid, neighbour.id) in spans]
    return [
        Hit(uid, Route.SEEN, "visual", rank, neighbour.score, *spans[uid, neighbour.id], "")
        for rank, (uid, neighbour) in enumerate(kept, 1)
    ]


def _described(moments: Sequence[Moment], catalog: Catalog) -> list[Found]:
    """Each moment with the segment shown at its start; one read a lecture."""
    found = [Found(moment, 0, "") for moment in moments]
    for uid in {moment.lecture_uid for moment in moments}:
        places = [place for place, moment in enumerate(moments) if moment.lecture_uid == uid]
        store = catalog.by_uid(uid)
        if store is not None:
            with suppress(NotFound, DataDamaged):
                shown = store.shown_at([moments[place].start for place in places])
                for place, (number, title) in zip(places, shown, strict=True):
                    found[place] = Found(moments[place], number, title)
    return found


def _warnings(query: Query, sources: Sources, routes: set[Route]) -> list[str]:
    if query.text is None or not routes or not sources.text_encoder.is_cut(query.text):
        return []
    return ["the query was cut: its meaning was read from the first 256 tokens only"]
