"""The true-size Gemma proof: exported by the ordinary command, verified, and at work in the daemon's summariser."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from hallscribe_export.progress import Progress
from hallscribe_export.proof.figures import Figure
from hallscribe_export.proof.process import watched
from hallscribe_export.proof.setting import EXPORT, Setting
from hallscribed.adapters.models.bundle import load

# Of an export on two cores; gigabytes are 10^9 bytes.
_INT8_S, _INT8_MIB = 120, 9e9 / 2**20
_SUMMARIES = 3


def prove(setting: Setting, progress: Progress) -> dict[str, Figure]:
    """Figures by name; bundles stay in the setting's folder."""
    progress.step("a checkpoint of the exact architecture with random weights")
    checkpoint = setting.checkpoint("gemma-2b", "tiny-gemma")
    figures: dict[str, Figure] = {}
    for precision in ("int8", "int4"):
        progress.step(f"Gemma in {precision.upper()}")
        figures.update(_exported(checkpoint, setting.work / precision, precision))
    progress.step("the INT8 bundle at work in the daemon's summariser")
    at_work = [str(setting.daemon / "python"), "-m", "hallscribe_export.proof.summarised"]
    taken = watched([*at_work, str(setting.work / "int8"), str(_SUMMARIES)])
    for name, value in json.loads(taken.said).items():
        figures[name] = Figure(value=value, unit="s" if name.endswith("seconds") else "MiB")
    return figures


def _exported(checkpoint: Path, out: Path, precision: str) -> Iterator[tuple[str, Figure]]:
    shutil.rmtree(out, ignore_errors=True)
    taken = watched([*EXPORT, "gemma", str(checkpoint), "--out", str(out), "--precision", precision])
    seconds, mib = (_INT8_S, _INT8_MIB) if precision == "int8" else (None, None)
    yield f"{precision}_seconds", Figure(value=round(taken.seconds, 1), unit="s", target=seconds)
    yield f"{precision}_peak_mib", Figure(value=round(taken.peak_mib), unit="MiB", target=mib)
    bundle = load(out)
    size = sum(entry.bytes for entry in bundle.manifest.files.values())
    yield f"{precision}_bundle_mb", Figure(value=round(size / 1e6), unit="MB")
    for name, value in bundle.manifest.measured.items():
        better = "less" if "_ms" in name or "_mib" in name else "more"
        yield f"{precision}_{name}", Figure(value=value, unit="", better=better)
    checked = watched([*EXPORT, "verify", str(out), "--json"])
    yield f"{precision}_verify_seconds", Figure(value=round(checked.seconds, 1), unit="s")
