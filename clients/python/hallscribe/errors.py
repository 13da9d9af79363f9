"""What can go wrong, as one tree; nothing of gRPC's own comes out of this library.

HallscribeError       reason (for programs), message (for people), code, retry_after_s, fields
├── InvalidRequest    the caller must change something
├── NotFound          what is named does not exist
├── AlreadyExists     what should be created is there already
├── Conflict          the present state forbids it
├── Denied            not allowed to this caller
├── TakenOver         a newer call of the same producer took this one's place
├── Exhausted         a limit is reached; retry_after_s says when to come back
├── Unavailable       trouble on the daemon's side or on the way; trying again may help
│   └── DaemonLost    trying again did not help for as long as was asked for
├── DeadlinePassed    the time ended before there was an answer
├── HistoryGone       the token's feed is no more: list, then subscribe from now
├── DataDamaged       stored data failed its checks
└── Internal          a defect; the daemon's log names the cause
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import cast

import grpc
from google.protobuf import any_pb2
from google.rpc import error_details_pb2
from grpc import aio
from grpc_status import rpc_status

DOMAIN = "hallscribe"


class HallscribeError(Exception):
    """Something was refused or failed.

    Attributes:
        reason: a stable name of hallscribe.v1.ErrorReason without its prefix; the code's name where there is none.
        message: what happened, what was kept, what to do.
        code: the canonical status code's name, such as "NOT_FOUND".
        retry_after_s: seconds after which trying again makes sense, or None.
        fields: request fields at fault, with what is wrong with each.
        explained: True when the daemon itself gave the reason, False when the transport did.
    """

    code = "UNKNOWN"

    def __init__(
        self,
        reason: str,
        message: str,
        *,
        code: str | None = None,
        retry_after_s: float | None = None,
        fields: Mapping[str, str] | None = None,
        explained: bool = False,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.code = code or self.code
        self.retry_after_s = retry_after_s
        self.fields = dict(fields or {})
        self.explained = explained


class InvalidRequest(HallscribeError):
    """The caller must change something."""

    code = "INVALID_ARGUMENT"


class NotFound(HallscribeError):
    """What is named does not exist."""

    code = "NOT_FOUND"


class AlreadyExists(HallscribeError):
    """What should be created is there already."""

    code = "ALREADY_EXISTS"


class Conflict(HallscribeError):
    """The present state forbids it."""

    code = "FAILED_PRECONDITION"


class Denied(HallscribeError):
    """Not allowed to this caller."""

    code = "PERMISSION_DENIED"


class TakenOver(HallscribeError):
    """A newer call of the same producer took this one's place."""

    code = "ABORTED"


class Exhausted(HallscribeError):
    """A limit is reached."""

    code = "RESOURCE_EXHAUSTED"


class Unavailable(HallscribeError):
    """Trouble on the daemon's side or on the way; trying again may help."""

    code = "UNAVAILABLE"


class DaemonLost(Unavailable):
    """The daemon could not be reached for as long as was asked for."""


class DeadlinePassed(HallscribeError):
    """The time ended before there was an answer."""

    code = "DEADLINE_EXCEEDED"


class HistoryGone(HallscribeError):
    """The token's feed is no more: list what there is, then subscribe from now."""

    code = "OUT_OF_RANGE"


class DataDamaged(HallscribeError):
    """Stored data failed its checks."""

    code = "DATA_LOSS"


class Internal(HallscribeError):
    """A defect; the daemon's log names the cause."""

    code = "INTERNAL"


_CLASSES: dict[grpc.StatusCode, type[HallscribeError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidRequest,
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.ALREADY_EXISTS: AlreadyExists,
    grpc.StatusCode.FAILED_PRECONDITION: Conflict,
    grpc.StatusCode.PERMISSION_DENIED: Denied,
    grpc.StatusCode.UNAUTHENTICATED: Denied,
    grpc.StatusCode.ABORTED: TakenOver,
    grpc.StatusCode.RESOURCE_EXHAUSTED: Exhausted,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    # A call of ours that ends as cancelled without our doing was cut off by a daemon going down.
    grpc.StatusCode.CANCELLED: Unavailable,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlinePassed,
    grpc.StatusCode.OUT_OF_RANGE: HistoryGone,
    grpc.StatusCode.DATA_LOSS: DataDamaged,
    grpc.StatusCode.INTERNAL: Internal,
    grpc.StatusCode.UNKNOWN: Internal,
    grpc.StatusCode.UNIMPLEMENTED: Internal,
}


@contextmanager
def translated() -> Iterator[None]:
    """Turn whatever gRPC raises inside into a HallscribeError; the only place that does."""
    try:
        yield
    except aio.AioRpcError as error:
        raise error_of(error) from error
    except aio.BaseError as error:
        raise Internal("CLIENT_CLOSED", f"this client cannot be used any more: {error}; open a new one") from error


def error_of(error: aio.AioRpcError) -> HallscribeError:
    """The error that a failed call stands for, with the details the daemon attached."""
    code = error.code()
    reason, retry_after_s, fields = "", None, {}
    for detail in _details(error):
        info, retry, bad = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo(), error_details_pb2.BadRequest()
        if detail.Unpack(info) and info.domain == DOMAIN:
            reason = info.reason
        elif detail.Unpack(retry):
            retry_after_s = retry.retry_delay.ToTimedelta().total_seconds()
        elif detail.Unpack(bad):
            fields = {violation.field: violation.description for violation in bad.field_violations}
    message = error.details() or f"the call ended with {code.name} and no explanation"
    if code is grpc.StatusCode.UNAVAILABLE and not reason:
        # gRPC lists every address and errno it tried; that stays in __cause__.
        message = "the connection to the daemon was refused or lost"
    return _CLASSES.get(code, HallscribeError)(
        reason or code.name,
        message,
        code=code.name,
        retry_after_s=retry_after_s,
        fields=fields,
        explained=bool(reason),
    )


def _details(error: aio.AioRpcError) -> list[any_pb2.Any]:
    try:
        status = rpc_status.from_call(cast(grpc.Call, error))
    except ValueError:
        # Code or text of the details contradict those of the call: then only the call's own count.
        return []
    return list(status.details) if status is not None else []
