from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

# Before numpy is imported: threads of several test processes would only stand in each other's way.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest

if TYPE_CHECKING:
    from support.daemon import Daemon


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """A running daemon with an empty data folder."""
    # Not above: the environment that exports has no daemon's packages.
    from support.daemon import Daemon

    running = Daemon(tmp_path).start()
    yield running
    running.close()
