"""Both runtimes behind one port, opened from a bundle."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hallscribed.adapters.models.bundle import Bundle, default_encoder_path, load
from hallscribed.adapters.runtime.factory import open_runtime
from hallscribed.domain.errors import Misconfigured

RUNTIMES = ["openvino", "onnxruntime"]


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load(default_encoder_path())


@pytest.mark.parametrize("name", RUNTIMES)
def test_a_run_gives_outputs_by_name_that_stay_as_they_are(bundle: Bundle, name: str) -> None:
    runtime = open_runtime(name, bundle, 1)
    assert runtime.name == name
    first = runtime.run({"pixel_values": np.zeros((1, 3, 224, 224), np.float32)})
    assert list(first) == ["pooled"]
    kept = first["pooled"].copy()
    runtime.run({"pixel_values": np.ones((1, 3, 224, 224), np.float32)})
    assert np.array_equal(first["pooled"], kept)


@pytest.mark.parametrize("name", RUNTIMES)
@pytest.mark.parametrize("shape", [(1, 3, 200, 224), (2, 3, 224, 224)])
def test_a_wrong_feed_is_a_runtime_error(bundle: Bundle, name: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(RuntimeError):
        open_runtime(name, bundle, 1).run({"pixel_values": np.zeros(shape, np.float32)})


@pytest.mark.parametrize("name", RUNTIMES)
def test_a_graph_of_other_shapes_than_promised_is_refused(bundle: Bundle, name: str) -> None:
    promised = tuple(tensor.model_copy(update={"shape": (1, 3, 256, 256)}) for tensor in bundle.manifest.inputs)
    lying = replace(bundle, manifest=bundle.manifest.model_copy(update={"inputs": promised}))
    with pytest.raises(Misconfigured, match="256"):
        open_runtime(name, lying, 1)


@pytest.mark.parametrize("name", RUNTIMES)
def test_a_graph_that_is_none_is_refused(bundle: Bundle, name: str, tmp_path: Path) -> None:
    for file in ("encoder.xml", "encoder.bin", "encoder.onnx"):
        (tmp_path / file).write_bytes(b"nothing of the kind")
    with pytest.raises(Misconfigured, match=str(tmp_path)):
        open_runtime(name, replace(bundle, path=tmp_path), 1)


def test_an_unknown_runtime_is_refused(bundle: Bundle) -> None:
    with pytest.raises(Misconfigured, match="openvino, onnxruntime"):
        open_runtime("tensorrt", bundle, 1)


@pytest.mark.parametrize(("name", "other"), [("openvino", "onnxruntime"), ("onnxruntime", "openvino")])
def test_only_the_chosen_backend_is_imported(name: str, other: str) -> None:
    code = (
        "import sys; from hallscribed.adapters.models.bundle import default_encoder_path, load; "
        "from hallscribed.adapters.runtime.factory import open_runtime; "
        f"open_runtime({name!r}, load(default_encoder_path()), 1); assert {other!r} not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
