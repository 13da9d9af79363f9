"""A worker in the summariser's place that does what its bundle's name says."""

from __future__ import annotations

import os
import signal
import time

from hallscribed.adapters.worker.child import Answer, Handler, serve
from hallscribed.adapters.worker.message import Header


def get_ready(settings: Header) -> Handler:
    what = settings["bundle"]
    if what == "broken":
        raise ValueError("the bundle is broken")
    if what == "slow to load":
        time.sleep(60)

    kept = b"x" * settings["memory_limit_bytes"] if what == "too big" else b""

    def handle(_: Header, parts: list[bytes]) -> Answer:
        _do(what, settings["memory_limit_bytes"])
        assert what != "too big" or kept
        return {}, [b" | ".join(parts)]

    return handle


def _do(what: str, limit: int) -> None:
    if what == "hang":
        time.sleep(60)
    elif what == "exit":
        os._exit(3)
    elif what == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    elif what == "memory":
        taken = []
        while True:
            taken.append(b"x" * (limit // 8))
            time.sleep(0.05)
    elif what == "no memory":
        raise MemoryError("bad allocation")
    elif what == "fail":
        raise RuntimeError("shapes do not match")


if __name__ == "__main__":
    serve(get_ready)
