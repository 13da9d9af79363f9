"""What `import hallscribe` brings, and what it leaves for later."""

from __future__ import annotations

import subprocess
import sys

import pytest

import hallscribe


def test_every_name_is_there() -> None:
    assert [name for name in hallscribe.__all__ if getattr(hallscribe, name).__name__ != name] == []
    assert set(hallscribe.__all__) <= set(dir(hallscribe))


def test_another_name_is_not() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Server'"):
        hallscribe.Server  # noqa: B018


def test_reading_videos_needs_no_grpc() -> None:
    script = "import sys, hallscribe.video; sys.exit('grpc' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
