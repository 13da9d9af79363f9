"""Which encoder keeps up with one frame a second: arithmetic over what was measured."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Literal

from pydantic import Field

from hallscribed.adapters.models.manifest import Part

_PATCH, _TUBELET = 16, 2
# A process that only opened a small bundle; embeddings, norms, scales and what lies between layers.
_RUNTIME_MIB, _OVERHEAD = 150, 1.1


class Tier(Part):
    """An encoder's size; ``inner`` is the width within its feed-forward layers."""

    name: str
    checkpoint: str
    width: int = Field(gt=0)
    heads: int = Field(gt=0)
    inner: int = Field(gt=0)
    layers: int = Field(gt=0)
    side: int = Field(gt=0)

    def tokens(self, frames: int = _TUBELET) -> int:
        """Of a clip; two frames are one picture."""
        return math.ceil(frames / _TUBELET) * (self.side // _PATCH) ** 2

    def layer_macs(self, tokens: int) -> float:
        """Multiplications of one layer: its four square products, the feed-forward ones, and attention."""
        products = tokens * (4 * self.width**2 + 2 * self.width * self.inner)
        return float(products + 2 * tokens**2 * self.width)

    def macs(self, layers: int, frames: int = _TUBELET) -> float:
        """Of the stem and that many layers, for a clip."""
        tokens = self.tokens(frames)
        patch = 3 * _PATCH**2 * (1 if frames == _TUBELET else _TUBELET)
        return layers * self.layer_macs(tokens) + tokens * patch * self.width

    @property
    def parameters(self) -> int:
        """Of all layers; embeddings and norms are less than a hundredth of them."""
        return self.layers * (4 * self.width**2 + 2 * self.width * self.inner)


class Summariser(Part):
    """A language model: memory of its own, and pages of its file, MiB."""

    name: str
    precision: Literal["int8", "int4"]
    anonymous_mib: float = Field(gt=0)
    file_mib: float = Field(gt=0)


class Reserve(Part):
    """What is kept for everything else: MiB, and the share of the cores' time that encoding may take."""

    system_mib: float
    daemon_mib: float
    encoding_share: float = Field(gt=0, le=1)


class Known(Part):
    """What doctor predicts with."""

    tiers: tuple[Tier, ...]
    summarisers: tuple[Summariser, ...]
    reserve: Reserve


@dataclass(frozen=True, slots=True)
class Pace:
    """How an encoder keeps up.

    Attributes:
        how: "measured" of a bundle that is here; "predicted" from a slice of the model, timed here.
        latency_ms: of one picture.
        streams: of one frame a second, all frames encoded, that leave time for the rest.
        headroom: how many times faster than one frame a second it is.
        memory_mib: that its weights and the runtime take.
    """

    name: str
    how: Literal["measured", "predicted"]
    runtime: str
    latency_ms: float
    streams: int
    headroom: float
    memory_mib: float


def known() -> Known:
    """The figures that come with the package."""
    text = resources.files("hallscribe_export").joinpath("diagnosis", "figures.toml").read_text(encoding="utf-8")
    return Known.model_validate(tomllib.loads(text))


def streams(latency_ms: float, share: float) -> int:
    """How many streams of one frame a second fit into that share of the time."""
    return int(share * 1000 / latency_ms)


def predicted_ms(tier: Tier, slice_ms: float, slice_layers: int, read_gb_s: float, frames: int = _TUBELET) -> float:
    """Of a picture or clip, from a slice of ``slice_layers`` layers that was timed on one picture.

    By the number of multiplications; never less than reading every INT8 weight from memory once, since the slice's
    own weights may have stayed in a cache.
    """
    share = tier.macs(tier.layers, frames) / tier.macs(slice_layers)
    return max(slice_ms * share, 1000 * tier.parameters / (read_gb_s * 1e9))


def predicted_mib(tier: Tier, runtime: str, mode: str) -> float:
    """Memory of its weights and the runtime: ONNX Runtime widens INT8 weights to float32 when it opens them."""
    size = 4 if (runtime, mode) == ("onnxruntime", "weights") else 1
    return _RUNTIME_MIB + _OVERHEAD * size * tier.parameters / 2**20


def best(paces: Sequence[Pace], free_mib: float, least: int = 1) -> Pace | None:
    """The last, which is the largest, that keeps up with ``least`` streams and fits into memory."""
    fitting = [pace for pace in paces if pace.streams >= least and pace.memory_mib <= free_mib]
    return fitting[-1] if fitting else None


Fit = Literal["fits", "fits, reads its file again", "does not fit"]


def summariser_fit(summariser: Summariser, memory_mib: float, reserve: Reserve) -> Fit:
    """Whether it runs beside the daemon in that much memory.

    Pages of its file may be dropped, but each word of an answer reads all of them: without room it becomes slow.
    """
    left = memory_mib - reserve.system_mib - reserve.daemon_mib - summariser.anonymous_mib
    if left < 0:
        return "does not fit"
    return "fits" if left >= summariser.file_mib else "fits, reads its file again"


def choose_summariser(summarisers: Sequence[Summariser], memory_mib: float, reserve: Reserve) -> Summariser | None:
    """The first, which is the most exact, that fits wholly; else the first that fits at all."""
    fits = [(summariser, summariser_fit(summariser, memory_mib, reserve)) for summariser in summarisers]
    for wanted in ("fits", "fits, reads its file again"):
        for summariser, fit in fits:
            if fit == wanted:
                return summariser
    return None


def words_per_second(summariser: Summariser, read_gb_s: float) -> float:
    """Tokens a second, predicted: each one reads all the weights once."""
    return read_gb_s * 1e9 / (summariser.file_mib * 2**20)
