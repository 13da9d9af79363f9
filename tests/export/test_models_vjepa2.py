"""V-JEPA 2's descriptions give what transformers gives, on both runtimes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from transformers import VJEPA2Config, VJEPA2Model

from hallscribe_export.graph.onnx_graph import OnnxGraph
from hallscribe_export.graph.openvino_graph import OpenVinoGraph
from hallscribe_export.graph.port import Array
from hallscribe_export.models import predictor, vjepa2
from hallscribe_export.models.encoder import TOKENS, describe_stem
from hallscribe_export.models.layers import stack_shapes
from hallscribe_export.models.predictor import PredictorShape
from hallscribe_export.models.vjepa2 import Vjepa2Shape
from hallscribed.adapters.runtime.onnx_runtime import OnnxRuntime
from hallscribed.adapters.runtime.openvino_runtime import OpenVinoRuntime

DATA = Path(__file__).parents[1] / "data" / "vjepa"
RUNTIMES = ("openvino", "onnxruntime")
WIDTH, SIDE = 96, 64
# Two heads of 48 leave no channel over, three of 32 leave two; the predictor's heads are of 20, which leave two.
CONFIG: dict[str, Any] = {
    "hidden_size": WIDTH,
    "num_attention_heads": 3,
    "num_hidden_layers": 3,
    "mlp_ratio": 48 / 11,
    "crop_size": SIDE,
    "frames_per_clip": 8,
    "pred_hidden_size": 60,
    "pred_num_attention_heads": 3,
    "pred_num_hidden_layers": 2,
    "pred_num_mask_tokens": 3,
    "pred_zero_init_mask_tokens": False,
    "pred_mlp_ratio": 2.0,
}


def random_model(**changes: Any) -> VJEPA2Model:
    """The architecture of the hub, small, every parameter random and far from where training begins."""
    torch.manual_seed(1)
    model = VJEPA2Model(VJEPA2Config(**{**CONFIG, **changes})).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            around = 1.0 if "norm" in name and name.endswith("weight") else 0.0
            parameter.copy_(around + 0.1 * torch.randn_like(parameter))
    return model


def weights_of(model: VJEPA2Model) -> dict[str, Array]:
    return {name: value.numpy() for name, value in model.state_dict().items()}


def clip(frames: int, side: int = SIDE) -> Array:
    return np.random.default_rng(3).normal(size=(1, frames, 3, side, side)).astype(np.float32)


def writer(runtime: str) -> Any:
    return OpenVinoGraph("full") if runtime == "openvino" else OnnxGraph("full")


def run(graph: Any, runtime: str, folder: Path, inputs: dict[str, Array]) -> dict[str, NDArray[np.float32]]:
    """What the written graph gives, by the daemon's own runtimes."""
    path = folder / graph.save(folder, "graph")[0]
    opened = OpenVinoRuntime(path, 1) if runtime == "openvino" else OnnxRuntime(path, 1)
    return dict(opened.run(inputs))


