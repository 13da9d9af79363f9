"""What INT8 leaves of the trained weights."""

from __future__ import annotations

from hallscribe_export.graph.port import Array
from hallscribe_export.parity import centred_cosine, least_cosine, neighbours
from hallscribe_export.train.evaluation.metrics import cosines
from hallscribe_export.train.evaluation.rows import Bar, Row

SECTION = "INT8"
COSINE, NEAREST = Bar(least=0.999), Bar(least=0.95)


def rows(runtime: str, kept: Array, full: Array) -> list[Row]:
    """The vectors (N, D) of a bundle on one runtime against those of full precision."""
    count = len(full)
    return [
        Row(
            SECTION,
            f"{runtime}: cosine to full precision, the worst of {count} frames",
            least_cosine(kept, full),
            COSINE,
            note=f"mean {cosines(kept, full).mean():.6f}",
            digits=5,
        ),
        Row(
            SECTION,
            f"{runtime}: the same after the mean of all frames was taken from both",
            centred_cosine(kept, full),
            note=f"mean {cosines(kept - full.mean(0), full - full.mean(0)).mean():.6f}",
            digits=5,
        ),
        Row(SECTION, f"{runtime}: top-10 overlap, mean of {count} frames", neighbours(kept, full), NEAREST),
    ]
