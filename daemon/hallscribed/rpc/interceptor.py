"""One place where errors become status, for every method of every kind."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NoReturn

import grpc
from grpc_status import rpc_status

from hallscribed.domain.errors import HallscribeError, Reason
from hallscribed.rpc.status import internal, status_of

log = logging.getLogger(__name__)

Context = grpc.aio.ServicerContext[Any, Any]


class ErrorInterceptor(grpc.aio.ServerInterceptor):
    """Wraps each handler so that what it raises reaches the client as a status.

    Args:
        storage_failed: called when the disk failed a write, so that the daemon can stop acknowledging.
    """

    def __init__(self, storage_failed: Callable[[str], None]) -> None:
        self._storage_failed = storage_failed

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        """Wrap unary and streaming replies; the two are the only kinds there are."""
        handler = await continuation(handler_call_details)
        # Health and reflection map their own errors.
        if handler is None or not handler_call_details.method.startswith("/hallscribe."):
            return handler
        if handler.response_streaming:
            wrapped: Any = self._streaming(handler.stream_stream or handler.unary_stream)
            make = (
                grpc.stream_stream_rpc_method_handler
                if handler.request_streaming
                else grpc.unary_stream_rpc_method_handler
            )
        else:
            wrapped = self._unary(handler.unary_unary)
            make = grpc.unary_unary_rpc_method_handler
        return make(wrapped, handler.request_deserializer, handler.response_serializer)

    def _unary(self, behaviour: Callable[[Any, Context], Awaitable[Any]]) -> Callable[[Any, Context], Any]:
        async def handle(request: Any, context: Context) -> Any:
            try:
                return await behaviour(request, context)
            except asyncio.CancelledError:
                raise
            except Exception as error:
                await self._abort(context, error)

        return handle

    def _streaming(
        self, behaviour: Callable[[Any, Context], AsyncIterator[Any]]
    ) -> Callable[[Any, Context], AsyncIterator[Any]]:
        async def handle(request: Any, context: Context) -> AsyncIterator[Any]:
            try:
                async for reply in behaviour(request, context):
                    yield reply
            except (asyncio.CancelledError, GeneratorExit):
                raise
            except Exception as error:
                await self._abort(context, error)

        return handle

    async def _abort(self, context: Context, error: Exception) -> NoReturn:
        if isinstance(error, grpc.aio.AbortError):
            raise error
        if isinstance(error, HallscribeError):
            if error.reason is Reason.STORAGE_FAILED:
                self._storage_failed(error.message)
            status = status_of(error)
        else:
            log.error("a call failed", exc_info=error)
            status = internal()
        await context.abort_with_status(rpc_status.to_status(status))
        raise AssertionError("abort_with_status returned")
