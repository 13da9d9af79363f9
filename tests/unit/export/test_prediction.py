from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hallscribe_export.progress import Silent
from hallscribe_export.quantise.prediction import make_predictor, predictor_shape
from hallscribe_export.quantise.work import Work
from support.encoders import SIDE, WIDTH, vjepa_folder


@pytest.mark.parametrize(("bar", "kept"), [(0.9, ()), (2.0, ("predictor (openvino)", "predictor (onnxruntime)"))])
def test_a_predictor_that_int8_changes_too_much_stays_in_full_precision_and_is_named(
    tmp_path: Path, bar: float, kept: tuple[str, ...]
) -> None:
    work = Work(vjepa_folder(tmp_path / "small"), 1, SIDE, False)
    tokens = predictor_shape(work).context_tokens
    features = np.random.default_rng(0).normal(size=(tokens, WIDTH)).astype(np.float32)
    made = make_predictor(work, features, ("openvino", "onnxruntime"), "int8", bar, tmp_path / "out", Silent())
    assert made.kept == kept
    weights = sum(file.stat().st_size for file in made.files)
    plain = make_predictor(work, features, ("openvino", "onnxruntime"), "fp32", bar, tmp_path / "plain", Silent())
    assert plain.kept == ()
    assert (weights < sum(file.stat().st_size for file in plain.files)) is not bool(kept)
