from __future__ import annotations

import pytest

from hallscribed.domain.errors import InvalidRequest, Reason
from hallscribed.rpc.paging import after_time, after_token, page_size, page_token


def test_a_token_reads_back() -> None:
    assert after_token("events", page_token("events", "12.5")) == "12.5"
    assert after_token("events", "") == ""


@pytest.mark.parametrize("token", ["!", "AAAA", page_token("lectures", "x"), "ä", "x" * 5000])
def test_a_token_of_another_list_is_refused(token: str) -> None:
    with pytest.raises(InvalidRequest) as told:
        after_token("events", token)
    assert told.value.reason is Reason.INVALID_PAGE_TOKEN


def test_a_time_reads_back_and_anything_else_is_refused() -> None:
    assert after_time("events", page_token("events", repr(12.5))) == 12.5
    assert after_time("events", "") == -1.0
    for other in ("noon", "nan", "inf"):
        with pytest.raises(InvalidRequest) as told:
            after_time("events", page_token("events", other))
        assert told.value.reason is Reason.INVALID_PAGE_TOKEN


def test_page_sizes_have_a_default_and_a_limit() -> None:
    assert (page_size(0), page_size(7), page_size(5000)) == (100, 7, 1000)
