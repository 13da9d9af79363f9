"""One export by the ordinary command: what it took, and what its manifest says was reached."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from hallscribe_export.proof.figures import Figure
from hallscribe_export.proof.process import Taken, watched
from hallscribe_export.proof.setting import EXPORT
from hallscribed.adapters.models.bundle import load

_UNITS = {"ms": "ms", "mib": "MiB"}


def exported(command: str, source: str | Path, out: Path, *options: str) -> Taken:
    """Run ``hallscribe-export COMMAND SOURCE``; an older bundle in ``out`` goes first."""
    shutil.rmtree(out, ignore_errors=True)
    return watched([*EXPORT, command, str(source), "--out", str(out), *options])


def cost(
    name: str, taken: Taken, seconds: float | None = None, mib: float | None = None
) -> Iterator[tuple[str, Figure]]:
    """Seconds and peak memory, with the most that they may be."""
    yield f"{name}_seconds", Figure(value=round(taken.seconds, 1), unit="s", target=seconds)
    yield f"{name}_peak_mib", Figure(value=round(taken.peak_mib), unit="MiB", target=mib)


def reached(name: str, out: Path, least: Mapping[str, float | None] | None = None) -> Iterator[tuple[str, Figure]]:
    """The bundle's size and every figure of its manifest; ``least`` has bars for those whose names begin so."""
    manifest = load(out).manifest
    size = sum(entry.bytes for entry in manifest.files.values())
    yield f"{name}_bundle_mb", Figure(value=round(size / 1e6, 1), unit="MB")
    for figure, value in manifest.measured.items():
        bar = next((bar for start, bar in (least or {}).items() if figure.startswith(start)), None)
        unit = next((unit for word, unit in _UNITS.items() if f"_{word}" in figure), "")
        yield f"{name}_{figure}", Figure(value=value, unit=unit, target=bar, better="less" if unit else "more")


def verified(name: str, out: Path, *options: str) -> Iterator[tuple[str, Figure]]:
    """Seconds that checking the bundle takes. RuntimeError when it does not hold what it says."""
    taken = watched([*EXPORT, "verify", str(out), *options, "--json"])
    yield f"{name}_verify_seconds", Figure(value=round(taken.seconds, 1), unit="s")
