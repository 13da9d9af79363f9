"""What each runtime's writer makes of a description, run by the daemon's own runtimes."""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import openvino
import pytest

from hallscribe_export.graph import onnx_graph, saving
from hallscribe_export.graph.onnx_graph import OnnxGraph
from hallscribe_export.graph.openvino_graph import OpenVinoGraph
from hallscribe_export.graph.port import Array, Mode, Turn, quantised
from hallscribed.adapters.runtime.onnx_runtime import OnnxRuntime
from hallscribed.adapters.runtime.openvino_runtime import OpenVinoRuntime

TOKENS, WIDTH, HEADS = 9, 64, 4
Describe = Callable[[Any, Any], Any]
WRITERS = pytest.mark.parametrize("runtime", ["openvino", "onnxruntime"])
MODES: tuple[Mode, ...] = ("full", "weights", "dynamic")


def values(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def mild(rows: int, columns: int, seed: int) -> Array:
    """Weights that no processor cuts off in a product with ``first_off`` inputs.

    OpenVINO's products of INT8 add two at a time in 16 bits where there is no VNNI: here all but the first column stay
    below half of the largest number, and what meets the first is 0.
    """
    weight = values(rows, columns, seed=seed)
    weight[:, 0] = 2 * np.abs(weight[:, 1:]).max(axis=1)
    return weight


def first_off(x: Array) -> Array:
    x[..., 0] = 0
    return x


def written(runtime: str, mode: Mode, folder: Path, describe: Describe, keep: tuple[str, ...] = ()) -> Path:
    graph: Any = OpenVinoGraph(mode, keep) if runtime == "openvino" else OnnxGraph(mode, keep)
    graph.output(describe(graph, graph.input("x", "float32", (1, TOKENS, WIDTH))), "y")
    return folder / graph.save(folder, "graph")[0]


def run(runtime: str, path: Path, x: Array) -> Array:
    opened = OpenVinoRuntime(path, 1) if runtime == "openvino" else OnnxRuntime(path, 1)
    return opened.run({"x": x})["y"].astype(np.float32)


def error(got: Array, wanted: Array) -> float:
    return float(np.linalg.norm(got - wanted) / np.linalg.norm(wanted))


@WRITERS
@pytest.mark.parametrize(("mode", "most"), [("full", 1e-6), ("weights", 0.02), ("dynamic", 0.02)])
def test_a_linear_layer(runtime: str, mode: Mode, most: float, tmp_path: Path) -> None:
    x, weight, bias = first_off(values(1, TOKENS, WIDTH)), mild(48, WIDTH, seed=1), values(48, seed=2)
    path = written(runtime, mode, tmp_path, lambda graph, node: graph.linear(node, weight, bias, "layer"))
    assert error(run(runtime, path, x), x @ weight.T + bias) < most


def test_products_of_int8_are_whole_on_every_processor(tmp_path: Path) -> None:
    x, weight, bias = values(1, TOKENS, WIDTH), values(48, WIDTH, seed=1), np.zeros(48, np.float32)
    path = written("onnxruntime", "dynamic", tmp_path, lambda graph, node: graph.linear(node, weight, bias, "layer"))
    assert error(run("onnxruntime", path, x), x @ weight.T) < 0.02


@WRITERS
def test_int8_weights_are_those_of_the_port(runtime: str, tmp_path: Path) -> None:
    weight, bias = values(48, WIDTH, seed=1), values(48, seed=2)
    path = written(runtime, "dynamic", tmp_path, lambda graph, node: graph.linear(node, weight, bias, "layer"))
    held = quantised(weight)[0]
    stored = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert (held if runtime == "openvino" else np.ascontiguousarray(held.T)).tobytes() in stored


@WRITERS
@pytest.mark.parametrize("mode", ["weights", "dynamic"])
def test_a_layer_that_is_kept_stays_whole(runtime: str, mode: Mode, tmp_path: Path) -> None:
    x, weight, bias = values(1, TOKENS, WIDTH), values(48, WIDTH, seed=1), values(48, seed=2)
    path = written(runtime, mode, tmp_path, lambda graph, node: graph.linear(node, weight, bias, "a"), keep=("a",))
    assert error(run(runtime, path, x), x @ weight.T + bias) < 1e-6


def test_one_large_row_takes_nothing_from_the_others(tmp_path: Path) -> None:
    x, weight, bias = first_off(values(1, TOKENS, WIDTH)), mild(48, WIDTH, seed=1), np.zeros(48, np.float32)
    x[0, 3] *= 1000
    x[0, 5] = 0
    path = written("openvino", "dynamic", tmp_path, lambda graph, node: graph.linear(node, weight, bias, "layer"))
    got, wanted = run("openvino", path, x)[0], x[0] @ weight.T
    for row in range(TOKENS):
        assert np.linalg.norm(got[row] - wanted[row]) <= 0.02 * np.linalg.norm(wanted[row])


@WRITERS
def test_a_layer_behind_a_gelu_that_lets_little_through(runtime: str, tmp_path: Path) -> None:
    weight, bias = values(48, WIDTH, seed=1), np.zeros(48, np.float32)
    x = -1 - np.abs(values(1, TOKENS, WIDTH))

    def describe(graph: Any, node: Any) -> Any:
        return graph.linear(graph.gelu(node), weight, bias, "layer")

    exact = run(runtime, written(runtime, "full", tmp_path, describe), x)
    assert error(run(runtime, written(runtime, "dynamic", tmp_path, describe), x), exact) < 0.02


def attended(x: Array, turn: Turn | None) -> Array:
    """Plain attention of x on itself, (S, D)."""
    head = WIDTH // HEADS
    parts = x.reshape(TOKENS, HEADS, head).transpose(1, 0, 2).astype(np.float64)
    turned = parts
    if turn is not None:
        swapped = np.concatenate([-parts[..., head // 2 :], parts[..., : head // 2]], axis=-1)
        turned = parts * turn.cos + swapped * turn.sin
    scores = turned @ turned.transpose(0, 2, 1) / np.sqrt(head)
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    seen = shares / shares.sum(axis=-1, keepdims=True) @ parts
    return seen.transpose(1, 0, 2).reshape(TOKENS, WIDTH).astype(np.float32)


def turning() -> Turn:
    angles = values(TOKENS, WIDTH // HEADS, seed=4) * 3
    return Turn(np.cos(angles), np.sin(angles))


def attending(turn: Turn | None) -> Describe:
    whole, none = np.eye(WIDTH, dtype=np.float32), np.zeros(WIDTH, np.float32)

    def describe(graph: Any, node: Any) -> Any:
        query, key, value = (graph.linear(node, whole, none, name) for name in ("query", "key", "value"))
        return graph.attention(query, key, value, HEADS, turn=turn)

    return describe


@WRITERS
@pytest.mark.parametrize("turn", [None, turning()], ids=["as it is", "turned"])
def test_attention(runtime: str, turn: Turn | None, tmp_path: Path) -> None:
    x = values(1, TOKENS, WIDTH)
    got = run(runtime, written(runtime, "full", tmp_path, attending(turn)), x)
    np.testing.assert_allclose(got[0], attended(x[0], turn), rtol=0, atol=1e-5)


@WRITERS
def test_attention_passes_over_what_the_bias_hides(runtime: str, tmp_path: Path) -> None:
    whole, none = np.eye(WIDTH, dtype=np.float32), np.zeros(WIDTH, np.float32)
    hidden = np.zeros((1, 1, 1, TOKENS), np.float32)
    hidden[..., -1] = -1e4

    def describe(graph: Any, node: Any) -> Any:
        query, key, value = (graph.linear(node, whole, none, name) for name in ("query", "key", "value"))
        return graph.attention(query, key, value, HEADS, bias=graph.constant(hidden))

    path = written(runtime, "full", tmp_path, describe)
    x = values(1, TOKENS, WIDTH)
    other = x.copy()
    other[0, -1] = 7
    np.testing.assert_allclose(run(runtime, path, x)[0, :-1], run(runtime, path, other)[0, :-1], rtol=0, atol=1e-6)


@WRITERS
@pytest.mark.parametrize("mode", MODES)
def test_equal_calls_give_equal_bytes(runtime: str, mode: Mode, tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        written(runtime, mode, folder, attending(turning()))
    first, second = ({file.name: file.read_bytes() for file in folder.iterdir()} for folder in folders)
    assert first == second


@pytest.mark.parametrize("mode", MODES)
def test_openvino_gets_attention_and_runs_rotation_as_one_operation_each(mode: Mode, tmp_path: Path) -> None:
    model = openvino.Core().read_model(written("openvino", mode, tmp_path, attending(turning())))
    kinds = [node.get_type_name() for node in model.get_ops()]
    assert kinds.count("ScaledDotProductAttention") == 1
    run = openvino.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"}).get_runtime_model()
    # Once, where the runtime sees that query and key are the same here.
    assert "RoPE" in [node.get_rt_info()["layerType"].astype(str) for node in run.get_ops()]


def test_onnx_runtime_runs_attention_and_int8_products_as_one_operation_each(tmp_path: Path) -> None:
    path = written("onnxruntime", "dynamic", tmp_path, attending(turning()))
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "fused.onnx")
    options.log_severity_level = 3
    onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    kinds = [node.op_type for node in onnx_graph.onnx.load(tmp_path / "fused.onnx").graph.node]
    assert kinds.count("MultiHeadAttention") == 1
    assert kinds.count("MatMulIntegerToFloat") == 3
    assert kinds.count("DynamicQuantizeLinear") == 1, "query, key and value share what they are made from"


@pytest.mark.parametrize(("width", "group"), [(1024, 128), (384, 32)])
def test_wide_int8_weights_ask_openvino_for_larger_groups(width: int, group: int, tmp_path: Path) -> None:
    graph = OpenVinoGraph("weights")
    x = graph.input("x", "float32", (1, 4, width))
    graph.output(graph.linear(x, values(64, width), np.zeros(64, np.float32), "layer"), "y")
    compiled = openvino.Core().compile_model(tmp_path / graph.save(tmp_path, "graph")[0], "CPU")
    assert compiled.get_property("DYNAMIC_QUANTIZATION_GROUP_SIZE") == group


def test_weights_beyond_one_onnx_file_lie_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    x, weight, bias = values(1, TOKENS, WIDTH), values(48, WIDTH, seed=1), values(48, seed=2)
    monkeypatch.setattr(onnx_graph, "_MOST_BYTES", 1000)
    path = written("onnxruntime", "full", tmp_path, lambda graph, node: graph.linear(node, weight, bias, "layer"))
    assert {file.name for file in tmp_path.iterdir()} == {"graph.onnx", "graph.weights"}
    assert (tmp_path / "graph.weights").stat().st_size >= weight.nbytes
    assert error(run("onnxruntime", path, x), x @ weight.T + bias) < 1e-6


@pytest.mark.parametrize("channels", [3, 6])
def test_patches_of_clips_survive_bfloat16(tmp_path: Path, channels: int) -> None:
    """With AMX the runtime's own product of such patches is noise where there are more than three channels."""
    rng = np.random.default_rng(1)
    weight = rng.standard_normal((64, channels, 16, 16)).astype(np.float32)
    pictures = rng.standard_normal((2, channels, 64, 64)).astype(np.float32)
    graph = OpenVinoGraph("full")
    found = graph.patches(graph.input("pictures", "float32", pictures.shape), weight, np.ones(64, np.float32))
    graph.output(found, "patches")
    file = tmp_path / graph.save(tmp_path, "graph")[0]
    cut = pictures.reshape(2, channels, 4, 16, 4, 16)
    wanted = np.einsum("ncyaxb,ocab->noyx", cut, weight, optimize=True) + 1
    for precision, most in (("f32", 1e-4), ("bf16", 2e-2)):
        got = np.asarray(OpenVinoRuntime(file, 1, precision).run({"pictures": pictures})["patches"], np.float32)
        assert np.abs(got - wanted).max() <= most * np.abs(wanted).max(), precision


@pytest.mark.parametrize("name", ["graph.xml", "graph.bin"])
def test_a_full_disk_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def full(descriptor: int, start: int, size: int) -> None:
        asked.append(size)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    asked: list[int] = []
    weight, bias = values(48, WIDTH, seed=1), values(48, seed=2)
    (tmp_path / name).symlink_to("/dev/full")
    monkeypatch.setattr(saving.os, "posix_fallocate", full)
    with pytest.raises(OSError, match=r"No space left on device.*graph\.xml") as caught:
        written("openvino", "full", tmp_path, lambda graph, node: graph.linear(node, weight, bias, "layer"))
    assert caught.value.errno == errno.ENOSPC
    assert weight.nbytes <= asked[0] < 2 * weight.nbytes


@WRITERS
def test_a_limit_of_files_is_told_as_such(runtime: str, tmp_path: Path) -> None:
    weight, bias = values(480, WIDTH, seed=1), values(480, seed=2)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, before[1]))
    try:
        with pytest.raises(OSError) as caught:
            written(runtime, "full", tmp_path, lambda graph, node: graph.linear(node, weight, bias, "layer"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert caught.value.errno == errno.EFBIG


def test_what_cannot_be_written_for_no_reason_that_shows_is_told_too(tmp_path: Path) -> None:
    with (
        pytest.raises(OSError, match=r"graph\.xml could not be written \(.*iostream error\)"),
        saving.writing_graphs(tmp_path / "graph.xml", 1),
    ):
        raise RuntimeError("basic_ios::clear: iostream error")
    with pytest.raises(RuntimeError, match="no graph"), saving.writing_graphs(tmp_path / "graph.xml", 1):
        raise RuntimeError("no graph")
