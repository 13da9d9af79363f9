"""Checks a bundle from the outside in: hashes, names, axes, shapes, values, and on request against its source.

Everything that opens a model happens in a child process: a damaged graph may take its process with it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hallscribe_export.checkpoint import Checkpoint, open_checkpoint
from hallscribe_export.child import in_child
from hallscribe_export.golden import read_golden
from hallscribe_export.heads_file import read_heads
from hallscribe_export.jobs import recipe_for
from hallscribe_export.limits import refuse_full_temporary
from hallscribe_export.progress import Progress
from hallscribe_export.recipe import Family, recipe
from hallscribe_export.verification import language, reference, source, structure
from hallscribe_export.verification.report import Line, Report, Rung, climb
from hallscribe_export.verification.values import cores, outcomes
from hallscribed.adapters.models.bundle import Bundle, load
from hallscribed.domain.errors import Misconfigured

_HASHES = "hashes"
# The golden array with a row for each case.
_FIRST = {"encoder": "pooled", "text": "vectors", "projection": "visual.vectors", "language": "prompts"}
# Of which a source may be, the first with the recipe for fetching it.
_FAMILIES: dict[str, tuple[Family, ...]] = {
    "encoder": ("vjepa2", "vjepa1"),
    "text": ("minilm",),
    "language": ("gemma",),
}


@contextlib.contextmanager
def open_source(bundle: Path, source: str) -> Iterator[Checkpoint]:
    """What a bundle is compared with: any SOURCE of the command that made it, for as long as the block lasts.

    Raises:
        ValueError, Misconfigured: there is none, the bundle's manifest does not say of which kind it would be, or
            there is no room for what is compared with it.
    """
    kind = load(bundle).manifest.kind
    if kind == "projection":
        heads = read_heads(Path(source))
        files = {heads.file.name: heads.sha256}
        description = heads.description
        yield Checkpoint(heads.file.parent, heads.file.name, heads.sha256, description.licence, files)
    else:
        families = _FAMILIES[kind]

        def look(folder: Path, _: int) -> None:
            recipe_for(folder, *families)

        with open_checkpoint(source, recipe(families[0]), bundle, look=look) as checkpoint:
            need = 0.0
            with contextlib.suppress(ValueError):  # of damage, which the rungs tell
                need = reference.written_mib(kind, checkpoint)
            refuse_full_temporary(f"comparing {bundle} with {source}", need)
            yield checkpoint


def verify_bundle(bundle: Path, checkpoint: Checkpoint | None, progress: Progress) -> Report:
    """Check the bundle in a child process; the report names what failed.

    Args:
        checkpoint: what it was made of, to compare with; None leaves those rungs out.

    Raises:
        ValueError: this machine has not the memory for it.
        OSError: it has not the room, or lacks something else that says nothing of the bundle.
    """
    last = _Last(progress)
    origin = None if checkpoint is None else asdict(checkpoint)
    try:
        found = in_child(_climbed, last, folder=bundle, origin=origin).result
    except RuntimeError as error:  # the child crashed: the rung it was on is what failed
        return Report(str(bundle), "", (Line(last.name, "", "failed", f"{error}; export the bundle anew"),))
    lines = tuple(Line(**line) for line in found["lines"])
    return Report(str(bundle), found["model"], lines)


class _Last:
    """Behind Progress: remembers which step it was."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.name = _HASHES

    def step(self, name: str) -> None:
        self.name = name
        self._progress.step(name)

    def advance(self, done: int, total: int) -> None:
        self._progress.advance(done, total)


def _climbed(progress: Progress, folder: Path, origin: dict[str, Any] | None) -> dict[str, Any]:
    """In the child: the model's name and all lines."""
    progress.step(_HASHES)
    try:
        bundle = load(folder)
    except Misconfigured as error:
        lines = [Line(_HASHES, "", "failed", str(error))]
        return {"model": "", "lines": [asdict(line) for line in lines]}
    rungs = list(_rungs(bundle))
    if origin is not None:
        rungs += source.rungs(bundle, Checkpoint(**origin))
    lines = [*structure.hashed(bundle), *climb(rungs, progress.step)]
    manifest = bundle.manifest
    return {"model": f"{manifest.model_id} {manifest.revision}", "lines": [asdict(line) for line in lines]}


def _rungs(bundle: Bundle) -> Iterator[Rung]:
    if bundle.manifest.kind == "language":
        yield "names", lambda: _language_names(bundle)
    else:
        graphs: list[structure.Opened] = []
        yield "names", lambda: structure.names(graphs, bundle)
        yield "axes", lambda: structure.axes(graphs)
        yield "shapes", lambda: structure.shapes(graphs)
    yield "values", lambda: _values(bundle)


def _language_names(bundle: Bundle) -> Iterator[Line]:
    language.open_language(bundle, cores())
    yield Line("names", "openvino", "passed", f"{language.IDS}, {language.LOGITS}")


def _values(bundle: Bundle) -> Iterator[Line]:
    """Golden inputs through every graph: near enough to full precision, and twice the same."""
    if bundle.manifest.golden is None:
        told = "this bundle was made without golden inputs, values could not be checked: export it anew"
        yield Line("values", "", "not checked", told)
        return
    golden = read_golden(bundle.path, bundle.manifest)
    for runtime in bundle.manifest.runtimes:
        bar = bundle.manifest.golden.least_cosine.get(runtime)
        for found in outcomes(bundle, runtime, golden, cores()):
            where = f"{runtime} {found.part}" if found.part else str(runtime)
            told, passed = _judged(found.cosine, found.repeatable, bar, len(golden[_FIRST[bundle.manifest.kind]]))
            yield Line("values", where, "passed" if passed else "failed", told, round(found.cosine, 6), bar)


def _judged(cosine: float, repeatable: bool, bar: float | None, rows: int) -> tuple[str, bool]:
    if bar is None:
        return "the manifest gives no bar for this runtime: export the bundle anew", False
    if not cosine >= bar:
        return (
            "the graph does not calculate what the model does in full precision: these are other weights, or this "
            "processor rounds otherwise; export the bundle anew, on this machine if it came from another",
            False,
        )
    if not repeatable:
        return "the same inputs gave other outputs the second time: update the runtime, or export for the other", False
    return f"least cosine to full precision over {rows} golden inputs, twice the same", True
