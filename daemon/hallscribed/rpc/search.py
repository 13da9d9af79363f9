"""SearchService."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from hallscribe.v1 import search_pb2, search_pb2_grpc
from hallscribed.domain.embedding import Vector
from hallscribed.domain.errors import DeadlinePassed, InvalidRequest, NotFound, Reason, Unavailable
from hallscribed.domain.frame import MAX_MEDIA_TIME_S, Outcome, Refusal
from hallscribed.domain.moment import Route
from hallscribed.pipeline.lectures import Lectures
from hallscribed.pipeline.query import DEFAULT_MOMENTS, Answer, Query, Sources, search
from hallscribed.ports import Perception
from hallscribed.rpc import convert
from hallscribed.rpc.interceptor import Context
from hallscribed.rpc.slowly import slowly

_MOST_LECTURES = 1000
# Kept back from the client's deadline, so that what was found still arrives.
_ANSWER_S = 0.01

_ROUTES = {convert.route(route): route for route in Route}


class SearchServicer(search_pb2_grpc.SearchServiceServicer):
    """See proto/hallscribe/v1/search.proto."""

    def __init__(self, sources: Sources, perception: Perception, lectures: Lectures) -> None:
        self._sources = sources
        self._perception = perception
        self._lectures = lectures

    async def Search(self, request: search_pb2.SearchRequest, context: Context) -> search_pb2.SearchResponse:
        """Answer a query within the client's deadline."""
        expired = _expiry(context)
        if request.WhichOneof("query") == "image":
            return await slowly(lambda: self._answered(request, expired))
        return await asyncio.to_thread(self._answered, request, expired)

    def _answered(self, request: search_pb2.SearchRequest, expired: Callable[[], bool]) -> search_pb2.SearchResponse:
        if expired():  # while it waited for a thread
            raise DeadlinePassed(Reason.DEADLINE, "the deadline passed before the search began")
        return self._response(search(self._query(request), self._sources, expired))

    def _query(self, request: search_pb2.SearchRequest) -> Query:
        if len(request.lecture_ids) > _MOST_LECTURES:
            raise _invalid("lecture_ids", f"at most {_MOST_LECTURES} lectures can be chosen; none means all")
        unknown = [value for value in request.routes if value not in _ROUTES]
        if unknown:
            raise _invalid("routes", f"there is no route {unknown[0]}")
        uids = {self._lectures.open(lecture_id).uid for lecture_id in request.lecture_ids}
        what = request.WhichOneof("query")
        return Query(
            text=request.text if what in ("text", None) else None,
            vector=self._vector(request) if what in ("image", "frame") else None,
            lecture_uids=uids or None,
            k=request.k if request.HasField("k") else DEFAULT_MOMENTS,
            routes={_ROUTES[value] for value in request.routes},
        )

    def _vector(self, request: search_pb2.SearchRequest) -> Vector:
        if request.WhichOneof("query") == "frame":
            if not 0 <= request.frame.time_s <= MAX_MEDIA_TIME_S:
                raise _invalid("frame.time_s", f"a frame's time is 0 to {MAX_MEDIA_TIME_S:.0f} s")
            found = self._lectures.open(request.frame.lecture_id).vector_at(request.frame.time_s)
            if found is None:
                raise NotFound(
                    Reason.INVALID_FIELD,
                    f"lecture {request.frame.lecture_id} has no frame that the encoder in use has seen yet",
                    field="frame",
                )
            return found
        vector = self._perception.embed(request.image)
        if isinstance(vector, Refusal):
            if vector.outcome is Outcome.REJECTED:
                raise InvalidRequest(vector.reason, vector.detail, field="image")
            raise Unavailable(vector.reason, vector.detail, retry_after_s=1.0)
        return vector

    def _response(self, answer: Answer) -> search_pb2.SearchResponse:
        moments = []
        for found in answer.moments:
            uid = found.moment.lecture_uid
            store = self._sources.catalog.by_uid(uid)
            if store is not None:  # else deleted since it was found
                moments.append(convert.moment(found.moment, store.lecture_id, found.segment, found.title))
        return search_pb2.SearchResponse(
            moments=moments,
            partial=answer.partial,
            routes=[
                search_pb2.RouteReport(route=convert.route(r.route), available=r.available, detail=r.detail)
                for r in answer.routes
            ],
            warnings=answer.warnings,
        )


def _expiry(context: Context) -> Callable[[], bool]:
    """True once the client's time is up, or it has gone."""
    remaining = context.time_remaining()
    deadline = None if remaining is None else time.monotonic() + remaining - _ANSWER_S

    def expired() -> bool:
        return context.done() or (deadline is not None and time.monotonic() > deadline)

    return expired


def _invalid(field: str, what: str) -> InvalidRequest:
    return InvalidRequest(Reason.INVALID_FIELD, what, field=field)
