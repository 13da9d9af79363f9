from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

# Before numpy is imported: threads of several test processes would only stand in each other's way.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest

from support.daemon import Daemon


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """A running daemon with an empty data folder."""
    running = Daemon(tmp_path).start()
    yield running
    running.close()
