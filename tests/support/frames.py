"""Frames to push."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from hallscribe.v1 import ingest_pb2
from support.fakes import jpeg, slide


@cache
def picture(number: int) -> bytes:
    """A slide as JPEG."""
    return jpeg(slide(number))


def shown(numbers: Sequence[int], *, first: int = 1, start: float = 0.0) -> list[ingest_pb2.Frame]:
    """Slides shown for a second each."""
    return [
        ingest_pb2.Frame(position=first + i, media_time_s=start + i, image=picture(number))
        for i, number in enumerate(numbers)
    ]
