"""Makes the encoder bundle that comes with the daemon: V-JEPA 2's architecture, small, with random weights.

    python -m hallscribe_export.starter --out daemon/hallscribed/bundles/vjepa2-small

It stands in until trained weights take its place, and says so (``trained: false``). The same seed gives the same bytes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from hallscribe_export.graph.onnx_graph import OnnxGraph
from hallscribe_export.graph.openvino_graph import OpenVinoGraph
from hallscribe_export.graph.port import Array
from hallscribe_export.models.vjepa2 import INPUT, OUTPUT, Vjepa2Shape, describe, parameter_shapes
from hallscribe_export.writing import bundle_folder, write_manifest

SHAPE = Vjepa2Shape(hidden_size=192, num_attention_heads=3, num_hidden_layers=8)
SEED = 1
_DEVIATION = 0.02
_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_STD = (0.229, 0.224, 0.225)


def starter_weights(shape: Vjepa2Shape = SHAPE, seed: int = SEED) -> dict[str, Array]:
    """Random weights as V-JEPA 2 begins its training, float32, under Hugging Face's names.

    Normal with deviation 0.02 cut at two deviations; biases 0 and norms 1; the last product of each branch
    of layer n divided by sqrt(2 n).
    """
    # RandomState, whose stream is frozen: the bundle can be made again with any numpy.
    numbers = np.random.RandomState(seed)
    weights: dict[str, Array] = {}
    for name, lengths in parameter_shapes(shape).items():
        if name.endswith("bias"):
            weights[name] = np.zeros(lengths, np.float32)
        elif "norm" in name:
            weights[name] = np.ones(lengths, np.float32)
        else:
            drawn = numbers.standard_normal(lengths).clip(-2.0, 2.0) * _DEVIATION
            if name.endswith(("attention.proj.weight", "mlp.fc2.weight")):
                drawn /= np.sqrt(2.0 * (int(name.split(".")[2]) + 1))
            weights[name] = drawn.astype(np.float32)
    return weights


def encoder_fields(shape: Vjepa2Shape, model_id: str, revision: str, *, trained: bool) -> dict[str, Any]:
    """An encoder manifest's fields, all but those about files."""
    size, dimensions = shape.crop_size, shape.hidden_size
    return {
        "kind": "encoder",
        "model_id": model_id,
        "revision": revision,
        "licence": "Apache-2.0",
        "space": {
            "name": f"{model_id}@{revision}+stretch{size}+mean",
            "dimensions": dimensions,
            "trained": trained,
            "aligned": False,
        },
        "inputs": [{"name": INPUT, "dtype": "float32", "shape": (1, 3, size, size)}],
        "outputs": [{"name": OUTPUT, "dtype": "float32", "shape": (1, dimensions)}],
        "picture": {"size": size, "resize": "stretch", "mean": _IMAGENET_MEAN, "std": _IMAGENET_STD},
        "precision": "weights int8 with a scale for each row, activations float32",
        "measured": {},
    }


def make_starter(out: Path) -> None:
    """Write the bundle to the folder ``out``, replacing an older one. ValueError when ``out`` is no bundle."""
    weights = starter_weights()
    with bundle_folder(out) as folder:
        runtimes = {}
        for name, graph in (("openvino", OpenVinoGraph()), ("onnxruntime", OnnxGraph())):
            describe(graph, weights, SHAPE)
            runtimes[name] = graph.save(folder, "encoder")
        fields = encoder_fields(SHAPE, "vjepa2-small", f"random-{SEED}", trained=False)
        write_manifest(folder, {**fields, "runtimes": runtimes})


def main(out: Annotated[Path, typer.Option(help="The bundle's folder.")]) -> None:
    """Make the encoder bundle that comes with the daemon."""
    make_starter(out)
    typer.echo(f"{out}: {sum(file.stat().st_size for file in out.iterdir()) / 1e6:.1f} MB")


if __name__ == "__main__":
    typer.run(main)
