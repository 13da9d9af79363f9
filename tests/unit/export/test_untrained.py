"""An encoder bundle with random weights, always the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from hallscribe_export.golden import read_golden
from hallscribe_export.graph.onnx_graph import OnnxGraph
from hallscribe_export.graph.openvino_graph import OpenVinoGraph
from hallscribe_export.graph.port import quantised
from hallscribe_export.models.vjepa2 import describe, parameter_shapes
from hallscribe_export.untrained import SHAPE, make_untrained, random_weights
from hallscribed.adapters.models.bundle import load


def constants(model: onnx.ModelProto) -> dict[str, np.ndarray]:
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}


def test_making_it_again_gives_the_same_files(tmp_path: Path) -> None:
    make_untrained(tmp_path / "one")
    make_untrained(tmp_path / "two")
    first, second = load(tmp_path / "one"), load(tmp_path / "two")
    assert first.manifest.files == second.manifest.files
    taken = {"measured", "manifest_sha256"}
    assert first.manifest.model_dump(exclude=taken) == second.manifest.model_dump(exclude=taken)
    assert not first.space.trained
    assert not first.space.aligned
    # Pictures that are alike would let any graph pass.
    pooled = read_golden(first.path, first.manifest)["pooled"]
    vectors = pooled - pooled.mean(axis=0)
    assert np.linalg.norm(vectors, axis=1).min() > 0.01 * np.linalg.norm(pooled, axis=1).max()


def test_both_descriptions_hold_the_same_int8_weights(tmp_path: Path) -> None:
    graph = OpenVinoGraph()
    describe(graph, random_weights(), SHAPE)
    graph.save(tmp_path, "encoder")
    weights = (tmp_path / "encoder.bin").read_bytes()
    onnx_graph = OnnxGraph()
    describe(onnx_graph, random_weights(), SHAPE)
    kept = [values for values in constants(onnx_graph.model()).values() if values.dtype == np.int8 and values.any()]
    assert len(kept) == 6 * SHAPE.num_hidden_layers + 1
    for values in kept:
        assert values.tobytes() in weights


def test_it_has_every_parameter_of_the_architecture() -> None:
    weights = random_weights()
    assert {name: values.shape for name, values in weights.items()} == parameter_shapes(SHAPE)


@pytest.mark.parametrize("shape", [(5, 7), (4, 3, 2, 2), (1, 1)])
def test_int8_is_never_off_by_more_than_half_a_step(shape: tuple[int, ...]) -> None:
    weight = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    weight[0] = 0
    values, scale = quantised(weight)
    assert values.dtype == np.int8
    assert scale.shape == (shape[0], *(1 for _ in shape[1:]))
    assert (np.abs(values * scale - weight) <= scale * 0.5001).all()
    assert not values[0].any()
