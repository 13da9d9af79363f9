"""Calls that take long keep none waiting that is answered at once."""

from __future__ import annotations

import asyncio
import threading

from hallscribed.rpc.slowly import slowly


async def test_a_call_is_answered_while_more_slow_ones_wait_than_there_are_threads() -> None:
    go_on = threading.Event()
    waiting = [asyncio.create_task(slowly(lambda: go_on.wait(20))) for _ in range(100)]
    await asyncio.sleep(0.05)
    try:
        async with asyncio.timeout(5):
            assert await asyncio.to_thread(lambda: "at once") == "at once"
    finally:
        go_on.set()
    assert all(await asyncio.gather(*waiting))
