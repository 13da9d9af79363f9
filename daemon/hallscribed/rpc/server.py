"""The gRPC server: options, services, health, reflection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from hallscribe.v1 import (
    event_pb2,
    event_pb2_grpc,
    ingest_pb2,
    ingest_pb2_grpc,
    lecture_pb2,
    lecture_pb2_grpc,
    notes_pb2,
    notes_pb2_grpc,
    search_pb2,
    search_pb2_grpc,
    system_pb2,
    system_pb2_grpc,
)
from hallscribed.rpc.ingest import MAX_IMAGE_BYTES
from hallscribed.rpc.interceptor import ErrorInterceptor

OPTIONS = (
    ("grpc.max_receive_message_length", MAX_IMAGE_BYTES + (64 << 10)),
    ("grpc.max_send_message_length", 64 << 20),
    ("grpc.max_metadata_size", 8 << 10),
    ("grpc.max_concurrent_streams", 1000),
    # After a restart every subscriber returns at once; a small queue would turn some away.
    ("grpc.server.max_pending_requests", 20_000),
    ("grpc.server.max_pending_requests_hard_limit", 20_000),
    # A reader that stopped pins its socket's buffer until keepalive finds out.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 20_000),
    ("grpc.so_reuseport", 0),
)

_SERVICES: tuple[tuple[Any, Any], ...] = (
    (lecture_pb2, lecture_pb2_grpc),
    (ingest_pb2, ingest_pb2_grpc),
    (event_pb2, event_pb2_grpc),
    (search_pb2, search_pb2_grpc),
    (notes_pb2, notes_pb2_grpc),
    (system_pb2, system_pb2_grpc),
)


# What health checks may ask for beside the services' full names.
_PARTS = ("ingest", "query", "summaries")


class Server:
    """Serves on one address.

    Args:
        servicers: by the service's name, one for each service of hallscribe.v1.
        storage_failed: called when the disk failed a write.
    """

    def __init__(self, servicers: Mapping[str, Any], storage_failed: Callable[[str], None]) -> None:
        self._server = grpc.aio.server(interceptors=[ErrorInterceptor(storage_failed)], options=OPTIONS)
        self._names: list[str] = []
        for messages, stubs in _SERVICES:
            (service,) = messages.DESCRIPTOR.services_by_name.values()
            getattr(stubs, f"add_{service.name}Servicer_to_server")(servicers[service.name], self._server)
            self._names.append(service.full_name)
        self._health = health.aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = (*self._names, health.SERVICE_NAME, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(names, self._server)

    async def start(self, address: str) -> None:
        """Listen, and tell health checks that there is more to come; RuntimeError when the address cannot be had."""
        await self._tell(health_pb2.HealthCheckResponse.NOT_SERVING)
        self._server.add_insecure_port(address)
        await self._server.start()

    async def set_serving(self) -> None:
        """Tell health checks that every service answers."""
        await self._tell(health_pb2.HealthCheckResponse.SERVING)

    async def _tell(self, status: int) -> None:
        for name in ("", *_PARTS, *self._names):
            await self._health.set(name, status)

    async def stop_serving(self) -> None:
        """Tell health checks that we go, before anything else does."""
        await self._health.enter_graceful_shutdown()

    async def stop(self, grace_s: float) -> None:
        """End calls, waiting a while for those under way."""
        await self._server.stop(grace_s)
