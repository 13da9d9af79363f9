"""Client library of Hallscribe.

    with hallscribe.Client() as client:
        for moment in client.search("where the gradient is explained").moments:
            print(moment.lecture_id, moment.start_s, moment.title)

``AsyncClient`` is the same for asyncio. What the daemon tells are the small values of ``hallscribe.values``; what goes
wrong is the tree of ``hallscribe.errors``. gRPC is imported when one of the names here is first used, so that
``hallscribe.video`` alone stays light.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

# Read when gRPC is imported; it otherwise writes to the terminal when a daemon goes away.
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")

if TYPE_CHECKING:
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

_HOMES = {
    "AsyncClient": "hallscribe.async_client",
    "Client": "hallscribe.sync",
    **dict.fromkeys(("Frame", "ImageFormat", "Progress", "Record", "Route", "StreamStart"), "hallscribe.values"),
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES.get(name, "hallscribe.errors")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
