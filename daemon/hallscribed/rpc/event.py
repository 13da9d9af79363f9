"""EventService: events as they stand, and the feed of everything."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from hallscribe.v1 import event_pb2, event_pb2_grpc
from hallscribed.domain.errors import NotFound
from hallscribed.domain.record import Token
from hallscribed.pipeline.feed import Feed
from hallscribed.pipeline.lectures import Lectures
from hallscribed.ports import Catalog
from hallscribed.rpc import convert
from hallscribed.rpc.interceptor import Context
from hallscribed.rpc.paging import after_time, page_size, page_token

HEARTBEAT_S = 5.0
_RETRY_S = 1.0
# A record bears the time at which it was made, and is told when it can be found, which takes seconds at most.
_TOLD_WITHIN_S = 10.0


class EventServicer(event_pb2_grpc.EventServiceServicer):
    """See proto/hallscribe/v1/event.proto."""

    def __init__(self, lectures: Lectures, catalog: Catalog, feed: Feed) -> None:
        self._lectures = lectures
        self._catalog = catalog
        self._feed = feed

    async def ListEvents(self, request: event_pb2.ListEventsRequest, context: Context) -> event_pb2.ListEventsResponse:
        """List a page."""
        size = page_size(request.page_size)
        after = after_time("events", request.page_token)
        store = await asyncio.to_thread(self._lectures.open, request.lecture_id)
        found = await asyncio.to_thread(store.events, after, size + 1)
        following = page_token("events", repr(found[size - 1].media_time)) if len(found) > size else ""
        return event_pb2.ListEventsResponse(
            events=[convert.event(event, store.lecture_id, store.uid) for event in found[:size]],
            next_page_token=following,
        )

    async def Subscribe(
        self, request: event_pb2.SubscribeRequest, context: Context
    ) -> AsyncIterator[event_pb2.SubscribeResponse]:
        """Follow the feed until the client leaves or the daemon stops."""
        uid = await asyncio.to_thread(self._followed, request)
        after = await asyncio.to_thread(self._start, request, uid)
        token = self._token(after, uid, await asyncio.to_thread(self._catalog.made_at, after))
        # Tells the client that the subscription stands before anything happens.
        yield self._heartbeat(token, None)
        async for records in self._feed.follow(after, uid, HEARTBEAT_S):
            for record in records:
                token = self._token(record.sequence, uid, record.time)
                yield convert.feed_record(record, token)
            if not records:
                yield self._heartbeat(token, time.time() - _TOLD_WITHIN_S)
        closing = event_pb2.Closing(retry_after_s=_RETRY_S)
        yield event_pb2.SubscribeResponse(token=token, closing=closing)

    def _followed(self, request: event_pb2.SubscribeRequest) -> str:
        """The uid of the lecture that is asked for; empty for all.

        Of one that was deleted since the token was given, so that its follower learns of that.
        """
        if not request.lecture_id:
            return ""
        try:
            return self._lectures.open(request.lecture_id).uid
        except NotFound:
            token = Token.from_bytes(request.token) if request.token else None
            if token is None or not token.uid or not 0 <= token.sequence <= self._catalog.last_sequence():
                raise
            left = self._catalog.feed(token.sequence, 1, token.uid)
            if not any(record.lecture_id == request.lecture_id for record in left):
                raise
            return token.uid

    def _start(self, request: event_pb2.SubscribeRequest, uid: str) -> int:
        start = request.WhichOneof("start_from")
        last = self._catalog.last_sequence()
        if start == "beginning":
            return 0
        if start == "token":
            token = Token.from_bytes(request.token)
            made = self._catalog.made_at(token.sequence) if 0 <= token.sequence <= last else None
            token.check(self._catalog.epoch, last, uid, made)
            return token.sequence
        if start == "time":
            return self._catalog.sequence_at(convert.unix_s(request.time))
        return last

    def _token(self, after: int, uid: str, made: float | None) -> bytes:
        return Token.at(self._catalog.epoch, after, uid, made).to_bytes()

    def _heartbeat(self, token: bytes, told_until: float | None) -> event_pb2.SubscribeResponse:
        watermark = None if told_until is None else convert.timestamp(told_until)
        return event_pb2.SubscribeResponse(
            token=token,
            record_time=convert.timestamp(time.time()),
            heartbeat=event_pb2.Heartbeat(low_watermark=watermark),
        )
