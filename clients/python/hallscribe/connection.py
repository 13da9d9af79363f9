"""One connection to a daemon: its stubs, and the one way a unary call is made."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeVar

from google.protobuf.message import Message
from grpc import aio

from hallscribe.channel import open_channel
from hallscribe.errors import DaemonLost, Internal, translated
from hallscribe.v1.event_pb2_grpc import EventServiceStub
from hallscribe.v1.ingest_pb2_grpc import IngestServiceStub
from hallscribe.v1.lecture_pb2_grpc import LectureServiceStub
from hallscribe.v1.notes_pb2_grpc import NotesServiceStub
from hallscribe.v1.search_pb2_grpc import SearchServiceStub
from hallscribe.v1.system_pb2_grpc import SystemServiceStub

if TYPE_CHECKING:
    # Known to the type checker alone.
    from hallscribe.v1.event_pb2_grpc import EventServiceAsyncStub
    from hallscribe.v1.ingest_pb2_grpc import IngestServiceAsyncStub
    from hallscribe.v1.lecture_pb2_grpc import LectureServiceAsyncStub
    from hallscribe.v1.notes_pb2_grpc import NotesServiceAsyncStub
    from hallscribe.v1.search_pb2_grpc import SearchServiceAsyncStub
    from hallscribe.v1.system_pb2_grpc import SystemServiceAsyncStub

M = TypeVar("M", bound=Message)
R = TypeVar("R")


class Paged(Protocol):
    """A reply that is one page of a list."""

    @property
    def next_page_token(self) -> str:
        """Empty when this is the last."""


Page = TypeVar("Page", bound=Paged)


class Connection:
    """Opened when it is first used, in the event loop that uses it.

    Args:
        target: where the daemon listens.
        timeout_s: for each unary call.
        connect_for_s: how long a unary call waits for a daemon that does not answer.
    """

    def __init__(self, target: str, timeout_s: float, connect_for_s: float) -> None:
        self.target = target
        self._timeout_s = timeout_s
        self._connect_for_s = connect_for_s
        self._closed = False

    @cached_property
    def _channel(self) -> aio.Channel:
        if self._closed:
            raise Internal("CLIENT_CLOSED", "this client is closed; open a new one")
        return open_channel(self.target)

    @cached_property
    def lectures(self) -> LectureServiceAsyncStub:
        """The lecture service."""
        return LectureServiceStub(self._channel)

    @cached_property
    def ingest(self) -> IngestServiceAsyncStub:
        """The ingest service."""
        return IngestServiceStub(self._channel)

    @cached_property
    def events(self) -> EventServiceAsyncStub:
        """The event service."""
        return EventServiceStub(self._channel)

    @cached_property
    def searches(self) -> SearchServiceAsyncStub:
        """The search service."""
        return SearchServiceStub(self._channel)

    @cached_property
    def notes(self) -> NotesServiceAsyncStub:
        """The notes service."""
        return NotesServiceStub(self._channel)

    @cached_property
    def system(self) -> SystemServiceAsyncStub:
        """The system service."""
        return SystemServiceStub(self._channel)

    async def ask(
        self,
        method: aio.UnaryUnaryMultiCallable[M, R],
        message: M,
        timeout_s: float | None = None,
    ) -> R:
        """Make one unary call. Raises DaemonLost when nobody answers at the target, else what the daemon says."""
        await self._connected()
        with translated():
            return await method(message, timeout=timeout_s or self._timeout_s)

    async def pages(
        self, method: aio.UnaryUnaryMultiCallable[M, Page], request_for: Callable[[str], M]
    ) -> AsyncGenerator[Page]:
        """Every page of a list; ``request_for`` makes the request of a page token."""
        token = ""
        while True:
            page = await self.ask(method, request_for(token))
            yield page
            if not (token := page.next_page_token):
                return

    async def _connected(self) -> None:
        """Wait for the daemon to answer, so that also calls that must not be made twice outlast its restart."""
        try:
            with translated():
                await asyncio.wait_for(self._channel.channel_ready(), self._connect_for_s)
        except TimeoutError:
            raise DaemonLost(
                "UNAVAILABLE",
                f"no daemon answers at {self.target} (waited {self._connect_for_s:g} s); nothing was changed. "
                "Check that it runs and listens there, and that you may use its socket",
            ) from None

    async def close(self) -> None:
        """End all calls; a second time does nothing."""
        already, self._closed = self._closed, True
        if not already and "_channel" in self.__dict__:
            await self._channel.close()
