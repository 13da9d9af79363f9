from __future__ import annotations

import base64

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


def test_a_token_of_a_lecture_that_was_deleted_is_not_taken_for_the_next_of_its_name() -> None:
    token = Token.from_bytes(Token("epoch", 3, "01first").to_bytes())
    assert token == Token("epoch", 3, "01first")
    token.check("epoch", 8, "01first")
    token.check("epoch", 8)
    Token("epoch", 3).check("epoch", 8, "01first")
    with pytest.raises(HistoryGone, match="another created in its place"):
        token.check("epoch", 8, "01second")


def test_a_token_of_a_record_that_was_lost_is_not_taken_for_another_in_its_place() -> None:
    token = Token.from_bytes(Token.at("epoch", 3, "", 1764.25).to_bytes())
    token.check("epoch", 8, made=1764.25)
    token.check("epoch", 8, made=None)
    with pytest.raises(HistoryGone):
        token.check("epoch", 8, made=1765.5)


def test_a_token_of_an_earlier_version_is_still_good() -> None:
    for plain in ("01abc.7", "01abc.7.01first"):
        token = Token.from_bytes(base64.urlsafe_b64encode(plain.encode()))
        assert (token.epoch, token.sequence, token.made_us) == ("01abc", 7, None)
