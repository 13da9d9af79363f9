from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hallscribe_export.cli import main


def test_rendering_that_is_interrupted_says_what_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: object, **more: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        pytest.fail("it was not interrupted")

    monkeypatch.setattr("hallscribe_export.train.shards.render_shards", interrupted)
    result = CliRunner().invoke(main, ["render-lectures", "--out", str(tmp_path)])
    assert result.exit_code == 143
    assert "interrupted: whole shards are kept" in " ".join(result.output.split())
