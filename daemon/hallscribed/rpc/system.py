"""SystemService: the daemon about itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from hallscribe.v1 import system_pb2, system_pb2_grpc
from hallscribed.rpc.interceptor import Context

Report = Callable[[], system_pb2.GetStatusResponse]


class SystemServicer(system_pb2_grpc.SystemServiceServicer):
    """See proto/hallscribe/v1/system.proto."""

    def __init__(self, report: Report) -> None:
        self._report = report

    async def GetStatus(self, request: system_pb2.GetStatusRequest, context: Context) -> system_pb2.GetStatusResponse:
        """Read the state."""
        return await asyncio.to_thread(self._report)
