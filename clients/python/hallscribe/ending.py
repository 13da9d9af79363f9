"""How a streaming call really ended.

When a write meets the end of a call, gRPC's asyncio layer replaces the status that the daemon sent by INTERNAL
"Internal error from Core". That status says whether to come back, so it is noted the moment it arrives. (Where the
write fails before the status arrives, it is lost: then trying again brings it back.)
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

import grpc
from grpc import aio

V = TypeVar("V")


class Ending:
    """Watches one call from its start."""

    def __init__(self, call: aio.StreamStreamCall[Any, Any]) -> None:
        self._first: aio.AioRpcError | None = None
        call.add_done_callback(self._note)

    def _note(self, call: Any) -> None:
        code, trailing, details = _at_once(call.code()), _at_once(call.trailing_metadata()), _at_once(call.details())
        if self._first is None and code is not grpc.StatusCode.OK:
            self._first = aio.AioRpcError(code, aio.Metadata(), trailing, details)

    def error(self, told: aio.AioRpcError) -> aio.AioRpcError:
        """The error that the call ended with first, where ``told`` is what gRPC raised."""
        return self._first or told


def _at_once(answer: Coroutine[Any, Any, V]) -> V:
    """The result of a coroutine that has nothing to wait for; its caller may not wait."""
    try:
        answer.send(None)
    except StopIteration as done:
        result: V = done.value
        return result
    answer.close()
    raise RuntimeError("the call has ended without a status")
