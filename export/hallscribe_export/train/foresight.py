"""The training of a predictor alone, once its encoder stands still: a frame's tokens from those of the second before.

It learns what follows while nothing new is shown; so what it gets wrong afterwards is what is new. Most updates show it
a square of the picture's places, a quarter of them, which costs less than a quarter: to look at its own place a moment
ago is learnt there as well. The last ones show all of them.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from hallscribe_export.progress import Progress
from hallscribe_export.sources.tensors import WEIGHTS
from hallscribe_export.train.checkpointing import forget_checkpoint, kept_checkpoint, load_checkpoint, save_checkpoint
from hallscribe_export.train.curves import draw_curves, write_history
from hallscribe_export.train.hardware import multiplies_bfloat16, narrowed, training_device
from hallscribe_export.train.muon import Muon
from hallscribe_export.train.network import Network, Predictor, Size
from hallscribe_export.train.objective import prediction_loss
from hallscribe_export.train.saving import read_folder, save_folder
from hallscribe_export.train.schedule import rate_at
from hallscribe_export.train.successive import Successive, read_successive
from hallscribe_export.writing import file_sha256

CHECKPOINT, HISTORY, CURVES = "checkpoint.pt", "history.jsonl", "losses.png"
_BETAS = (0.9, 0.98)
_LOUDEST = 1.0
_TELL_EVERY, _SAVE_EVERY_S = 100, 120.0
# So many of the pairs that are held out are measured.
_MEASURED = 96


@dataclass(frozen=True, slots=True)
class ForesightCourse:
    """How a predictor is trained.

    Attributes:
        pairs: of frames in an update that sees a square of their places; a quarter as many where all are seen.
        rate: the highest learning rate; it rises at first and falls as a cosine.
        whole: share of the updates, the last ones, that see all places.
    """

    steps: int = 3000
    pairs: int = 48
    rate: float = 8e-3
    decay: float = 0.05
    whole: float = 0.2
    seed: int = 1

    def sees_all(self, step: int) -> bool:
        """Whether all places are seen in an update."""
        return step >= self.steps * (1 - self.whole)


class ForesightTrainer:
    """The predictor and what moves it; an update after the other."""

    def __init__(self, predictor: Predictor, size: Size, course: ForesightCourse, device: str) -> None:
        self.predictor, self.course = predictor.to(device), course
        self.done = 0
        self.history: list[dict[str, float]] = []
        self._grid, self._device = size.grid, device
        named = list(predictor.named_parameters())
        matrices = [each for name, each in named if name.startswith("layer.") and each.ndim == 2]
        rest = [each for name, each in named if not (name.startswith("layer.") and each.ndim == 2)]
        self._optimisers: list[torch.optim.Optimizer] = [
            Muon(matrices, course.rate, course.decay, narrow=multiplies_bfloat16(device)),
            torch.optim.AdamW(rest, course.rate, _BETAS, weight_decay=0.0),
        ]

    def state(self) -> dict[str, Any]:
        """All that the training needs to go on."""
        return {
            "done": self.done,
            "history": self.history,
            "predictor": self.predictor.state_dict(),
            "optimisers": [each.state_dict() for each in self._optimisers],
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        self.done, self.history = state["done"], list(state["history"])
        self.predictor.load_state_dict(state["predictor"])
        for optimiser, kept in zip(self._optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(kept)

    def step(self, learnt: Successive) -> float:
        """One update; the loss."""
        course = self.course
        rng = np.random.default_rng((course.seed, self.done, 3))
        every = course.sees_all(self.done)
        places = _all(self._grid) if every else _square(self._grid, rng)
        rows = rng.integers(len(learnt.first), size=max(1, course.pairs // 4) if every else course.pairs)
        for group in (group for each in self._optimisers for group in each.param_groups):
            group["lr"] = rate_at(course.rate, self.done, course.steps)
        loss = self._loss(learnt, rows, places)
        self.predictor.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.predictor.parameters(), _LOUDEST)
        for optimiser in self._optimisers:
            optimiser.step()
        self.done += 1
        return float(loss.detach())

    def measure(self, held_out: Successive) -> float:
        """The loss on pairs that were not learnt from."""
        count = min(_MEASURED, len(held_out.first))
        chosen = np.linspace(0, len(held_out.first) - 1, count).astype(np.int64)
        with torch.no_grad():
            losses = [float(self._loss(held_out, rows, _all(self._grid))) * len(rows) for rows in _parts(chosen)]
        return sum(losses) / count

    def _loss(self, pairs: Successive, rows: NDArray[np.int64], places: Tensor) -> Tensor:
        first, second = (each.to(self._device) for each in pairs.pair(rows, places))
        places = places.to(self._device)
        with narrowed(self._device):
            predicted = self.predictor(first, places, places + self._grid**2)
        return prediction_loss(predicted, second)


def train_predictor(
    encoder: Path, shards: Sequence[Path], out: Path, progress: Progress, *, course: ForesightCourse, resume: bool
) -> dict[str, float]:
    """Train the predictor of the folder ``encoder`` further, and write it to ``out`` with the encoder as it was.

    The same folder, shards and course give the same weights on the same kind of machine; a run that was ended goes on
    from its last checkpoint.

    Args:
        encoder: as ``train_encoder`` writes it.
        shards: files; what they hold of the split "validation" is measured with.
        resume: go on from a checkpoint in ``out``; ValueError when that is of another course or input.

    Returns:
        The last row of the losses.
    """
    out.mkdir(parents=True, exist_ok=True)
    size, device = Size(), training_device()
    network = Network(size)
    try:
        for part, weights in read_folder(encoder).items():
            network.get_submodule(part).load_state_dict(weights)
    except (RuntimeError, AttributeError) as error:
        raise ValueError(f"{encoder} is no folder that train-encoder wrote: {error}") from error
    network.encoder.to(device).requires_grad_(False)
    digests = "".join(file_sha256(file) for file in shards)
    settings = {
        "course": asdict(course),
        "encoder_sha256": file_sha256(encoder / WEIGHTS),
        "shards_sha256": hashlib.sha256(digests.encode()).hexdigest(),
    }
    trainer = ForesightTrainer(network.predictor, size, course, device)
    file = out / CHECKPOINT
    if not resume:
        forget_checkpoint(file)
    if kept_checkpoint(file):
        trainer.load(load_checkpoint(file, settings))
    # Those of which there are few first: without any there is nothing to encode the others for.
    held_out = read_successive(shards, "validation", network.encoder, device, progress)
    learnt = read_successive(shards, "train", network.encoder, device, progress)
    progress.step(f"training on {len(learnt.first)} pairs of frames ({device})")
    saved, losses = time.monotonic(), list[float]()
    while trainer.done < course.steps:
        losses.append(trainer.step(learnt))
        ended = trainer.done == course.steps
        if trainer.done % _TELL_EVERY == 0 or ended:
            told = {"prediction": sum(losses) / len(losses), "held out": trainer.measure(held_out)}
            trainer.history.append({"step": trainer.done, **told})
            losses = []
            progress.advance(trainer.done, course.steps)
            if ended or time.monotonic() - saved > _SAVE_EVERY_S:
                save_checkpoint(file, {**trainer.state(), "settings": settings})
                write_history(out / HISTORY, trainer.history)
                draw_curves(out / CURVES, trainer.history, "Training of the predictor")
                saved = time.monotonic()
    save_folder(out, size, network.encoder, network.predictor)
    return dict(trainer.history[-1])


def _all(grid: int) -> Tensor:
    return torch.arange(grid**2)


def _square(grid: int, rng: np.random.Generator) -> Tensor:
    """The places of a square of half the side, anywhere."""
    side = grid // 2
    top, left = rng.integers(grid - side + 1, size=2)
    rows, columns = np.arange(top, top + side), np.arange(left, left + side)
    return torch.from_numpy((rows[:, None] * grid + columns).ravel())


def _parts(rows: NDArray[np.int64], most: int = 32) -> list[NDArray[np.int64]]:
    return [rows[start : start + most] for start in range(0, len(rows), most)]
