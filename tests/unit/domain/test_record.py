from __future__ import annotations

import pytest

from hallscribed.domain.errors import HistoryGone, InvalidRequest
from hallscribed.domain.record import Token


def test_a_token_reads_back() -> None:
    assert Token.from_bytes(Token("01abc", 7).to_bytes()) == Token("01abc", 7)


@pytest.mark.parametrize("hostile", [b"", b"!", b"AAAA", b"\xff" * 40, b"MDE=", b"x" * 10_000])
def test_anything_else_is_refused(hostile: bytes) -> None:
    with pytest.raises(InvalidRequest):
        Token.from_bytes(hostile)


@pytest.mark.parametrize("token", [Token("other", 3), Token("epoch", 9), Token("epoch", -1)])
def test_a_token_of_another_feed_is_history(token: Token) -> None:
    with pytest.raises(HistoryGone):
        token.check("epoch", 8)
    Token("epoch", 8).check("epoch", 8)
