"""Frames that follow each other while nothing new is shown, as an encoder's tokens: what its predictor learns from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hallscribe_export.progress import Progress
from hallscribe_export.train.hardware import narrowed
from hallscribe_export.train.lecture.page import Split
from hallscribe_export.train.network import Encoder
from hallscribe_export.train.pictures import channels_first, patches
from hallscribe_export.train.sample import read_samples

_BATCH = 32

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Successive:
    """Tokens of frames, and which frames have one that follows.

    Attributes:
        tokens: float16 (F, N, D), each frame encoded by itself.
        first: numbers of the first frames of the pairs, int64 (P,); the second of each is the next row.
    """

    tokens: Tensor
    first: NDArray[np.int64]

    def pair(self, rows: NDArray[np.int64], places: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens of the pairs ``rows`` at ``places`` (M,), float32 (B, M, D) each."""
        first = torch.from_numpy(self.first[rows])
        earlier, later = (self.tokens[each][:, places].float() for each in (first, first + 1))
        return earlier, later


def read_successive(
    files: Sequence[Path], split: Split, encoder: Encoder, device: str, progress: Progress
) -> Successive:
    """Every pair of frames in shards that are a second apart and show the same step of the same page.

    ValueError when there is none.
    """
    tokens: list[Tensor] = []
    first: list[int] = []
    progress.step(f"encoding what the shards show in two seconds running ({split})")
    for number, file in enumerate(files):
        runs = list(_runs(_frames(file, split, encoder.size.crop)))
        for run in runs:
            begin = sum(map(len, tokens))
            first += range(begin, begin + len(run) - 1)
            tokens += _encoded(encoder, run, device)
        progress.advance(number + 1, len(files))
    if not first:
        raise ValueError(f"the shards have no two frames of split {split} that follow each other: render some")
    return Successive(torch.cat(tokens), np.array(first, np.int64))


def _frames(file: Path, split: Split, side: int) -> Iterator[tuple[dict[str, Any], Picture]]:
    for sample in read_samples(file):
        if sample.told["split"] == split and not sample.told.get("other_look", False):
            small = cv2.resize(sample.picture, (side, side), interpolation=cv2.INTER_AREA)
            yield sample.told, np.asarray(small, np.uint8)


def _runs(frames: Iterable[tuple[dict[str, Any], Picture]]) -> Iterator[list[Picture]]:
    """Frames that follow each other with nothing new, two or more."""
    before: dict[str, Any] | None = None
    run: list[Picture] = []
    for told, picture in frames:
        if before is None or not _follows(told, before):
            if len(run) > 1:
                yield run
            run = []
        run.append(picture)
        before = told
    if len(run) > 1:
        yield run


def _follows(told: dict[str, Any], before: dict[str, Any]) -> bool:
    same = all(told[name] == before[name] for name in ("lecture", "page", "step"))
    return same and told["change"] == "none" and told["time_s"] - before["time_s"] <= 1.0


def _encoded(encoder: Encoder, pictures: Sequence[Picture], device: str) -> list[Tensor]:
    places = encoder.size.places().chunk(2)[0].to(device)
    found = []
    with torch.no_grad(), narrowed(device):
        for start in range(0, len(pictures), _BATCH):
            seen = channels_first(np.stack(pictures[start : start + _BATCH]))
            found.append(encoder(patches(seen, encoder.size.patch).to(device), places).half().cpu())
    return found
