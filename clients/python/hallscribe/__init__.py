"""Client library of Hallscribe.

    with hallscribe.Client() as client:
        for moment in client.search("where the gradient is explained").moments:
            print(moment.lecture_id, moment.start_s, moment.title)

``AsyncClient`` is the same for asyncio. What the daemon tells are the small values of ``hallscribe.values``; what goes
wrong is the tree of ``hallscribe.errors``.
"""

from __future__ import annotations

from hallscribe.async_client import AsyncClient
from hallscribe.errors import (
    AlreadyExists,
    Conflict,
    DaemonLost,
    DataDamaged,
    DeadlinePassed,
    Denied,
    Exhausted,
    HallscribeError,
    HistoryGone,
    Internal,
    InvalidRequest,
    NotFound,
    TakenOver,
    Unavailable,
)
from hallscribe.sync import Client
from hallscribe.values import Frame, ImageFormat, Progress, Record, Route, StreamStart

__all__ = [
    "AlreadyExists",
    "AsyncClient",
    "Client",
    "Conflict",
    "DaemonLost",
    "DataDamaged",
    "DeadlinePassed",
    "Denied",
    "Exhausted",
    "Frame",
    "HallscribeError",
    "HistoryGone",
    "ImageFormat",
    "Internal",
    "InvalidRequest",
    "NotFound",
    "Progress",
    "Record",
    "Route",
    "StreamStart",
    "TakenOver",
    "Unavailable",
]
