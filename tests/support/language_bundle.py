"""A Gemma of two hundred thousand random weights, exported as any other: for what `tiny_language` leaves open."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

_PYTHON = Path(__file__).parents[2] / ".venv-export" / "bin" / "python"


def exported_gemma(folder: Path) -> Path:
    """The INT8 bundle, 0.8 MB, made in ``folder`` in about 20 s; skips the test without the export environment."""
    if not _PYTHON.exists():
        pytest.skip("exporting a Gemma needs the export environment: make setup-export")
    checkpoint, out = folder / "tiny-gemma", folder / "bundle"
    run("hallscribe_export.proof.checkpoints", "tiny-gemma", "--out", str(checkpoint))
    run("hallscribe_export.cli", "gemma", str(checkpoint), "--out", str(out))
    return out


def run(module: str, *arguments: str) -> None:
    done = subprocess.run([_PYTHON, "-m", module, *arguments], capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stderr
