from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hallscribe_export.cli import main


@pytest.mark.skipif(find_spec("torch") is not None, reason="about environments without torch")
def test_without_torch_it_says_where_there_is_one(tmp_path: Path) -> None:
    words = ["train-projection", "--encoder", "x", "--pairs", "y", "--out", str(tmp_path / "heads")]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2
    assert "torch is not installed: this needs the export environment" in result.output
    assert not (tmp_path / "heads").exists()
