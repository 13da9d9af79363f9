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
from hallscribe_export.proof.public import one_picture, to_onnx, to_openvino

Picture = np.ndarray[tuple[int, ...], np.dtype[np.float32]]
Run = Callable[[Picture], object]


def pytorch(model: Any, threads: int) -> Run:
    """PyTorch, eager."""
    import torch

    torch.set_num_threads(threads)

    def run(picture: Picture) -> object:
        with torch.inference_mode():
            return model(torch.from_numpy(picture))

    return run


def openvino(model: Any, threads: int) -> Run:
    """OpenVINO's converter and its defaults."""
    import openvino as library

    compiled = library.Core().compile_model(to_openvino(model), "CPU", {"INFERENCE_NUM_THREADS": threads})
    return lambda picture: compiled([picture])[0]


def onnxruntime(model: Any, threads: int) -> Run:
    """PyTorch's exporter and ONNX Runtime's defaults."""
    import onnxruntime as library

    options = library.SessionOptions()
    options.intra_op_num_threads = threads
    with tempfile.TemporaryDirectory(prefix="hallscribe-bench-") as name:
        file = Path(name) / "model.onnx"
        to_onnx(model, file)
        session = library.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    return lambda picture: session.run(None, {"x": picture})


VITL = "-"
THEIRS = {"PyTorch": pytorch, "OpenVINO": openvino, "ONNX Runtime": onnxruntime}


def _model(config: str) -> Any:
    from transformers import VJEPA2Config, VJEPA2Model

    # The library's own defaults are those of facebook/vjepa2-vitl-fpc64-256.
    return one_picture(VJEPA2Model(VJEPA2Config() if config == VITL else VJEPA2Config.from_json_file(config)))


def main() -> None:
    """Make it, warm up, answer."""
    warnings.simplefilter("ignore")
    model = _model(sys.argv[2])
    picture = np.random.default_rng(0).normal(size=(1, 3, model.side, model.side)).astype(np.float32)
    run = THEIRS[sys.argv[1]](model, int(sys.argv[3]))
    run(picture)
    answer_runs(lambda: run(picture))


if __name__ == "__main__":
    main()
