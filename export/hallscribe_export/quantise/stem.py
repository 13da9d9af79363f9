"""The stem of a graph for single pictures, folded and not, timed alone."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from hallscribe_export.graph.openvino_graph import OpenVinoGraph
from hallscribe_export.graph.port import Array
from hallscribe_export.models.encoder import INPUT, EncoderShape, tokens
from hallscribe_export.progress import Progress
from hallscribe_export.quantise.work import Cases, Work, opened

_ROUNDS = 30
_TOKENS = "tokens"
# A share of the largest token's value: sums in another order differ by this much.
_EQUAL = 1e-4


def compare_stems(progress: Progress, work: dict[str, Any], pictures: Any, clips: Any) -> dict[str, float]:
    """In a child: milliseconds of both and their largest difference, as a manifest's ``measured`` names them.

    ValueError when they do not give the same.
    """
    told, cases = Work(**work), Cases(pictures, clips)
    shape = told.encoder().shape
    picture = cases.input(0)
    clip = np.repeat(picture[:, None], shape.tubelet_size, axis=1)
    with tempfile.TemporaryDirectory(prefix="hallscribe-stem-") as temporary:
        folded = _run(told, shape, picture, Path(temporary) / "folded")
        whole = _run(told, replace(shape, frames=shape.tubelet_size), clip, Path(temporary) / "whole")
        one, other = folded(), whole()
        apart = float(np.abs(one - other).max())
        if apart > _EQUAL * max(1.0, float(np.abs(other).max())):
            raise ValueError(f"the folded stem differs from the whole one by {apart:g}: this checkpoint's stem is odd")
        times: dict[str, list[float]] = {"folded": [], "whole": []}
        for _ in range(_ROUNDS):
            for name, run in (("folded", folded), ("whole", whole)):
                begun = time.perf_counter()
                run()
                times[name].append(1000 * (time.perf_counter() - begun))
    return {
        "stem_folded_ms": round(statistics.median(times["folded"]), 3),
        "stem_whole_ms": round(statistics.median(times["whole"]), 3),
        "stem_difference": apart,
    }


def _run(work: Work, shape: EncoderShape, values: Array, folder: Path) -> Callable[[], Array]:
    folder.mkdir()
    graph = OpenVinoGraph("full")
    graph.output(tokens(graph, work.weights(), shape), _TOKENS)
    runtime = opened("openvino", folder / graph.save(folder, "stem")[0], "f32")
    return lambda: np.asarray(runtime.run({INPUT: values})[_TOKENS], np.float32)
