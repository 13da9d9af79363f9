"""The encoder that a projection is trained for: a bundle, or a checkpoint before it becomes one."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from hallscribe_export.calibration import Pictures, scaled
from hallscribe_export.checkpoint import open_checkpoint
from hallscribe_export.graph.openvino_graph import OpenVinoGraph
from hallscribe_export.jobs import recipe_for, recipe_of
from hallscribe_export.limits import float32_mib, refuse_full_temporary
from hallscribe_export.models.encoder import INPUT, OUTPUT
from hallscribe_export.models.family import read_encoder
from hallscribe_export.progress import Progress
from hallscribe_export.quantise.work import Work, opened
from hallscribe_export.recipe import Family, recipe
from hallscribe_export.space import model_id, space_name
from hallscribe_export.verification.values import cores
from hallscribed.adapters.models.bundle import Bundle, load
from hallscribed.adapters.models.manifest import MANIFEST_NAME
from hallscribed.adapters.models.vjepa import VjepaEncoder
from hallscribed.adapters.runtime.factory import open_runtime
from hallscribed.domain.embedding import Vector
from hallscribed.ports import Runtime

_FAMILIES: tuple[Family, ...] = ("vjepa2", "vjepa1")


@dataclass(frozen=True, slots=True)
class Eye:
    """An encoder, ready to run.

    Attributes:
        space: the name of its vectors' space; a bundle's and that of the bundle which a checkpoint will become.
        digest: of what runs: other bytes, other digest.
        encode: of a picture, uint8 (H, W, 3), RGB, the vector, float32 (D,).
    """

    model_id: str
    licence: str
    space: str
    dimensions: int
    digest: str
    encode: Callable[[Pictures], Vector]


@contextlib.contextmanager
def open_eye(source: str, near: Path, progress: Progress) -> Iterator[Eye]:
    """The encoder that ``source`` names, for as long as the block lasts.

    Args:
        source: a bundle's folder, or any SOURCE of ``hallscribe-export vjepa``, which runs in full precision.
        near: what lies beside it is where a checkpoint that has to be converted lies meanwhile.

    Raises:
        ValueError, Misconfigured: it is none, or damaged, or takes clips, or there is no room for its graph.
    """
    if (Path(source) / MANIFEST_NAME).is_file():
        yield _of_bundle(load(Path(source)))
        return

    def look(folder: Path, _: int) -> None:
        recipe_for(folder, *_FAMILIES)
        read_encoder(folder)

    with open_checkpoint(source, recipe("vjepa2"), near, progress=progress, look=look) as checkpoint:
        recipe_of(checkpoint, *_FAMILIES)
        encoder = read_encoder(checkpoint.folder)
        side, width = encoder.shape.crop_size, encoder.shape.hidden_size
        space, digest = space_name(checkpoint, 1, side), " ".join(checkpoint.files.values())
        refuse_full_temporary(f"opening {source}", float32_mib(encoder.parameter_shapes().values()))
        with tempfile.TemporaryDirectory() as folder:
            graph = OpenVinoGraph("full")
            encoder.describe(graph, Work(checkpoint.folder, 1, side, False).weights())
            runtime = opened("openvino", Path(folder) / graph.save(Path(folder), "full")[0], "f32")
            del graph
            yield Eye(model_id(checkpoint), checkpoint.licence, space, width, digest, _encoding(runtime, side))


def _of_bundle(bundle: Bundle) -> Eye:
    manifest = bundle.manifest
    names = tuple(manifest.runtimes)
    runtime = open_runtime("openvino" if "openvino" in names else names[0], bundle, cores())
    encoder, space = VjepaEncoder(bundle, runtime), bundle.space

    def encode(picture: Pictures) -> Vector:
        return np.asarray(encoder.encode([picture])[0])

    licence, digest = manifest.licence, manifest.manifest_sha256
    return Eye(manifest.model_id, licence, space.name, space.dimensions, digest, encode)


def _encoding(runtime: Runtime, side: int) -> Callable[[Pictures], Vector]:
    def encode(picture: Pictures) -> Vector:
        shrinks = picture.shape[0] > side or picture.shape[1] > side
        # As the daemon prepares pictures.
        small = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
        vector: Vector = np.asarray(runtime.run({INPUT: scaled(small[None])})[OUTPUT][0], np.float32)
        if not np.isfinite(vector).all():
            raise ValueError("the encoder gave a vector that is no number: its weights are not sound")
        return vector

    return encode
