"""Batches as the trainer takes them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from hallscribe_export.train.clips import Batch, Clips
from hallscribe_export.train.network import Size
from hallscribe_export.train.objective import fitting
from hallscribe_export.train.pictures import channels_first, halved, patches
from hallscribe_export.train.texts import TextVectors
from hallscribe_export.train.trainer import Course, Prepared


def prepared_batches(
    clips: Clips, taught: Tensor | None, texts: TextVectors, size: Size, course: Course, first: int, device: str
) -> Iterator[Prepared]:
    """The batches of the steps from ``first`` on.

    Args:
        taught: what the teacher makes of every frame, as ``taught_features`` gives it; None without one.
    """
    for step in range(first, course.steps):
        batch = clips.batch(np.random.default_rng((course.seed, step, 0)), course.pairs_at(step))
        yield _on(_prepared(batch, taught, texts, clips, size, half=course.half(step)), device)


def _on(batch: Prepared, device: str) -> Prepared:
    if device == "cpu":
        return batch
    parts = (getattr(batch, name) for name in Prepared.__slots__)
    return Prepared(*(None if part is None else part.to(device) for part in parts))


def _prepared(
    batch: Batch, taught: Tensor | None, texts: TextVectors, clips: Clips, size: Size, *, half: bool
) -> Prepared:
    pictures = channels_first(batch.pictures)
    said = [(row, *each) for row, mine in enumerate(batch.texts) for each in mine]
    return Prepared(
        patches(halved(pictures) if half else pictures, size.patch),
        None if taught is None else taught[torch.from_numpy(batch.frames)],
        torch.from_numpy(batch.page),
        torch.from_numpy(batch.step),
        torch.from_numpy(texts.of([text for _, text, _ in said])),
        torch.tensor([row for row, _, _ in said]),
        torch.from_numpy(fitting(batch.facts, [facts for _, _, facts in said])),
        torch.from_numpy(clips.true(batch.facts)),
    )
