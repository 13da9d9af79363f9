"""Following the feed: from a chosen start, past every interruption, without a gap."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Any, Literal, Protocol

from hallscribe import convert
from hallscribe.convert import request
from hallscribe.errors import HallscribeError, InvalidRequest, Unavailable, translated
from hallscribe.retry import Patience
from hallscribe.v1 import event_pb2
from hallscribe.values import Heartbeat, Record

Start = Literal["now", "beginning"] | bytes | datetime

# Three heartbeats, which come every 10 s at least.
_SILENT_AFTER_S = 30.0


class OpenFeed(Protocol):
    """Starts one call of Subscribe."""

    def __call__(self, request: event_pb2.SubscribeRequest) -> Any:
        """The call."""


class Following:
    """One subscription.

    Args:
        open_feed: starts a call.
        lecture_id: only this lecture; empty for all.
        start: where to begin.
        patience: how long to try again after an interruption; None ends with the first one.
        heartbeats: give heartbeats out, too.
    """

    def __init__(
        self, open_feed: OpenFeed, lecture_id: str, start: Start, patience: Patience | None, heartbeats: bool
    ) -> None:
        self._open_feed = open_feed
        self._lecture_id = lecture_id
        self._start: Start = start
        self._heartbeats = heartbeats
        self._patience = patience
        self._pause_s: float | None = None

    async def run(self) -> AsyncGenerator[Record]:
        """Records in order, each at least once; ends only when it does not resume and the daemon closes."""
        while True:
            try:
                async with contextlib.aclosing(self._session()) as session:
                    async for record in session:
                        yield record
                if self._patience is None:
                    return
                delay = self._patience.delay(Unavailable("CLOSED", "the daemon ended the feed"))
                delay = delay if self._pause_s is None else max(delay, self._pause_s)
            except HallscribeError as error:
                if self._patience is None:
                    raise
                delay = self._patience.delay(error)
            await asyncio.sleep(delay)

    async def _session(self) -> AsyncGenerator[Record]:
        self._pause_s = None
        with translated():
            call = self._open_feed(request_from(self._lecture_id, self._start))
            try:
                while (message := await self._next(call)) is not None:
                    if self._patience is not None:
                        self._patience.progressed()
                    if message.token:
                        self._start = message.token
                    if message.HasField("closing"):
                        self._pause_s = message.closing.retry_after_s
                        return
                    record = convert.record(message)
                    if record is not None and (self._heartbeats or not isinstance(record.happening, Heartbeat)):
                        yield record
            finally:
                call.cancel()

    async def _next(self, call: Any) -> event_pb2.SubscribeResponse | None:
        """The next message; None at the end; Unavailable when not even a heartbeat comes."""
        try:
            message = await asyncio.wait_for(call.read(), _SILENT_AFTER_S)
        except TimeoutError:
            raise Unavailable("STALLED", f"the daemon sent not even a heartbeat for {_SILENT_AFTER_S:g} s") from None
        return message if isinstance(message, event_pb2.SubscribeResponse) else None


def request_from(lecture_id: str, start: Start) -> event_pb2.SubscribeRequest:
    """The request that begins at ``start``. Raises InvalidRequest for anything that is no start."""
    if start == "now":
        return request(event_pb2.SubscribeRequest, lecture_id=lecture_id, now=event_pb2.StartFromNow())
    if start == "beginning":
        return request(event_pb2.SubscribeRequest, lecture_id=lecture_id, beginning=event_pb2.StartFromBeginning())
    if isinstance(start, bytes):
        return request(event_pb2.SubscribeRequest, lecture_id=lecture_id, token=start)
    if isinstance(start, datetime):
        return request(event_pb2.SubscribeRequest, lecture_id=lecture_id, time=convert.timestamp_of(start))
    raise InvalidRequest("INVALID_FIELD", f"cannot start from {start!r}: use 'now', 'beginning', a token or a datetime")
