"""V-JEPA 2 as anyone would run it, without Hallscribe: one picture after the other in a loop.

    python -m hallscribe_bench.contenders.encoders NAME CONFIG THREADS

Makes the model of a config.json, or of ViT-L where that is "-", with random weights, which cost what trained ones do.
Answers each line of its input, a number of runs, with the milliseconds of each, as a JSON list. Runs in the environment
of `make setup-export`.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from hallscribe_bench.budget.bare_process import answer_runs

Picture = np.ndarray[tuple[int, ...], np.dtype[np.float32]]
Run = Callable[[Picture], object]


def pytorch(model: Any, _: Picture, threads: int) -> Run:
    """PyTorch, eager."""
    import torch

    torch.set_num_threads(threads)

    def run(picture: Picture) -> object:
        with torch.inference_mode():
            return model(torch.from_numpy(picture))

    return run


def openvino(model: Any, picture: Picture, threads: int) -> Run:
    """OpenVINO's converter and its defaults."""
    import openvino as library
    import torch

    with torch.no_grad():
        graph = library.convert_model(model, example_input=(torch.from_numpy(picture),), input=list(picture.shape))
    compiled = library.Core().compile_model(graph, "CPU", {"INFERENCE_NUM_THREADS": threads})
    return lambda picture: compiled([picture])[0]


def onnxruntime(model: Any, picture: Picture, threads: int) -> Run:
    """PyTorch's exporter and ONNX Runtime's defaults."""
    import onnxruntime as library
    import torch

    options = library.SessionOptions()
    options.intra_op_num_threads = threads
    with tempfile.TemporaryDirectory(prefix="hallscribe-bench-") as name:
        file = Path(name) / "model.onnx"
        with torch.no_grad():
            torch.onnx.export(
                model, (torch.from_numpy(picture),), file, dynamo=False, input_names=["x"], opset_version=18
            )
        session = library.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    return lambda picture: session.run(None, {"x": picture})


VITL = "-"
THEIRS = {"PyTorch": pytorch, "OpenVINO": openvino, "ONNX Runtime": onnxruntime}


def _model(config: str) -> tuple[Any, int]:
    """One picture (1, 3, S, S) to the mean of its tokens; S."""
    import torch
    from transformers import VJEPA2Config, VJEPA2Model

    class OnePicture(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            # The library's own defaults are those of facebook/vjepa2-vitl-fpc64-256.
            chosen = VJEPA2Config() if config == VITL else VJEPA2Config.from_json_file(config)
            self.whole = VJEPA2Model(chosen).float().eval()

        def forward(self, picture: Any) -> Any:
            clip = picture.unsqueeze(1).repeat(1, 2, 1, 1, 1)
            return self.whole(pixel_values_videos=clip, skip_predictor=True).last_hidden_state.mean(1)

    model = OnePicture()
    return model, int(model.whole.config.crop_size)


def main() -> None:
    """Make it, warm up, answer."""
    warnings.simplefilter("ignore")
    model, side = _model(sys.argv[2])
    picture = np.random.default_rng(0).normal(size=(1, 3, side, side)).astype(np.float32)
    run = THEIRS[sys.argv[1]](model, picture, int(sys.argv[3]))
    run(picture)
    answer_runs(lambda: run(picture))


if __name__ == "__main__":
    main()
