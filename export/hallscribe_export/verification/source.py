"""Whether a bundle is still true to the checkpoint that it was made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallscribe_export.checkpoint import Checkpoint
from hallscribe_export.golden import read_golden
from hallscribe_export.verification.reference import has_transformers, reference
from hallscribe_export.verification.report import Line, Rung
from hallscribe_export.verification.task import task_lines
from hallscribed.adapters.models.bundle import Bundle

# Of the largest number: two float32 calculations of the same sums in another order stay far below it. What was kept as
# float16 is that much coarser.
_EQUAL = {"float32": 1e-4, "float16": 1e-3}
_WEIGHTS = (".safetensors", ".pth", ".pt", ".tar", ".bin")


def rungs(bundle: Bundle, checkpoint: Checkpoint) -> list[Rung]:
    """The rungs that a source adds."""
    found: list[Rung] = [
        ("source", lambda: _hashes(bundle, checkpoint)),
        ("float32", lambda: _float32(bundle, checkpoint)),
    ]
    if bundle.manifest.kind == "encoder":
        found.append(("task", lambda: task_lines(bundle, checkpoint)))
    return found


def _hashes(bundle: Bundle, checkpoint: Checkpoint) -> Iterator[Line]:
    """The source's files are those that the manifest names."""
    recorded = bundle.manifest.source
    if recorded is None:
        told = "this bundle's manifest does not name its source: export it anew"
        yield Line("source", "", "not checked", told)
        return
    common = [name for name in recorded.files if name in checkpoint.files]
    other = [name for name in common if recorded.files[name] != checkpoint.files[name]]
    if other:
        told = (
            f"{checkpoint.folder / other[0]} has the sha256 {checkpoint.files[other[0]][:12]}, this bundle was made of "
            f"one with {recorded.files[other[0]][:12]}: give the checkpoint {recorded.name} that it was made of"
        )
        yield Line("source", other[0], "failed", told)
    elif not any(name.endswith(_WEIGHTS) for name in common):
        wanted = next((name for name in recorded.files if name.endswith(_WEIGHTS)), recorded.name)
        told = f"{checkpoint.folder} does not hold {wanted}, of which this bundle was made: give {recorded.name}"
        yield Line("source", wanted, "failed", told)
    else:
        yield Line("source", checkpoint.name, "passed", f"sha256 of {len(common)} files")


def _float32(bundle: Bundle, checkpoint: Checkpoint) -> Iterator[Line]:
    """The golden outputs are what the source makes of the golden inputs."""
    if bundle.manifest.golden is None:
        yield Line("float32", "", "not checked", "this bundle has no golden inputs: export it anew")
        return
    golden = read_golden(bundle.path, bundle.manifest)
    if bundle.manifest.kind == "language" and not has_transformers():
        told = "a language model is run in the export environment only: make setup-export"
        yield Line("float32", "logits", "not checked", told)
    for name, by, calculate in reference(bundle, checkpoint, golden):
        yield _compared(name, by, calculate, golden[name])


def _compared(name: str, by: str, calculate: Callable[[], NDArray[Any]], kept: NDArray[Any]) -> Line:
    rows = calculate()
    if rows.shape != kept.shape:
        told = f"{by} gives {rows.shape}, golden outputs are {kept.shape}: export the bundle anew"
        return Line("float32", name, "failed", told)
    kept, bar = kept.astype(np.float32), _EQUAL[kept.dtype.name]
    apart = float(np.abs(rows - kept).max() / max(float(np.abs(kept).max()), 1e-30))
    if not apart <= bar:
        told = f"{by} makes other numbers of the golden inputs than travel in the bundle: export the bundle anew"
        return Line("float32", name, "failed", told, apart, bar)
    told = f"largest difference to {by}, as a share of the largest number"
    return Line("float32", name, "passed", told, apart, bar)
