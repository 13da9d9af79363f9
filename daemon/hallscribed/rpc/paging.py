"""Pages of lists: how long, and where to go on."""

from __future__ import annotations

import base64
import binascii
import math

from hallscribed.domain.errors import InvalidRequest, Reason

_DEFAULT = 100
_MOST = 1000


def page_size(asked: int) -> int:
    """How many to give."""
    return min(asked, _MOST) if asked else _DEFAULT


def page_token(kind: str, after: str) -> str:
    """A token that goes on after a key; ``kind`` keeps lists' tokens apart."""
    return base64.urlsafe_b64encode(f"{kind}:{after}".encode()).decode()


def after_time(kind: str, token: str) -> float:
    """The media time to go on after; -1 for the first page. InvalidRequest for another list's token."""
    after = after_token(kind, token)
    try:
        time = float(after or -1.0)
    except ValueError as error:
        raise _not_ours() from error
    if not math.isfinite(time):
        raise _not_ours()
    return time


def after_token(kind: str, token: str) -> str:
    """The key to go on after; "" for the first page. InvalidRequest for another list's token."""
    if not token:
        return ""
    try:
        plain = base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        plain = ""
    made_for, separator, after = plain.partition(":")
    if made_for != kind or not separator:
        raise _not_ours()
    return after


def _not_ours() -> InvalidRequest:
    return InvalidRequest(
        Reason.INVALID_PAGE_TOKEN, "this page token was not made by this list; begin without one", field="page_token"
    )
