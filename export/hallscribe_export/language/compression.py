"""In a child process: a graph's weights to INT8 or INT4, by NNCF."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

from hallscribe_export.graph.saving import save_graph
from hallscribe_export.progress import Progress
from hallscribe_export.request import LanguagePrecision

# Weights that share a scale.
GROUP = 128


def compress(progress: Progress, graph: Path, out: Path, precision: LanguagePrecision) -> None:
    """Write ``graph`` (.xml) to ``out`` (.xml) with lighter weights.

    INT8 has a scale and a zero for each row. INT4 has them for each group of a row; the table of tokens, which is the
    output layer, too, stays INT8.
    """
    import nncf
    import openvino

    progress.step(f"{precision.upper()} weights")
    model = openvino.Core().read_model(graph)
    model = nncf.compress_weights(model, **_settings(nncf, precision))
    save_graph(model, out)
    del model
    gc.collect()


def _settings(nncf: Any, precision: LanguagePrecision) -> dict[str, Any]:
    if precision == "int8":
        return {"mode": nncf.CompressWeightsMode.INT8_ASYM}
    # A width that is no multiple of the group gets the next smaller one that fits.
    smaller = nncf.GroupSizeFallbackMode.ADJUST
    return {
        "mode": nncf.CompressWeightsMode.INT4_ASYM,
        "group_size": GROUP,
        "ratio": 1.0,
        "advanced_parameters": nncf.AdvancedCompressionParameters(group_size_fallback_mode=smaller),
    }
