"""Errors to gRPC status: canonical code, ErrorInfo with a stable reason, RetryInfo and BadRequest where they help."""

from __future__ import annotations

from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2

from hallscribed.domain.errors import (
    Conflict,
    DataDamaged,
    DeadlinePassed,
    Exhausted,
    Exists,
    HallscribeError,
    HistoryGone,
    InvalidRequest,
    NotFound,
    Reason,
    Superseded,
    Unavailable,
)

DOMAIN = "hallscribe"

CODES: dict[type[HallscribeError], int] = {
    InvalidRequest: code_pb2.INVALID_ARGUMENT,
    NotFound: code_pb2.NOT_FOUND,
    Exists: code_pb2.ALREADY_EXISTS,
    Conflict: code_pb2.FAILED_PRECONDITION,
    Superseded: code_pb2.ABORTED,
    Exhausted: code_pb2.RESOURCE_EXHAUSTED,
    Unavailable: code_pb2.UNAVAILABLE,
    DeadlinePassed: code_pb2.DEADLINE_EXCEEDED,
    HistoryGone: code_pb2.OUT_OF_RANGE,
    DataDamaged: code_pb2.DATA_LOSS,
}


def status_of(error: HallscribeError) -> status_pb2.Status:
    """The status that tells a client about an error."""
    details: list[Message] = [error_details_pb2.ErrorInfo(reason=error.reason.value, domain=DOMAIN)]
    if error.retry_after_s is not None:
        delay = duration_pb2.Duration()
        delay.FromMilliseconds(round(error.retry_after_s * 1000))
        details.append(error_details_pb2.RetryInfo(retry_delay=delay))
    if error.field:
        violation = error_details_pb2.BadRequest.FieldViolation(field=error.field, description=error.message)
        details.append(error_details_pb2.BadRequest(field_violations=[violation]))
    code = code_pb2.INTERNAL if error.reason is Reason.INTERNAL else CODES[type(error)]
    return status_pb2.Status(code=code, message=error.message, details=[_packed(detail) for detail in details])


def internal() -> status_pb2.Status:
    """The status of a defect: what it was stays in the log."""
    info = error_details_pb2.ErrorInfo(reason=Reason.INTERNAL.value, domain=DOMAIN)
    return status_pb2.Status(
        code=code_pb2.INTERNAL,
        message="a defect in the daemon; its log names the cause, and what was acknowledged is kept",
        details=[_packed(info)],
    )


def _packed(message: Message) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(message)
    return packed
