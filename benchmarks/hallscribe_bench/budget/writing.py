"""A box whose language model writes summaries."""

from __future__ import annotations

import time
from pathlib import Path

from hallscribe.values import SummariserState
from hallscribe_bench.whole.box import Box

PATIENCE_S = 900.0


def summariser_table(bundle: Path, threads: int) -> dict[str, object]:
    """The daemon's configuration of a model that stays once it is loaded."""
    return {"bundle": bundle, "threads": threads, "patience_s": PATIENCE_S, "idle_s": 3600}


def await_writing(box: Box) -> None:
    """Wait until the model writes. RuntimeError when it does not."""
    deadline = time.monotonic() + PATIENCE_S
    while (told := box.client.status().summariser).state is not SummariserState.WORKING:
        if told.failures or time.monotonic() > deadline:
            raise RuntimeError(f"no summary is written: {told.failure_detail or 'nothing happened'}")
        time.sleep(0.2)
