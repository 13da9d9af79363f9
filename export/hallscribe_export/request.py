"""What a V-JEPA export is asked for, as values that were checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from hallscribe_export.recipe import Preset
from hallscribed.adapters.models.manifest import RuntimeName

Precision = Literal["auto", "int8", "bf16", "fp32"]
LanguagePrecision = Literal["int8", "int4"]
RUNTIMES: tuple[RuntimeName, ...] = get_args(RuntimeName)
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
SINGLE_PICTURE = 2
_MOST_FRAMES = 64
_PATCH = 16
_LARGEST = 1024


@dataclass(frozen=True, slots=True)
class VjepaRequest:
    """One bundle that is wanted.

    Attributes:
        frames: pictures of a clip, even, 2 to 64; 2 is one picture that stands for both, by the folded stem.
        resolution: side of the square input, pixels, whole patches; None is the checkpoint's own crop size.
        precision: "auto" measures every way to INT8 and takes the fastest that holds parity.
        runtimes: without repeats, at least one.
        features: every token's vector as a further output, not only their mean.
        predictor: the predictor as a further graph.
        calibration: a folder of pictures or a video; None is the rendered lecture that is built in.

    Raises:
        ValueError: a value that no export can have; the message says which would do.
    """

    frames: int = SINGLE_PICTURE
    resolution: int | None = None
    precision: Precision = "auto"
    runtimes: tuple[RuntimeName, ...] = RUNTIMES
    features: bool = False
    predictor: bool = False
    calibration: Path | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be made."""
        if self.frames % 2 or not SINGLE_PICTURE <= self.frames <= _MOST_FRAMES:
            raise ValueError(
                f"{self.frames} frames cannot be exported: give 2 for single pictures, 16 or 64 for clips, "
                f"or another even number up to {_MOST_FRAMES}"
            )
        if self.resolution is not None and (self.resolution % _PATCH or not _PATCH <= self.resolution <= _LARGEST):
            near = min(max(round(self.resolution / _PATCH), 1) * _PATCH, _LARGEST)
            raise ValueError(
                f"{self.resolution} pixels are no whole number of patches of {_PATCH}: give one such as {near}"
            )
        if not self.runtimes or len(set(self.runtimes)) != len(self.runtimes) or set(self.runtimes) - set(RUNTIMES):
            raise ValueError(f"runtimes {', '.join(self.runtimes) or 'none'}: give {' or '.join(RUNTIMES)}, or both")
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision {self.precision}: give one of {', '.join(PRECISIONS)}")
        if not self.written:
            raise ValueError(
                "bf16 is calculated by OpenVINO only: give --runtime openvino, or --precision int8 for onnxruntime"
            )
        if self.calibration is not None and not self.calibration.exists():
            raise ValueError(f"{self.calibration} is not there: give a folder of pictures or a video to calibrate with")

    @property
    def written(self) -> tuple[RuntimeName, ...]:
        """The runtimes that a graph is written for: of those asked for, the ones that can calculate so."""
        return tuple(name for name in self.runtimes if self.precision != "bf16" or name == "openvino")

    @property
    def single(self) -> bool:
        """Whether the graph takes one picture instead of a clip."""
        return self.frames == SINGLE_PICTURE


def requested(
    preset: Preset | None,
    frames: int | None,
    resolution: int | None,
    precision: Precision,
    runtimes: str,
    features: bool,
    predictor: bool,
    calibration: Path | None,
) -> VjepaRequest:
    """The request that a preset and flags make: a flag wins over the preset. ValueError as in VjepaRequest."""
    names = tuple(name.strip() for name in runtimes.split(",") if name.strip())
    if preset is not None:
        frames = preset.frames if frames is None else frames
        resolution = preset.resolution if resolution is None else resolution
    return VjepaRequest(
        frames=SINGLE_PICTURE if frames is None else frames,
        resolution=resolution,
        precision=precision,
        runtimes=cast("tuple[RuntimeName, ...]", names),
        features=features,
        predictor=predictor,
        calibration=calibration,
    )
