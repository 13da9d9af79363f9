"""The figures of a bundle that is being made: how near to full precision, how fast, how large in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hallscribe_export.child import in_child
from hallscribe_export.golden import read_golden
from hallscribe_export.progress import Progress
from hallscribe_export.timing import measured_here
from hallscribe_export.verification.values import cores, outcomes
from hallscribed.adapters.models.bundle import load

_DIGITS = 6


def measured(folder: Path, progress: Progress) -> dict[str, float]:
    """For each runtime, in child processes: ``cosine_to_float32``, ``latency_ms`` and ``peak_memory_mib``.

    Names end with the runtime's; a further graph's begin with its name.

    Raises:
        ValueError: a cosine is below what the manifest's golden values ask for.
    """
    golden, figures = load(folder).manifest.golden, {}
    if golden is not None:
        for runtime, part, cosine in in_child(_cosines, progress, folder=folder).result:
            if not cosine >= golden.least_cosine[runtime]:
                raise ValueError(
                    f"on {runtime} a vector has a cosine of only {cosine:.4f} to full precision "
                    f"({golden.least_cosine[runtime]:g} is the least): these weights cannot be kept in this precision"
                )
            figures[f"{part + '_' if part else ''}cosine_to_float32_{runtime}"] = round(cosine, _DIGITS)
    return {**figures, **measured_here(folder, cores(), progress)}


def _cosines(progress: Progress, folder: Path) -> list[Any]:
    """In the child: runtime, further graph or None, cosine."""
    bundle = load(folder)
    golden = read_golden(folder, bundle.manifest)
    return [
        (runtime, found.part, found.cosine)
        for runtime in bundle.manifest.runtimes
        for found in outcomes(bundle, runtime, golden, cores())
    ]
