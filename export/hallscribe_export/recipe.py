"""What is known of each family of models, as data: ``recipes/*.toml``, typed."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from typing import Literal

from pydantic import Field

from hallscribed.adapters.models.manifest import Part

Family = Literal["vjepa2", "vjepa1", "minilm", "projection", "gemma"]
PresetName = Literal["fast", "balanced", "quality"]


class Parity(Part):
    """The least that a bundle must keep of full precision.

    Attributes:
        cosine: of the worst picture's or text's vector.
        centred_cosine: the same after the mean over all pictures was taken from both.
        neighbours: share of the ten nearest pictures that stay the ten nearest, on average.
        boundaries: share of the boundaries between slides that are still told apart.
        cosine_int4: instead of ``cosine`` where weights are INT4.
    """

    cosine: float = Field(gt=0, le=1)
    centred_cosine: float | None = Field(None, gt=0, le=1)
    neighbours: float | None = Field(None, gt=0, le=1)
    boundaries: float | None = Field(None, gt=0, le=1)
    cosine_int4: float | None = Field(None, gt=0, le=1)


class Known(Part):
    """A published checkpoint.

    Attributes:
        id: on the hub, or the package or file where ``hub`` is false.
        download_bytes: of what an export needs.
        crop_size: side of the pictures it was trained on, pixels.
        gated: its licence has to be accepted, and a token shown, before it can be fetched.
    """

    id: str
    licence: str
    parameters: int = Field(gt=0)
    download_bytes: int = Field(gt=0)
    crop_size: int | None = None
    gated: bool = False
    hub: bool = True


class Preset(Part):
    """A clip's frames and side in pixels, and the checkpoint that was trained for it."""

    frames: int = Field(ge=2, le=64)
    resolution: int = Field(ge=16)
    checkpoint: str


class PrecisionCost(Part):
    """Bytes for each parameter: at the peak in memory; on disk, for each runtime, while it works and in the bundle."""

    memory: float = Field(gt=0)
    working: float = Field(ge=0)
    bundle: float = Field(gt=0)


class Cost(Part):
    """What an export takes.

    Attributes:
        base_mib: the program itself, in memory.
        token_bytes: for each number of the tokens (tokens x width) that lie between two layers.
    """

    base_mib: float = Field(gt=0)
    precisions: dict[str, PrecisionCost]
    token_bytes: float = Field(0.0, ge=0)


class Recipe(Part):
    """A family of models.

    Attributes:
        licence: of the family's checkpoints that say nothing else.
        safetensors: name of the file that a .pth becomes, with {size} and {patch} filled in; None for the hub's own.
        needs: patterns of the files that an export reads, the only ones that are fetched from the hub.
        ignored: prefixes of parameters that a checkpoint may hold and no export reads.
    """

    family: Family
    title: str
    licence: str
    safetensors: str | None = None
    needs: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    parity: Parity
    checkpoints: tuple[Known, ...] = ()
    presets: dict[PresetName, Preset] = Field(default_factory=dict)
    cost: Cost

    def known(self, name: str) -> Known | None:
        """The published checkpoint of that id, or whose id ends with that folder's name."""
        for checkpoint in self.checkpoints:
            if name in (checkpoint.id, checkpoint.id.rpartition("/")[2]):
                return checkpoint
        return None


@functools.cache
def recipe(family: Family) -> Recipe:
    """The family's recipe, as it comes with the package."""
    text = resources.files("hallscribe_export").joinpath("recipes", f"{family}.toml").read_text(encoding="utf-8")
    return Recipe.model_validate(tomllib.loads(text))
