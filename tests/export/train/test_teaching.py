"""The teacher learns what pictures show, the same under one seed, and goes on where it ended."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from hallscribe_export.progress import Silent
from hallscribe_export.train.checkpointing import load_checkpoint
from hallscribe_export.train.clips import Clips
from hallscribe_export.train.pictures import channels_first, halved
from hallscribe_export.train.teacher import Teacher
from hallscribe_export.train.teaching import CHECKPOINT, Lessons, taught_features, train_teacher
from support.shards import sample, write_shard

LESSONS = Lessons(steps=8, pictures=8)
RUN = {"shards_sha256": "one"}


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Clips:
    frames = [sample(f"train-{number // 8:06d}", number % 4, seed=number) for number in range(32)]
    named = [{**frame, "stem": f"train-{number:06d}_0000"} for number, frame in enumerate(frames)]
    return Clips([write_shard(tmp_path_factory.mktemp("shards") / "train-0.tar", named)], 64, Silent())


def test_it_learns(clips: Clips, tmp_path: Path) -> None:
    lost = []
    for steps in (1, 40):
        out = tmp_path / str(steps)
        out.mkdir()
        train_teacher(clips, out, replace(LESSONS, steps=steps), RUN, Silent(), resume=False)
        lost.append(load_checkpoint(out / CHECKPOINT)["loss"])
    assert lost[1] < 0.5 * lost[0]


def test_a_training_that_was_ended_goes_on_to_the_same_weights(clips: Clips, tmp_path: Path) -> None:
    class Ended(Silent):
        def advance(self, done: int, total: int) -> None:
            if total == 210 and done == 200:
                raise KeyboardInterrupt

    lessons = Lessons(steps=210, pictures=2)
    for name in ("whole", "ended"):
        (tmp_path / name).mkdir()
    whole = train_teacher(clips, tmp_path / "whole", lessons, RUN, Silent(), resume=True)
    with pytest.raises(KeyboardInterrupt):
        train_teacher(clips, tmp_path / "ended", lessons, RUN, Ended(), resume=True)
    ended = train_teacher(clips, tmp_path / "ended", lessons, RUN, Silent(), resume=True)
    for name, value in whole.state_dict().items():
        assert torch.equal(value, ended.state_dict()[name]), name
    with pytest.raises(ValueError, match="of another training"):
        train_teacher(clips, tmp_path / "ended", lessons, {"shards_sha256": "other"}, Silent(), resume=True)


def test_features_are_of_each_square() -> None:
    torch.manual_seed(1)
    teacher = Teacher(3, width=4).eval()
    pictures = torch.from_numpy(np.random.default_rng(1).integers(0, 256, (6, 3, 64, 32), np.uint8))
    with torch.no_grad():
        found = teacher.features(pictures)
        assert found.shape == (6, 8, 32)
        one = teacher.features(pictures[:, :, 16:32, 16:])
        assert teacher(pictures).shape == (6, 3)
    # What lies beside a square is seen a little from it.
    assert (found[:, 3] - one[:, 0]).norm() < (found[:, 3] - found[:, 0]).norm()


def test_what_the_teacher_makes_of_all_frames_is_of_one_scale_and_by_their_numbers(
    clips: Clips, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hallscribe_export.train.teaching._AT_ONCE", 5)
    torch.manual_seed(1)
    teacher = Teacher(len(clips.facts), width=4).eval().requires_grad_(False)
    taught = taught_features(teacher, clips, Silent()).float()
    pictures = np.stack([each.picture for each in clips.stored])
    raw = teacher.features(halved(channels_first(pictures))).float()
    wanted = (raw - raw.mean((0, 1))) / (raw.var((0, 1), correction=0) + 1e-5).sqrt()
    assert taught.shape == (32, 4, 32)
    # Where there is bfloat16 it is made with that.
    assert (taught - wanted).norm() < 0.03 * wanted.norm()
    batch = clips.batch(np.random.default_rng(1), 4)
    assert np.array_equal(np.stack([clips.stored[number].picture for number in batch.frames]), batch.pictures)


def test_pictures_come_with_the_facts_that_are_true_of_them(clips: Clips) -> None:
    pictures, true = clips.some(np.random.default_rng(2), 20)
    assert pictures.shape == (20, 64, 64, 3)
    assert true.shape == (20, len(clips.facts))
    assert halved(channels_first(pictures)).shape == (20, 3, 32, 32)
    assert true.any(axis=1).all()
