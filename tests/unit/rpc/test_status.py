from __future__ import annotations

import pytest
from google.rpc import code_pb2, error_details_pb2

from hallscribe.v1 import error_pb2
from hallscribed.domain import errors
from hallscribed.domain.errors import HallscribeError, Reason
from hallscribed.rpc.status import CODES, status_of


def subclasses(kind: type[HallscribeError]) -> set[type[HallscribeError]]:
    found = set(kind.__subclasses__())
    return found.union(*(subclasses(one) for one in found))


def test_every_error_has_a_code() -> None:
    assert subclasses(HallscribeError) == set(CODES)


def test_reasons_are_the_same_here_and_in_the_proto() -> None:
    told = {name.removeprefix("ERROR_REASON_") for name in error_pb2.ErrorReason.keys()}  # noqa: SIM118
    assert told == {reason.value for reason in Reason} | {"UNSPECIFIED"}


@pytest.mark.parametrize("kind", sorted(CODES, key=lambda kind: kind.__name__))
def test_details_say_why_where_and_when(kind: type[HallscribeError]) -> None:
    status = status_of(kind(Reason.LIMIT_REACHED, "told", field="k", retry_after_s=1.5))
    info, retry, bad = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo(), error_details_pb2.BadRequest()
    assert [status.details[0].Unpack(info), status.details[1].Unpack(retry), status.details[2].Unpack(bad)] == [
        True
    ] * 3
    assert (info.domain, info.reason) == ("hallscribe", "LIMIT_REACHED")
    assert retry.retry_delay.ToMilliseconds() == 1500
    assert bad.field_violations[0].field == "k"


def test_a_defect_is_internal() -> None:
    assert status_of(errors.Unavailable(Reason.INTERNAL, "defect")).code == code_pb2.INTERNAL
