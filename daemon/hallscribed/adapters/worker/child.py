"""The child's side of a worker: take the settings, get ready, answer until the parent is gone."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection

from hallscribed.adapters.worker.message import Header, receive, send

_PR_SET_PDEATHSIG = 1

Answer = tuple[Header, Sequence[bytes]]
Handler = Callable[[Header, list[bytes]], Answer]

log = logging.getLogger(__name__)


def serve(get_ready: Callable[[Header], Handler], *, nice: int = 0) -> None:
    """Run a worker on the pipe whose descriptor is the first argument."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # Ctrl-C and the service manager's SIGTERM reach the whole group: the gateway decides when its workers end.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    os.nice(nice)
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    pipe = Connection(int(sys.argv[1]))
    try:
        settings, _ = receive(pipe)
        handler = _ready(pipe, get_ready, settings)
        while handler is not None:
            header, parts = receive(pipe)
            send(pipe, *_answer(handler, header, parts))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _ready(pipe: Connection, get_ready: Callable[[Header], Handler], settings: Header) -> Handler | None:
    try:
        handler = get_ready(settings)
    except Exception as error:
        log.exception("cannot start")
        send(pipe, {"error": f"{type(error).__name__}: {error}"})
        return None
    send(pipe, {"ready": True})
    return handler


def _answer(handler: Handler, header: Header, parts: list[bytes]) -> Answer:
    try:
        return handler(header, parts)
    except Exception as error:
        log.exception("request %s failed", header.get("do"))
        return {"error": f"{type(error).__name__}: {error}"}, ()
