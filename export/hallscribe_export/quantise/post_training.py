"""INT8 after training by NNCF: activations get the scales that pictures of a lecture have shown to fit."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from typing import Any

import openvino

from hallscribe_export.quantise.reference import Full
from hallscribe_export.quantise.work import Cases, Work


def require_nncf() -> None:
    """ValueError when NNCF is not installed here."""
    if importlib.util.find_spec("nncf") is None:
        raise ValueError(
            "calibrated INT8 is made by NNCF, which is not installed here: run make setup-export and use its "
            "environment, or give --precision int8"
        )


def quantised_model(work: Work, full: Full, keep: Sequence[str], calibrating: Cases) -> Any:
    """The openvino.Model with INT8 linear layers, SmoothQuant as NNCF does it for transformers.

    Args:
        full: the graph that it starts from.
        keep: linear layers that stay in full precision.
        calibrating: inputs that scales are chosen by.

    Raises:
        ValueError: NNCF is not installed here.
    """
    require_nncf()
    import nncf

    model = openvino.Core().read_model(full.graph)
    if not work.features:
        model = openvino.Model(model.get_results()[:1], model.get_parameters(), "model")
    inputs = [calibrating.input(number) for number in range(len(calibrating))]
    return nncf.quantize(
        model,
        nncf.Dataset(inputs),
        model_type=nncf.ModelType.TRANSFORMER,
        subset_size=len(inputs),
        ignored_scope=nncf.IgnoredScope(names=[full.products[name] for name in keep]),
    )
