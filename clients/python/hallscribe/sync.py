"""The client without asyncio: a thin face over AsyncClient, which does everything.

caller's thread -> Client.search(...) -> AsyncClient.search(...) in the one event loop of this process
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from functools import cache
from types import TracebackType
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from hallscribe.async_client import AsyncClient

P = ParamSpec("P")
R = TypeVar("R")

_UNWINDS_S = 5.0


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """The one event loop that gRPC may have in a process, in a thread that ends with it."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="hallscribe", daemon=True).start()
    return loop


def _wait(work: Coroutine[Any, Any, R]) -> R:
    ended = threading.Event()

    async def watched() -> R:
        try:
            return await work
        finally:
            ended.set()

    future = asyncio.run_coroutine_threadsafe(watched(), _loop())
    try:
        return future.result()
    except BaseException:
        # Ctrl-C: the call must not go on without its caller, and an iterator cannot be closed before it has ended.
        future.cancel()
        ended.wait(_UNWINDS_S)
        raise


class sync(Generic[P, R]):  # noqa: N801
    """A method of AsyncClient as a blocking method of Client, with the same arguments and result."""

    def __init__(self, method: Callable[Concatenate[AsyncClient, P], Coroutine[Any, Any, R]]) -> None:
        self._method = method
        self.__doc__ = method.__doc__

    def __get__(self, client: Client, owner: type[Client] | None = None) -> Callable[P, R]:
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            return _wait(self._method(client.asynchronous, *args, **kwargs))

        call.__doc__ = self.__doc__
        return call


class sync_iterator(Generic[P, R]):  # noqa: N801
    """An asynchronous iterator of AsyncClient as a plain one; closing it, or leaving its loop, ends the call."""

    def __init__(self, method: Callable[Concatenate[AsyncClient, P], AsyncGenerator[R]]) -> None:
        self._method = method
        self.__doc__ = method.__doc__

    def __get__(self, client: Client, owner: type[Client] | None = None) -> Callable[P, Generator[R]]:
        def iterate(*args: P.args, **kwargs: P.kwargs) -> Generator[R]:
            items = self._method(client.asynchronous, *args, **kwargs)
            try:
                while taken := _wait(_one(items)):
                    yield taken[0]
            finally:
                _end(items)

        iterate.__doc__ = self.__doc__
        return iterate


_ending = set[asyncio.Task[None]]()


def _end(items: AsyncGenerator[Any]) -> None:
    """Close an iterator, in whatever thread: what was left to the garbage collector may be closed by the loop's own."""
    loop = _loop()
    with contextlib.suppress(RuntimeError):
        if asyncio.get_running_loop() is loop:  # which must not wait for itself
            task = loop.create_task(items.aclose())
            _ending.add(task)
            task.add_done_callback(_ending.discard)
            return
    _wait(items.aclose())


async def _one(items: AsyncGenerator[R]) -> list[R]:
    """The next of them alone in a list; an empty one at the end."""
    async for one in items:
        return [one]
    return []


class Client:
    """A connection to a daemon, for code without asyncio; threads may share it.

    Arguments, results and errors are those of AsyncClient, whose methods these are. gRPC allows one event loop a
    process, and this class has it: do not use AsyncClient beside it.
    """

    create_lecture = sync(AsyncClient.create_lecture)
    get_lecture = sync(AsyncClient.get_lecture)
    list_lectures = sync_iterator(AsyncClient.list_lectures)
    finish_lecture = sync(AsyncClient.finish_lecture)
    delete_lecture = sync(AsyncClient.delete_lecture)
    push = sync_iterator(AsyncClient.push)
    put_captions = sync(AsyncClient.put_captions)
    attach_source = sync(AsyncClient.attach_source)
    list_sources = sync_iterator(AsyncClient.list_sources)
    detach_source = sync(AsyncClient.detach_source)
    list_events = sync_iterator(AsyncClient.list_events)
    subscribe = sync_iterator(AsyncClient.subscribe)
    search = sync(AsyncClient.search)
    notes = sync(AsyncClient.notes)
    picture = sync(AsyncClient.picture)
    timeline = sync(AsyncClient.timeline)
    status = sync(AsyncClient.status)

    def __init__(self, target: str | None = None, *, timeout_s: float = 30.0, connect_for_s: float = 5.0) -> None:
        self.asynchronous = AsyncClient(target, timeout_s=timeout_s, connect_for_s=connect_for_s)
        self.target = self.asynchronous.target

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all calls and the connection; a second time does nothing."""
        _wait(self.asynchronous.close())
