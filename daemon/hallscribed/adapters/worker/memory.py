"""How much memory a process has to itself, and giving back what it does not use."""

from __future__ import annotations

import ctypes
import gc

from hallscribed.adapters.worker import proc


def trim() -> None:
    """Give back what loading or a large picture left free within the heap; takes a few milliseconds.

    Only glibc can; elsewhere nothing happens.
    """
    gc.collect()
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)


def private_bytes(pid: int) -> tuple[int, int]:
    """Memory in use that no file backs, and private memory asked for; zeros once it is gone."""
    try:
        lines = proc.told(f"/proc/{pid}/status").splitlines()
    except OSError:
        return 0, 0
    told = {name: value for name, _, value in (line.partition(":") for line in lines)}
    return tuple(int(told.get(name, "0 kB").split()[0]) << 10 for name in ("RssAnon", "VmData"))  # type: ignore[return-value]
