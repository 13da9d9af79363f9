"""The predictor goes on alone: from what follows in shards, the same under one seed, and it comes to foresee."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from hallscribe_export.progress import Silent
from hallscribe_export.train import foresight
from hallscribe_export.train.checkpointing import previous
from hallscribe_export.train.foresight import CHECKPOINT, CURVES, HISTORY, ForesightCourse, train_predictor
from hallscribe_export.train.network import Network, Size
from hallscribe_export.train.saving import read_folder, save_folder
from hallscribe_export.train.successive import Successive, read_successive
from support.shards import sample, write_shard

SMALL = Size(hidden=24, layers=2, heads=2, predictor_hidden=12, predictor_layers=1, predictor_heads=2, crop=64)
COURSE = ForesightCourse(steps=12, pairs=8, rate=3e-3, whole=0.25)


def lecture(name: str, split: str, frames: int = 12) -> list[dict[str, object]]:
    """A lecture whose pages are shown for four seconds each; the third of these was not kept."""
    made = []
    for number in (each for each in range(frames) if each % 4 != 2):
        frame = sample(name, number // 4, seed=100 * int(name[-6:]) + number)
        told = {"split": split, "page": number // 4, "time_s": float(number)}
        frame["told"] |= told | {"change": "none" if number % 4 else "page"}
        made.append({**frame, "stem": f"{name}_{number:04d}"})
    return made


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foresight, "Size", lambda: SMALL)
    monkeypatch.setattr(foresight, "_TELL_EVERY", 4)


@pytest.fixture
def shards(tmp_path: Path) -> list[Path]:
    frames = [each for number in range(6) for each in lecture(f"train-{number:06d}", "train")]
    frames += lecture("validation-000000", "validation")
    return [write_shard(tmp_path / "all.tar", frames)]


@pytest.fixture
def encoder(tmp_path: Path) -> Path:
    torch.manual_seed(1)
    network = Network(SMALL)
    save_folder(tmp_path / "encoder", SMALL, network.encoder, network.predictor)
    return tmp_path / "encoder"


def read(shards: list[Path], split: str = "train") -> Successive:
    torch.manual_seed(1)
    return read_successive(shards, split, Network(SMALL).encoder, "cpu", Silent())  # type: ignore[arg-type]


def test_pairs_are_a_second_apart_on_one_page(shards: list[Path]) -> None:
    found = read(shards)
    assert len(found.first) == 6 * 3  # of each page 0 and 1; 1 and 3 are two seconds apart, 3 and 4 two pages
    assert found.tokens.shape == (36, 16, 24)
    assert found.first.tolist() == list(range(0, 36, 2))
    places = torch.tensor([3, 9])
    earlier, later = found.pair(np.array([1]), places)
    assert torch.equal(earlier[0], found.tokens[2, places].float())
    assert torch.equal(later[0], found.tokens[3, places].float())


def test_shards_in_which_nothing_follows_are_refused(shards: list[Path]) -> None:
    with pytest.raises(ValueError, match="split test"):
        read(shards, "test")


def test_frames_to_measure_with_are_looked_for_before_minutes_are_spent(
    small: None, encoder: Path, tmp_path: Path
) -> None:
    class Heard(Silent):
        def step(self, name: str) -> None:
            told.append(name)

    told: list[str] = []
    shards = [write_shard(tmp_path / "train.tar", lecture("train-000000", "train"))]
    with pytest.raises(ValueError, match="split validation"):
        train_predictor(encoder, shards, tmp_path / "out", Heard(), course=COURSE, resume=True)
    assert not any("(train)" in name for name in told)


def trained(encoder: Path, shards: list[Path], out: Path, course: ForesightCourse, *, resume: bool = True) -> Path:
    train_predictor(encoder, shards, out, Silent(), course=course, resume=resume)
    return out


def test_the_encoder_stays_as_it_was_and_the_predictor_does_not(
    small: None, encoder: Path, shards: list[Path], tmp_path: Path
) -> None:
    out = trained(encoder, shards, tmp_path / "out", COURSE)
    before, after = read_folder(encoder), read_folder(out)
    assert all(torch.equal(after["encoder"][name], value) for name, value in before["encoder"].items())
    assert any(not torch.equal(after["predictor"][name], value) for name, value in before["predictor"].items())
    assert (out / CURVES).read_bytes().startswith(b"\x89PNG")
    assert len((out / HISTORY).read_text().splitlines()) == 3


def test_a_run_that_was_ended_goes_on_to_the_same_weights(
    small: None, encoder: Path, shards: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = trained(encoder, shards, tmp_path / "whole", COURSE)
    monkeypatch.setattr(foresight, "_SAVE_EVERY_S", 0.0)
    step, done = foresight.ForesightTrainer.step, 0

    def ended(trainer: foresight.ForesightTrainer, learnt: Successive) -> float:
        nonlocal done
        done += 1
        if done == 7:
            raise KeyboardInterrupt
        return step(trainer, learnt)

    monkeypatch.setattr(foresight.ForesightTrainer, "step", ended)
    with pytest.raises(KeyboardInterrupt):
        trained(encoder, shards, tmp_path / "parts", COURSE)
    parts = trained(encoder, shards, tmp_path / "parts", COURSE)
    assert done < 2 * COURSE.steps
    assert (parts / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()
    other = ForesightCourse(steps=12, pairs=8, rate=3e-3, whole=0.25, seed=2)
    with pytest.raises(ValueError, match="seed was 1, is 2"):
        trained(encoder, shards, parts, other)
    assert (parts / CHECKPOINT).exists()
    done = 6
    with pytest.raises(KeyboardInterrupt):
        trained(encoder, shards, parts, COURSE, resume=False)
    assert not (parts / CHECKPOINT).exists(), "else a later run would go on from it"
    assert not previous(parts / CHECKPOINT).exists()


def test_what_is_no_such_folder_is_refused(small: None, shards: list[Path], tmp_path: Path) -> None:
    network = Network(Size(hidden=48, layers=1, heads=2, predictor_hidden=12, predictor_layers=1, predictor_heads=2))
    save_folder(tmp_path / "other", SMALL, network.encoder, network.predictor)
    with pytest.raises(ValueError, match="no folder that train-encoder wrote"):
        trained(tmp_path / "other", shards, tmp_path / "out", COURSE)


def test_it_comes_to_foresee(small: None, encoder: Path, shards: list[Path], tmp_path: Path) -> None:
    course = ForesightCourse(steps=120, pairs=8, rate=5e-3, whole=0.25)
    rows = train_predictor(encoder, shards, tmp_path / "out", Silent(), course=course, resume=False)
    first = (tmp_path / "out" / HISTORY).read_text().splitlines()[0]
    assert rows["held out"] < 0.9 * float(first.rpartition(":")[2].rstrip("}"))
