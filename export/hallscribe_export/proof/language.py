"""The true-size Gemma proof: exported by the ordinary command, verified, and at work in the daemon's summariser."""

from __future__ import annotations

import json
from collections.abc import Iterator

from hallscribe_export.progress import Progress
from hallscribe_export.proof.exports import cost, exported, reached, verified
from hallscribe_export.proof.figures import Figure
from hallscribe_export.proof.process import watched
from hallscribe_export.proof.setting import Setting

# Of an export on two cores; gigabytes are 10^9 bytes.
_INT8_S, _INT8_MIB = 120, 9e9 / 2**20
_SUMMARIES = 3


def prove(setting: Setting, progress: Progress) -> Iterator[tuple[str, Figure]]:
    """Figures by name; bundles stay in the setting's folder."""
    progress.step("a checkpoint of the exact architecture with random weights")
    checkpoint = setting.checkpoint("gemma-2b", "tiny-gemma")
    for precision, seconds, mib in (("int8", _INT8_S, _INT8_MIB), ("int4", None, None)):
        progress.step(f"Gemma in {precision.upper()}")
        out = setting.work / precision
        yield from cost(precision, exported("gemma", checkpoint, out, "--precision", precision), seconds, mib)
        yield from reached(precision, out)
        yield from verified(precision, out)
    progress.step("the INT8 bundle at work in the daemon's summariser")
    at_work = [str(setting.daemon / "python"), "-m", "hallscribe_export.proof.summarised"]
    taken = watched([*at_work, str(setting.work / "int8"), str(_SUMMARIES)])
    for name, value in json.loads(taken.said).items():
        yield name, Figure(value=value, unit="s" if name.endswith("seconds") else "MiB")
