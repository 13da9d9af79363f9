"""Shards of rendered lectures: what is kept, that it is true to the lecture, and that rendering can be ended."""

from __future__ import annotations

import tarfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from hallscribe_export.cli import main
from hallscribe_export.progress import Silent
from hallscribe_export.train import shards
from hallscribe_export.train.lecture.deck import Lecture, lecture
from hallscribe_export.train.sample import Sample, read_samples, write_samples


@pytest.fixture(scope="module")
def filmed() -> Lecture:
    """A lecture that is no board's."""
    return next(each for each in (lecture(seed, "train") for seed in range(20)) if each.setting.view != "board")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "LECTURES_PER_SHARD", 1)


def test_of_each_step_the_first_two_frames_and_the_last_are_kept(filmed: Lecture) -> None:
    frames = list(filmed.frames())
    kept = [each for each in shards.samples(filmed) if not each.told.get("other_look")]
    starts = [number for number, frame in enumerate(frames) if frame.change != "none"]
    wanted: set[int] = set()
    for start, end in pairwise([*starts, len(frames)]):
        wanted |= {start, min(start + 1, end - 1), end - 1}
    assert [int(each.stem.rpartition("_")[2]) for each in kept] == sorted(wanted)
    for each in kept:
        frame = frames[int(each.told["time_s"])]
        assert (each.told["page"], each.told["step"], each.told["change"]) == (frame.page, frame.step, frame.change)
        assert np.array_equal(each.picture, frame.picture)


def test_every_page_is_seen_once_more_elsewhere(filmed: Lecture) -> None:
    others = [each for each in shards.samples(filmed) if each.told.get("other_look")]
    assert [each.told["page"] for each in others] == list(range(len(filmed.pages)))
    for each, page in zip(others, filmed.pages, strict=True):
        assert each.told["facts"] == [f"{fact.key}={fact.value}" for fact in page.facts]
        assert not np.array_equal(each.picture, page.steps[-1])


def test_a_glance_is_one_look_at_each_page_as_it_is_in_the_end(filmed: Lecture) -> None:
    looks = [each for each in shards.glanced(filmed) if each.told["page"] < len(filmed.pages)]
    assert [each.told["page"] for each in looks] == list(range(len(filmed.pages)))
    for each, page in zip(looks, filmed.pages, strict=True):
        assert each.told["other_look"]
        assert each.told["step"] == len(page.steps) - 1
        # What someone stands in front of is not told; where it was filmed is.
        own = {f"{fact.key}={fact.value}" for fact in page.facts}
        scene = set(each.told["facts"]) - own
        assert any(fact.startswith("view=") for fact in scene)
        assert own <= set(each.told["facts"]) or "view=hall" in scene
    assert any(each.told["sentences"] for each in looks)
    assert len({fact for each in looks for fact in each.told["facts"] if fact.startswith("view=")}) > 1


def test_glances_at_a_lecture_at_a_board_are_moments_there() -> None:
    at_board = next(each for each in (lecture(seed, "train") for seed in range(99)) if each.setting.view == "board")
    looks = [each.told for each in shards.glanced(at_board)]
    assert all(any("board" in fact for fact in each["facts"]) for each in looks)
    assert len({tuple(each["facts"]) for each in looks}) > 2


def test_glances_show_what_is_drawn_on_pages_and_what_plays_between_them() -> None:
    lectures = [each for each in (lecture(seed, "train") for seed in range(16)) if each.setting.view != "board"]
    looks = [(each.told, len(other.pages)) for other in lectures for each in shards.glanced(other)]
    films = [told for told, pages in looks if told["page"] >= pages]
    assert films and all(any("film" in fact for fact in told["facts"]) for told in films)
    assert any(fact.startswith("ink-") for told, _ in looks for fact in told["facts"])
    names = [(told["lecture"], told["page"], told["step"]) for told, _ in looks]
    assert len(names) == len(set(names))


def test_glances_lie_beside_footage_of_the_same_lectures(tmp_path: Path, small: None) -> None:
    films = shards.render_shards(tmp_path, 1, "validation", Silent())
    looks = shards.render_shards(tmp_path, 1, "validation", Silent(), glances=True)
    assert sorted(tmp_path.iterdir()) == sorted(films + looks)
    stems = [each.stem for file in films + looks for each in read_samples(file)]
    assert len(stems) == len(set(stems))


def test_sentences_state_what_is_true_of_their_frame(filmed: Lecture) -> None:
    said = [(each.told, sentence) for each in shards.samples(filmed) for sentence in each.told["sentences"]]
    assert said
    for told, sentence in said:
        assert sentence["text"]
        assert set(sentence["facts"]) <= set(told["facts"])


def test_each_look_comes_with_what_is_said_of_the_subject_alone(filmed: Lecture) -> None:
    remarks = [each.told["remark"] for each in shards.glanced(filmed)]
    assert all(remarks)
    assert len(set(remarks)) > len(remarks) / 2
    subject = [filmed.topic.name, *filmed.topic.terms, *filmed.topic.quantities]
    assert all(any(word.casefold() in each.casefold() for word in subject) for each in remarks)


def test_a_shard_holds_what_was_written(tmp_path: Path) -> None:
    picture = np.full((36, 64, 3), (200, 30, 60), np.uint8)
    write_samples(tmp_path / "a.tar", [Sample("one_0000", picture, {"facts": ["kind=ü"]})])
    with tarfile.open(tmp_path / "a.tar") as tar:
        assert tar.getnames() == ["one_0000.jpg", "one_0000.json"]
    (read,) = read_samples(tmp_path / "a.tar")
    assert (read.stem, read.told) == ("one_0000", {"facts": ["kind=ü"]})
    assert np.abs(read.picture.astype(int) - picture).max() < 6


@pytest.mark.parametrize("end", [2048, 2800, 3000, 5000])
def test_a_shard_that_is_cut_off_is_named(tmp_path: Path, end: int) -> None:
    picture = np.zeros((36, 64, 3), np.uint8)
    file = tmp_path / "a.tar"
    write_samples(file, [Sample(f"one_{number:04d}", picture, {}) for number in range(4)])
    file.write_bytes(file.read_bytes()[:end])
    with pytest.raises(ValueError, match=r"a\.tar is no sound shard .*render it again"):
        list(read_samples(file))


def test_rendering_goes_on_where_it_was_ended_and_is_always_the_same(tmp_path: Path, small: None) -> None:
    first, second = shards.render_shards(tmp_path / "one", 2, "validation", Silent())
    second.unlink()
    kept = first.stat().st_mtime_ns
    shards.render_shards(tmp_path / "one", 2, "validation", Silent())
    assert first.stat().st_mtime_ns == kept
    halves = [
        file
        for share in (0, 1)
        for file in shards.render_shards(tmp_path / "two", 2, "validation", Silent(), shards=(share, 2))
    ]
    assert [file.read_bytes() for file in halves] == [file.read_bytes() for file in (first, second)]


@pytest.mark.parametrize("share", ["2", "3/2", "0/2", "a/b"])
def test_a_share_that_is_none_is_refused(tmp_path: Path, share: str) -> None:
    result = CliRunner().invoke(main, ["render-lectures", "--out", str(tmp_path / "out"), "--share", share])
    assert result.exit_code == 2
    assert "N/M" in result.output
    assert not (tmp_path / "out").exists()
