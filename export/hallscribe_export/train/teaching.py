"""The training of the teacher: which facts are true of a picture at half its size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from hallscribe_export.progress import Progress
from hallscribe_export.train.checkpointing import forget_checkpoint, kept_checkpoint, load_checkpoint, save_checkpoint
from hallscribe_export.train.clips import Clips
from hallscribe_export.train.hardware import narrowed, training_device
from hallscribe_export.train.objective import fact_loss
from hallscribe_export.train.pictures import channels_first, halved
from hallscribe_export.train.schedule import rate_at
from hallscribe_export.train.teacher import STRIDE, Teacher

CHECKPOINT = "teacher.pt"
_SAVE_EVERY = 200
_TELL_EVERY = 10
_AT_ONCE = 128
_LOUDEST = 1.0
# Added to the variance of a feature, which may always be the same.
_LEAST = 1e-5
# A picture is moved by up to so many pixels each way, so that no place in it is learnt by heart.
_MOVED = 4


@dataclass(frozen=True, slots=True)
class Lessons:
    """How the teacher is trained.

    Attributes:
        pictures: in a step.
        rate: the highest learning rate; it rises at first and falls as a cosine.
    """

    steps: int = 2400
    pictures: int = 128
    rate: float = 2e-3
    decay: float = 0.05
    seed: int = 1


def train_teacher(
    clips: Clips, out: Path, lessons: Lessons, settings: Mapping[str, Any], progress: Progress, *, resume: bool
) -> Teacher:
    """The teacher, ready to be asked; it is kept in ``out``, and training goes on there where it ended.

    Args:
        settings: of the run that it is for, beside its own.
        resume: go on from what ``out`` keeps; ValueError when that is of another run.
    """
    device = training_device()
    torch.manual_seed(lessons.seed)
    teacher = Teacher(len(clips.facts))
    teacher.to(device)
    optimiser = torch.optim.AdamW(teacher.parameters(), lessons.rate, weight_decay=lessons.decay)
    file, done = out / CHECKPOINT, 0
    settings = {**settings, "lessons": asdict(lessons)}
    if not resume:
        forget_checkpoint(file)
    if kept_checkpoint(file):
        state = load_checkpoint(file, settings)
        teacher.load_state_dict(state["teacher"])
        optimiser.load_state_dict(state["optimiser"])
        done = state["done"]
    progress.step(f"training the teacher ({device})")
    for step in range(done, lessons.steps):
        for group in optimiser.param_groups:
            group["lr"] = rate_at(lessons.rate, step, lessons.steps)
        loss = _step(teacher, clips, lessons, step, device)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(teacher.parameters(), _LOUDEST)
        optimiser.step()
        if (step + 1) % _TELL_EVERY == 0 or step + 1 == lessons.steps:
            progress.advance(step + 1, lessons.steps)
        if (step + 1) % _SAVE_EVERY == 0 or step + 1 == lessons.steps:
            kept = {"teacher": teacher.state_dict(), "optimiser": optimiser.state_dict()}
            save_checkpoint(file, {**kept, "done": step + 1, "loss": float(loss.detach()), "settings": settings})
    teacher.eval().requires_grad_(False)
    return teacher


def taught_features(teacher: Teacher, clips: Clips, progress: Progress) -> Tensor:
    """What a teacher makes of every frame, float16 (F, squares, dimensions), each dimension of mean 0 and deviation 1.

    Made once: an encoder sees each frame many times.
    """
    device, side = training_device(), clips.side // 2 // STRIDE
    features = torch.empty(len(clips.stored), side**2, teacher.dimensions, dtype=torch.float16)
    progress.step("what the teacher makes of every frame")
    for start in range(0, len(clips.stored), _AT_ONCE):
        pictures = np.stack([each.picture for each in clips.stored[start : start + _AT_ONCE]])
        small = halved(channels_first(pictures)).to(device)
        with torch.no_grad(), narrowed(device):
            features[start : start + _AT_ONCE] = teacher.features(small).half().cpu()
        progress.advance(min(start + _AT_ONCE, len(features)), len(features))
    parts = features.split(_AT_ONCE)
    count = features.shape[0] * features.shape[1]
    mean = sum(part.float().sum((0, 1)) for part in parts) / count
    square = sum(((part.float() - mean) ** 2).sum((0, 1)) for part in parts) / count
    for part in parts:
        part.copy_((part.float() - mean) / (square + _LEAST).sqrt())
    return features


def _step(teacher: Teacher, clips: Clips, lessons: Lessons, step: int, device: str) -> torch.Tensor:
    rng = np.random.default_rng((lessons.seed, step, 2))
    pictures, true = clips.some(rng, lessons.pictures)
    moved = tuple(int(each) for each in rng.integers(-_MOVED, _MOVED + 1, 2))
    small = torch.roll(halved(channels_first(pictures)), moved, (2, 3)).to(device)
    with narrowed(device):
        said = teacher(small)
    return fact_loss(said, torch.from_numpy(true).to(device))
