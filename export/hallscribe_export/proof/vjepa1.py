"""The true-size V-JEPA (1) proof: Meta's own file with random weights, exported by the ordinary command."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from hallscribe_export.progress import Progress
from hallscribe_export.proof.exports import cost, exported, reached, verified
from hallscribe_export.proof.figures import Figure
from hallscribe_export.proof.process import watched
from hallscribe_export.proof.setting import Setting
from hallscribe_export.recipe import recipe


def prove(setting: Setting, progress: Progress) -> Iterator[tuple[str, Figure]]:
    """Figures by name; the checkpoint, its safetensors and the bundle stay in the setting's folder."""
    progress.step("a checkpoint of the exact architecture with random weights, in Meta's own form")
    checkpoint = setting.work / "vitl16.pth.tar"
    making = [sys.executable, "-m", "hallscribe_export.proof.meta_file", str(checkpoint)]
    watched([*making, "--small"] if setting.small else making)
    bars = recipe("vjepa1").parity
    out = setting.work / "int8"
    progress.step("INT8 weights for both runtimes")
    yield from cost("int8", exported("vjepa", checkpoint, out, "--precision", "int8"))
    yield from reached("int8", out, {"cosine_to_float32": bars.cosine, "centred_cosine": bars.centred_cosine})
    yield from verified("int8", out)
