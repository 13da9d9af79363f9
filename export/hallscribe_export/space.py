"""What the space of an encoder's vectors is called."""

from __future__ import annotations

import hashlib

from hallscribe_export.sources.folder import Checkpoint
from hallscribe_export.sources.tensors import weight_files
from hallscribe_export.writing import file_sha256

_DIGITS = 12


def model_id(checkpoint: Checkpoint) -> str:
    """What a checkpoint's bundles are called."""
    return checkpoint.name.rpartition("/")[2].removesuffix(".pth").lower()


def space_name(checkpoint: Checkpoint, frames: int, side: int) -> str:
    """The space of the pooled vectors of pictures (``frames`` 1) or clips of ``side`` pixels; for every precision."""
    # By the weights, not by the hub's revision: a new model card makes no new space.
    sums = [checkpoint.files.get(file.name) or file_sha256(file) for file in weight_files(checkpoint.folder)]
    digest = sums[0] if len(sums) == 1 else hashlib.sha256("".join(sums).encode()).hexdigest()
    clip = "" if frames == 1 else f"+{frames}frames"
    return f"{model_id(checkpoint)}@{digest[:_DIGITS]}{clip}+stretch{side}+mean"
