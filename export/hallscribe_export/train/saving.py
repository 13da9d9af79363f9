"""A trained network as a folder in Hugging Face's layout, which the ordinary export takes."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from hallscribe_export.calibration import IMAGENET_MEAN, IMAGENET_STD
from hallscribe_export.sources.tensors import WEIGHTS, write_tensors
from hallscribe_export.train.network import Size


def save_folder(folder: Path, size: Size, encoder: nn.Module, predictor: nn.Module) -> None:
    """Write ``config.json``, ``model.safetensors`` (float16) and ``video_preprocessor_config.json``.

    OSError when they cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = {"encoder": encoder, "predictor": predictor}
    weights: dict[str, Tensor] = {
        f"{part}.{name}": value.detach().to("cpu", torch.float16).contiguous()
        for part, module in parts.items()
        for name, value in module.state_dict().items()
    }
    partial = folder / f"{WEIGHTS}.partial"
    write_tensors(save_file, weights, partial, {"format": "pt"})
    partial.chmod(0o644)  # It was made for its owner alone.
    partial.replace(folder / WEIGHTS)
    _write(folder / "config.json", size.config())
    _write(
        folder / "video_preprocessor_config.json",
        {
            "crop_size": {"height": size.crop, "width": size.crop},
            "do_normalize": True,
            "do_rescale": True,
            "image_mean": IMAGENET_MEAN,
            "image_std": IMAGENET_STD,
            "rescale_factor": 1 / 255,
            "video_processor_type": "VJEPA2VideoProcessor",
        },
    )


def read_folder(folder: Path) -> dict[str, dict[str, Tensor]]:
    """The weights that ``save_folder`` wrote, float32, of the parts "encoder" and "predictor".

    ValueError when they are absent or damaged.
    """
    file = folder / WEIGHTS
    try:
        weights = load_file(file)
    except (OSError, SafetensorError) as error:
        raise ValueError(f"{file} cannot be read ({error}): name a folder that train-encoder wrote") from error
    parts: dict[str, dict[str, Tensor]] = {"encoder": {}, "predictor": {}}
    for name, value in weights.items():
        part, _, rest = name.partition(".")
        parts.setdefault(part, {})[rest] = value.float()
    return parts


def _write(file: Path, values: dict[str, object]) -> None:
    file.write_text(json.dumps(values, indent=2) + "\n")