def encoded(model: VJEPA2Model, pixels: Array) -> Array:
    with torch.inference_mode():
        tokens = model(pixel_values_videos=torch.from_numpy(pixels), skip_predictor=True).last_hidden_state
    return np.asarray(tokens.numpy())


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("heads", [2, 3])
def test_one_picture(runtime: str, heads: int, tmp_path: Path) -> None:
    model, pixels = random_model(num_attention_heads=heads), clip(1)
    shape = Vjepa2Shape.from_config(model.config.to_dict())
    graph = writer(runtime)
    vjepa2.describe(graph, weights_of(model), shape, features=True)
    found = run(graph, runtime, tmp_path, {vjepa2.INPUT: pixels[:, 0]})
    wanted = encoded(model, np.repeat(pixels, 2, axis=1))
    assert shape.features_shape == found[vjepa2.FEATURES].shape == (1, 1, 4, 4, WIDTH)
    np.testing.assert_allclose(found[vjepa2.FEATURES].reshape(wanted.shape), wanted, atol=1e-4)
    np.testing.assert_allclose(found[vjepa2.OUTPUT], wanted.mean(axis=1), atol=1e-4)


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize(("frames", "side"), [(2, SIDE), (4, SIDE), (4, 96)])
def test_a_clip(runtime: str, frames: int, side: int, tmp_path: Path) -> None:
    model, pixels = random_model(crop_size=side), clip(frames, side)
    # The model was made for that side; its own configuration may say another one.
    shape = Vjepa2Shape.from_config({**model.config.to_dict(), "crop_size": SIDE}, frames=frames, crop_size=side)
    graph = writer(runtime)
    vjepa2.describe(graph, weights_of(model), shape, features=True)
    found = run(graph, runtime, tmp_path, {vjepa2.INPUT: pixels})
    wanted = encoded(model, pixels)
    assert found[vjepa2.FEATURES].shape == (1, frames // 2, side // 16, side // 16, WIDTH)
    np.testing.assert_allclose(found[vjepa2.FEATURES].reshape(wanted.shape), wanted, atol=1e-4)
    np.testing.assert_allclose(found[vjepa2.OUTPUT], wanted.mean(axis=1), atol=1e-4)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_pooled_vector_alone(runtime: str, tmp_path: Path) -> None:
    model, pixels = random_model(), clip(4)
    graph = writer(runtime)
    vjepa2.describe(graph, weights_of(model), Vjepa2Shape.from_config(model.config.to_dict(), frames=4))
    assert set(run(graph, runtime, tmp_path, {vjepa2.INPUT: pixels})) == {vjepa2.OUTPUT}


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_folded_stem_is_the_whole_one(runtime: str, tmp_path: Path) -> None:
    model, pixels = random_model(), clip(1)
    found = []
    for frames, taken in ((1, pixels[:, 0]), (2, np.repeat(pixels, 2, axis=1))):
        graph = writer(runtime)
        vjepa2.describe(graph, weights_of(model), Vjepa2Shape.from_config(model.config.to_dict(), frames=frames))
        folder = tmp_path / str(frames)
        folder.mkdir()
        found.append(run(graph, runtime, folder, {vjepa2.INPUT: taken})[vjepa2.OUTPUT])
    np.testing.assert_allclose(found[0], found[1], atol=1e-4)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_stem_alone_is_the_models(runtime: str, tmp_path: Path) -> None:
    model, pixels = random_model(), clip(1)
    with torch.inference_mode():
        wanted = model.encoder.embeddings(torch.from_numpy(pixels).repeat(1, 2, 1, 1, 1)).numpy()
    graph = writer(runtime)
    describe_stem(graph, weights_of(model), Vjepa2Shape.from_config(model.config.to_dict()))
    found = run(graph, runtime, tmp_path, {vjepa2.INPUT: pixels[:, 0]})[TOKENS]
    np.testing.assert_allclose(found, wanted, atol=1e-4)


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize(("frames", "context"), [(4, 2), (8, 6), (8, 2)])
def test_the_predictor(runtime: str, frames: int, context: int, tmp_path: Path) -> None:
    model, pixels = random_model(), clip(frames)
    shape = PredictorShape.from_config(model.config.to_dict(), frames=frames, context_frames=context)
    places = torch.arange(frames // 2 * 16)[None]
    seen, asked = places[:, : shape.context_tokens], places[:, shape.context_tokens :]
    with torch.inference_mode():
        given = model(pixel_values_videos=torch.from_numpy(pixels), context_mask=[seen], target_mask=[asked])
    wanted = given.predictor_output.last_hidden_state.numpy()
    graph = writer(runtime)
    predictor.describe(graph, weights_of(model), shape)
    found = run(graph, runtime, tmp_path, {predictor.INPUT: given.masked_hidden_state.numpy()})[predictor.OUTPUT]
    assert found.shape == wanted.shape == (1, shape.target_tokens, WIDTH)
    np.testing.assert_allclose(found, wanted, atol=1e-4)


def test_encoder_and_predictor_are_the_whole_model() -> None:
    model = random_model()
    config = model.config.to_dict()
    shapes = {
        **vjepa2.parameter_shapes(Vjepa2Shape.from_config(config)),
        **predictor.parameter_shapes(PredictorShape.from_config(config, frames=4, context_frames=2)),
    }
    assert shapes == {name: tuple(value.shape) for name, value in model.state_dict().items()}
    assert stack_shapes(Vjepa2Shape.from_config(config).stack)["encoder.layer.0.mlp.fc1.weight"] == (418, WIDTH)


def test_a_graph_of_another_side_is_another_graph() -> None:
    """Places are of the side that the graph takes, which a description must not leave to the configuration."""
    model, pixels = random_model(), clip(2, 96)
    right = encoded(random_model(crop_size=96), pixels)
    wrong = encoded(model, pixels)
    assert np.abs(right - wrong).max() > 1e-3


@pytest.mark.parametrize(
    ("size", "width", "heads", "layers", "ratio"),
    [("vitl", 1024, 16, 24, 4), ("vith", 1280, 16, 32, 4), ("vitg", 1408, 22, 40, 48 / 11)],
)
def test_the_listed_parameters_are_those_of_transformers(
    size: str, width: int, heads: int, layers: int, ratio: float
) -> None:
    lines = (DATA / f"vjepa2-{size}.hub.txt").read_text().splitlines()
    listed = {line.split()[0]: line.split()[1] for line in lines if not line.startswith("#")}
    with torch.device("meta"):
        model = VJEPA2Model(
            VJEPA2Config(hidden_size=width, num_attention_heads=heads, num_hidden_layers=layers, mlp_ratio=ratio)
        )
    assert listed == {name: "x".join(map(str, value.shape)) for name, value in model.state_dict().items()}
