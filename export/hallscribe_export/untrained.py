"""Makes an encoder bundle with random weights, to compare a trained one with: V-JEPA 2's architecture, small.

    python -m hallscribe_export.untrained --out BUNDLE

It says what it is (``trained: false``). The same seed gives the same bytes.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from hallscribe_export.calibration import IMAGENET_MEAN, IMAGENET_STD
from hallscribe_export.golden import GOLDEN, encoder_golden, model_inputs, write_golden
from hallscribe_export.graph.onnx_graph import OnnxGraph
from hallscribe_export.graph.openvino_graph import OpenVinoGraph
from hallscribe_export.graph.port import Array
from hallscribe_export.models.vjepa2 import INPUT, OUTPUT, Vjepa2Shape, describe, parameter_shapes
from hallscribe_export.progress import Silent
from hallscribe_export.recipe import recipe
from hallscribe_export.verification.measure import measured
from hallscribe_export.writing import bundle_folder, write_manifest
from hallscribed.adapters.runtime.openvino_runtime import OpenVinoRuntime

SHAPE = Vjepa2Shape(hidden_size=192, num_attention_heads=3, num_hidden_layers=8)
SEED = 1
_DEVIATION = 0.02
_PICTURES = 4


def random_weights(shape: Vjepa2Shape = SHAPE, seed: int = SEED) -> dict[str, Array]:
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
        "picture": {"size": size, "resize": "stretch", "mean": IMAGENET_MEAN, "std": IMAGENET_STD},
        "precision": "weights int8 with a scale for each row, activations float32",
        "measured": {},
    }


def drawn_pictures(side: int, count: int) -> NDArray[np.uint8]:
    """Pages with lines of words and a block of colour, uint8 (count, side, side, 3); the same on every machine."""
    numbers = np.random.RandomState(SEED)
    pictures = np.empty((count, side, side, 3), np.uint8)
    step = side // 16
    for page in pictures:
        page[:] = numbers.randint(220, 256, 3)
        ink = numbers.randint(0, 100, 3)
        for top in range(step, side - step, step):
            left = step
            while left < side - 3 * step and numbers.randint(8):
                width = numbers.randint(2, 2 * step)
                page[top : top + step // 2, left : left + width] = ink
                left += width + step // 3
        top, left = numbers.randint(side // 8, side // 2, 2)
        page[top : top + side // 3, left : left + side // 3] = numbers.randint(0, 256, 3)
    return pictures


def make_untrained(out: Path) -> None:
    """Write the bundle to the folder ``out``, replacing an older one. ValueError when ``out`` is no bundle."""
    weights = random_weights()
    with bundle_folder(out) as folder:
        runtimes = {}
        for name, graph in (("openvino", OpenVinoGraph()), ("onnxruntime", OnnxGraph())):
            describe(graph, weights, SHAPE)
            runtimes[name] = graph.save(folder, "encoder")
        fields = {**encoder_fields(SHAPE, "vjepa2-untrained", f"random-{SEED}", trained=False), "runtimes": runtimes}
        manifest = write_manifest(folder, fields)
        pictures = drawn_pictures(SHAPE.crop_size, _PICTURES)
        with tempfile.TemporaryDirectory() as temporary:
            full = OpenVinoGraph("full")
            describe(full, weights, SHAPE)
            runtime = OpenVinoRuntime(Path(temporary) / full.save(Path(temporary), "full")[0], 1)
            inputs = model_inputs(manifest, {"pictures": pictures})[:, 0]
            pooled = np.concatenate([np.asarray(runtime.run({INPUT: each[None]})[OUTPUT]) for each in inputs])
        write_golden(folder, "encoder", encoder_golden(pictures, pooled))
        fields["golden"] = {"file": GOLDEN, "least_cosine": dict.fromkeys(runtimes, recipe("vjepa2").parity.cosine)}
        write_manifest(folder, fields)
        write_manifest(folder, {**fields, "measured": measured(folder, Silent())})


def main(out: Annotated[Path, typer.Option(help="The bundle's folder.")]) -> None:
    """Make an encoder bundle with random weights."""
    make_untrained(out)
    typer.echo(f"{out}: {sum(file.stat().st_size for file in out.iterdir()) / 1e6:.1f} MB")


if __name__ == "__main__":
    typer.run(main)
