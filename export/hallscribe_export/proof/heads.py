"""The projection's proof: the starter model's encoder and trained heads, exported by the ordinary commands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hallscribe_export.progress import Progress
from hallscribe_export.proof.exports import cost, exported, reached, verified
from hallscribe_export.proof.figures import Figure
from hallscribe_export.proof.setting import Setting
from hallscribe_export.recipe import recipe
from hallscribed.adapters.models.bundle import default_text_path

_STARTER = Path(__file__).parents[2] / "vjepa2-small"


def prove(setting: Setting, progress: Progress) -> Iterator[tuple[str, Figure]]:
    """Figures by name; both bundles stay in the setting's folder."""
    encoder, out = setting.work / "encoder", setting.work / "bundle"
    text = setting.daemon.parent / "share" / "hallscribe" / "bundles" / default_text_path().name
    progress.step("the encoder that the heads were trained for")
    exported("vjepa", _STARTER, encoder, "--precision", "int8")
    progress.step("the heads for both runtimes")
    yield from cost("fp32", exported("projection", _STARTER, out, "--encoder", str(encoder), "--text", str(text)))
    yield from reached("fp32", out, {"cosine_to_float32": recipe("projection").parity.cosine})
    yield from verified("fp32", out)
