"""Training is the same under one seed, goes on where it ended, and learns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from hallscribe_export.progress import Silent
from hallscribe_export.train import encoder, teaching
from hallscribe_export.train.batches import prepared_batches
from hallscribe_export.train.checkpointing import previous
from hallscribe_export.train.clips import Clips
from hallscribe_export.train.network import Size
from hallscribe_export.train.teacher import Teacher
from hallscribe_export.train.teaching import Lessons, taught_features
from hallscribe_export.train.trainer import Course, Known, Trainer
from support.shards import COLOURS, sample, write_shard

SMALL = Size(hidden=24, layers=2, heads=2, predictor_hidden=12, predictor_layers=1, predictor_heads=2, crop=64)
COURSE = Course(steps=12, pairs=8, prediction_only=0.25, whole_size=0.25, hidden=16)


class Texts:
    """A vector for each sentence: which colour it names."""

    def of(self, texts: Sequence[str]) -> np.ndarray:  # type: ignore[type-arg]
        return np.array([[colour in text for colour in COLOURS] + [0.1] for text in texts], np.float32)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Clips:
    """Four lectures of four pages, each shown twice."""
    frames = []
    for lecture in range(4):
        for number in range(8):
            frame = sample(f"train-{lecture:06d}", 4 * (number // 2) + lecture, seed=100 * lecture + number)
            frame["told"]["page"], frame["told"]["time_s"] = number // 2, float(number)
            frames.append({**frame, "stem": f"train-{lecture:06d}_{number:04d}"})
    return Clips([write_shard(tmp_path_factory.mktemp("shards") / "train-0.tar", frames)], SMALL.crop, Silent())


def test_pairs_of_one_page_are_of_lectures_that_were_filmed(tmp_path: Path) -> None:
    frames = []
    for number in range(16):
        frame = sample(f"train-{number // 8:06d}", number, seed=number)
        frame["told"] |= {"page": number % 8 // 2, "step": 0, "time_s": float(number % 8)}
        frames.append({**frame, "stem": f"train-{number // 8:06d}_{number:04d}"})
    for number in range(16, 200):
        frame = sample(f"train-{number // 4:06d}", number, seed=number)
        frame["told"] |= {"page": number % 4, "step": 0, "time_s": 0.0, "other_look": True}
        frames.append({**frame, "stem": f"train-{number // 4:06d}_g{number:03d}"})
    clips = Clips([write_shard(tmp_path / "train-0.tar", frames)], SMALL.crop, Silent())
    batch = clips.batch(np.random.default_rng(1), 12)
    lectures = [clips.stored[number].lecture for number in batch.frames]
    assert [lectures[place] for place in range(4)] == [lectures[12 + place] for place in range(4)]
    assert set(lectures[:4]) <= {"train-000000", "train-000001"}
    assert all(batch.frames[place] != batch.frames[12 + place] for place in range(4))
    # The others are glances, any of all.
    assert len(set(lectures[4:12] + lectures[16:]) - {"train-000000", "train-000001"}) > 10
    assert all(clips.stored[number].other_look for number in [*batch.frames[4:12], *batch.frames[16:]])


def trained(
    clips: Clips, course: Course, *ends: int, taught: torch.Tensor | None = None
) -> tuple[Trainer, list[dict[str, float]]]:
    """Trained in one go, or ended and begun anew after so many steps."""
    told: list[dict[str, float]] = []
    known = Known(5, len(clips.facts), 0 if taught is None else taught.shape[-1])
    trainer = Trainer(SMALL, course, known, "cpu")
    for end in (*ends, course.steps):
        state = trainer.state()
        trainer = Trainer(SMALL, course, known, "cpu")
        trainer.load(state)
        for batch in prepared_batches(clips, taught, Texts(), SMALL, course, trainer.done, "cpu"):
            told.append(trainer.step(batch))
            if trainer.done == end:
                break
    return trainer, told


def features(clips: Clips) -> torch.Tensor:
    """Of a teacher that has learnt nothing, but always the same."""
    torch.manual_seed(3)
    return taught_features(Teacher(len(clips.facts), width=4).eval().requires_grad_(False), clips, Silent())


def weights(trainer: Trainer) -> torch.Tensor:
    return torch.cat([each.flatten() for each in trainer.network.state_dict().values()])


@pytest.mark.parametrize("teacher", [True, False])
def test_a_run_that_was_ended_goes_on_to_the_same_weights(clips: Clips, teacher: bool) -> None:
    taught = features(clips) if teacher else None
    whole, losses = trained(clips, COURSE, taught=taught)
    parts, again = trained(clips, COURSE, 2, 7, taught=taught)
    assert losses == again
    assert torch.equal(weights(whole), weights(parts))
    other, _ = trained(clips, Course(**{**_fields(COURSE), "seed": 2}), taught=taught)
    assert not torch.equal(weights(whole), weights(other))


def _fields(course: Course) -> dict[str, float]:
    return {name: getattr(course, name) for name in Course.__slots__}


@pytest.mark.parametrize("teacher", [True, False])
def test_each_part_has_its_losses(clips: Clips, teacher: bool) -> None:
    _, losses = trained(clips, COURSE, taught=features(clips) if teacher else None)
    assert [set(each) for each in losses[:3]] == [{"prediction"}] * 3
    joined = {"captions", "facts", "pages"} | ({"imitation"} if teacher else set())
    beside = {5: joined | {"next"}, 9: joined | {"prediction"}}
    assert [set(each) for each in losses[3:]] == [beside.get(step, joined) for step in range(3, 12)]


def test_whole_pictures_are_shown_a_quarter_as_many_at_a_time() -> None:
    course = Course(steps=100, pairs=48, whole_size=0.2)
    shown = [(course.half(step), course.pairs_at(step)) for step in range(100)]
    assert set(shown) == {(True, 48), (False, 12)}
    assert [half for half, _ in shown[:80]].count(False) == 10
    assert not any(half for half, _ in shown[80:])


def test_it_learns_to_tell_pages_apart_and_what_is_said_of_them(clips: Clips) -> None:
    course = Course(steps=80, pairs=16, prediction_only=0.05, whole_size=0.5, hidden=16, rate=3e-3)
    _, losses = trained(clips, course, taught=features(clips))
    first, last = losses[4:14], losses[-10:]
    for name in ("imitation", "captions", "pages"):
        before, after = (np.mean([each[name] for each in part]) for part in (first, last))
        assert after < 0.95 * before, name


class Told(Texts):
    dimensions = 5

    def __init__(self, *given: object) -> None:
        pass


def test_what_is_begun_anew_forgets_what_was_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a run that was ended before its first checkpoint would go on from one of the training before it."""
    frames = []
    for number in range(16):
        frame = sample("train-000000", number, seed=number)
        frame["told"] |= {"page": number // 2, "time_s": float(number)}
        frames.append({**frame, "stem": f"train-000000_{number:04d}"})
    files, out = [write_shard(tmp_path / "train-0.tar", frames)], tmp_path / "out"
    (tmp_path / "manifest.json").write_text("{}")
    monkeypatch.setattr(encoder, "TextVectors", Told)
    monkeypatch.setattr(encoder, "_SAVE_EVERY_S", 0.0)

    def train(resume: bool) -> None:
        lessons = Lessons(steps=2, pictures=4)
        given = {"course": COURSE, "lessons": lessons, "size": SMALL, "resume": resume}
        encoder.train_encoder(files, out, tmp_path, Silent(), **given)  # type: ignore[arg-type]

    train(True)
    checkpoints = [out / encoder.CHECKPOINT, out / teaching.CHECKPOINT]
    checkpoints += [previous(out / encoder.CHECKPOINT)]
    assert all(each.exists() for each in checkpoints)

    def ended(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(teaching, "_step", ended)
    with pytest.raises(KeyboardInterrupt):
        train(False)
    assert not any(each.exists() for each in checkpoints)
