"""The connection to a daemon: where it is, and how the channel to it is set up."""

from __future__ import annotations

import json
import os

from grpc import aio

from hallscribe.errors import InvalidRequest
from hallscribe.v1 import event_pb2, ingest_pb2, lecture_pb2, notes_pb2, search_pb2, system_pb2

DEFAULT_TARGET = "unix:///run/hallscribe/hallscribe.sock"
TARGET_VARIABLE = "HALLSCRIBE_TARGET"

# A frame of 8 MiB with the fields around it.
_SEND_BYTES = 9 * 1024 * 1024
# The notes of a long lecture come as one message.
_RECEIVE_BYTES = 64 * 1024 * 1024

# Calls that may be made twice without harm. Creating and deleting are not among them: the second of two creations is
# told that the lecture exists, though it was the caller who made it.
_REPEATABLE = {
    lecture_pb2.DESCRIPTOR.services_by_name["LectureService"]: ("GetLecture", "ListLectures", "FinishLecture"),
    ingest_pb2.DESCRIPTOR.services_by_name["IngestService"]: ("PutCaptions", "ListSources"),
    event_pb2.DESCRIPTOR.services_by_name["EventService"]: ("ListEvents",),
    search_pb2.DESCRIPTOR.services_by_name["SearchService"]: ("Search",),
    notes_pb2.DESCRIPTOR.services_by_name["NotesService"]: ("GetNotes", "GetPicture", "GetTimeline"),
    system_pb2.DESCRIPTOR.services_by_name["SystemService"]: ("GetStatus",),
}


def target_of(target: str | None) -> str:
    """The target asked for, else that of the environment, else the daemon's usual socket.

    Raises:
        InvalidRequest: it is neither a socket nor a host with a port; gRPC would look up any word as a host.
    """
    found = target or os.environ.get(TARGET_VARIABLE) or DEFAULT_TARGET
    if ":" not in found:
        raise InvalidRequest(
            "INVALID_TARGET", f"{found!r} is no target; nothing was sent. Give unix:///path or host:port"
        )
    return found


def open_channel(target: str) -> aio.Channel:
    """A channel that notices a dead peer, comes back quickly and repeats what may be repeated."""
    return aio.insecure_channel(
        target,
        options=[
            ("grpc.max_send_message_length", _SEND_BYTES),
            ("grpc.max_receive_message_length", _RECEIVE_BYTES),
            ("grpc.keepalive_time_ms", 30_000),
            ("grpc.keepalive_timeout_ms", 10_000),
            ("grpc.http2.max_pings_without_data", 0),
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.min_reconnect_backoff_ms", 1_000),
            ("grpc.max_reconnect_backoff_ms", 1_000),
            # Each client its own connection: closing one, or losing it, leaves the others alone.
            ("grpc.use_local_subchannel_pool", 1),
            # A proxy of the environment must not stand between a box and its own daemon.
            ("grpc.enable_http_proxy", 0),
            ("grpc.service_config", service_config()),
        ],
    )


def service_config() -> str:
    """What gRPC repeats by itself: repeatable calls, while the daemon is unavailable for a moment."""
    names = [
        {"service": service.full_name, "method": method}
        for service, methods in _REPEATABLE.items()
        for method in methods
    ]
    policy = {
        "maxAttempts": 5,
        "initialBackoff": "0.2s",
        "maxBackoff": "2s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    return json.dumps({"methodConfig": [{"name": names, "retryPolicy": policy}]})
