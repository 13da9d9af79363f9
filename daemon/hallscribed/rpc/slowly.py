"""Calls that may take long, on threads of their own: those that are answered at once never wait behind them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_AT_ONCE = 8

_Result = TypeVar("_Result")

_threads = ThreadPoolExecutor(_AT_ONCE, "slow call")


async def slowly(work: Callable[[], _Result]) -> _Result:
    """Do work that reads a file, or waits for a worker or an encoder; eight at a time, the others wait."""
    return await asyncio.get_running_loop().run_in_executor(_threads, work)
