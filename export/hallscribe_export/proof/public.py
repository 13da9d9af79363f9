"""The routes to a faster V-JEPA 2 encoder that anyone could take with public tools alone, as contenders.

    python -m hallscribe_export.proof.public ROUTE CHECKPOINT OUT

Nothing of this exporter's own graphs is used: the model comes from transformers, the graphs from the tools' converters.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from hallscribe_export.calibration import calibration_inputs


def one_picture(model: Any) -> Any:
    """A ``transformers.VJEPA2Model`` as a module: one picture, float32 (1, 3, S, S), to the mean of its tokens.

    S is its ``side``.
    """
    import torch

    class OnePicture(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.whole = model.float().eval()
            self.side = int(model.config.crop_size)

        def forward(self, picture: Any) -> Any:
            clip = picture.unsqueeze(1).repeat(1, 2, 1, 1, 1)
            return self.whole(pixel_values_videos=clip, skip_predictor=True).last_hidden_state.mean(1)

    return OnePicture()


def to_onnx(model: Any, file: Path) -> None:
    """Write what ``one_picture`` gave by PyTorch's own exporter, with input x and output y."""
    import torch

    example = torch.zeros(1, 3, model.side, model.side)
    with torch.no_grad():
        torch.onnx.export(
            model, (example,), file, dynamo=False, input_names=["x"], output_names=["y"], opset_version=18
        )


def to_openvino(model: Any) -> Any:
    """The same by OpenVINO's converter, in memory."""
    import openvino
    import torch

    shape = [1, 3, model.side, model.side]
    with torch.no_grad():
        return openvino.convert_model(model, example_input=(torch.zeros(*shape),), input=shape)


def _model(checkpoint: Path) -> Any:
    from transformers import VJEPA2Model

    return one_picture(VJEPA2Model.from_pretrained(checkpoint))


def onnxruntime_float32(checkpoint: Path, out: Path) -> None:
    """torch.onnx.export."""
    to_onnx(_model(checkpoint), out / "model.onnx")


def onnxruntime_dynamic(checkpoint: Path, out: Path) -> None:
    """torch.onnx.export, then onnxruntime.quantization.quantize_dynamic with a scale for each column."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory(dir=out) as temporary:
        to_onnx(_model(checkpoint), Path(temporary) / "full.onnx")
        quantize_dynamic(
            Path(temporary) / "full.onnx",
            out / "model.onnx",
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["MatMul"],
        )


def openvino_float32(checkpoint: Path, out: Path) -> None:
    """openvino.convert_model."""
    import openvino

    openvino.save_model(to_openvino(_model(checkpoint)), out / "model.xml", compress_to_fp16=False)


def openvino_weights(checkpoint: Path, out: Path) -> None:
    """openvino.convert_model, then nncf.compress_weights to INT8: what optimum-intel does."""
    import nncf
    import openvino

    openvino.save_model(
        nncf.compress_weights(to_openvino(_model(checkpoint))), out / "model.xml", compress_to_fp16=False
    )


def openvino_quantised(checkpoint: Path, out: Path) -> None:
    """openvino.convert_model, then nncf.quantize for transformers with the calibration pictures."""
    import nncf
    import openvino

    model = to_openvino(_model(checkpoint))
    side = int(model.inputs[0].get_partial_shape()[2].get_length())
    pictures = nncf.Dataset(list(calibration_inputs(side)))
    quantised = nncf.quantize(model, pictures, model_type=nncf.ModelType.TRANSFORMER, subset_size=_SUBSET)
    openvino.save_model(quantised, out / "model.xml", compress_to_fp16=False)


_SUBSET = 32
ROUTES: dict[str, Callable[[Path, Path], None]] = {
    route.__name__: route
    for route in (onnxruntime_float32, onnxruntime_dynamic, openvino_float32, openvino_weights, openvino_quantised)
}


def main(
    route: Annotated[str, typer.Argument(help=", ".join(ROUTES))],
    checkpoint: Annotated[Path, typer.Argument(help="A V-JEPA 2 folder in Hugging Face's layout.")],
    out: Annotated[Path, typer.Argument(help="An empty folder, made if absent.")],
) -> None:
    """Make one contender."""
    warnings.simplefilter("ignore")  # the converters' own
    out.mkdir(parents=True, exist_ok=True)
    ROUTES[route](checkpoint, out)


if __name__ == "__main__":
    typer.run(main)
