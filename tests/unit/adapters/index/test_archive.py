"""The box-wide archive: what it finds, what it no longer answers for, and what it refuses to open."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hallscribed.adapters.index import merge
from hallscribed.adapters.index.archive import CELLS, LISTS, MANIFEST, ROWS, Archive, in_cells, open_latest
from hallscribed.adapters.index.faiss_index import FaissIndex
from hallscribed.adapters.index.merge import write_archive
from hallscribed.adapters.index.rows import Ids, Scores
from hallscribed.adapters.index.shelf import IndexShelf
from hallscribed.domain.embedding import Matrix, normalise
from hallscribed.domain.errors import DataDamaged
from hallscribed.domain.recording import SealedLecture

WIDTH, SPACE = 32, "joint@1"


def rows(count: int, seed: int) -> Matrix:
    """Rows around a few centres, as the frames of a lecture are."""
    numbers = np.random.default_rng(seed)
    centres = numbers.normal(size=(8, WIDTH))
    return normalise((centres[np.arange(count) % 8] + 0.4 * numbers.normal(size=(count, WIDTH))).astype("f4"))


def sealed(folder: Path, uid: str, count: int, seed: int) -> SealedLecture:
    """A lecture's file, ids from 100 on."""
    path = folder / f"{uid}.faiss"
    return SealedLecture(uid, path, FaissIndex.build(path, range(100, 100 + count), rows(count, seed)), count)


@pytest.fixture
def lectures(tmp_path: Path) -> list[SealedLecture]:
    return [
        sealed(tmp_path, uid, count, seed) for seed, (uid, count) in enumerate({"a": 700, "b": 400, "c": 900}.items())
    ]


@pytest.fixture
def archive(tmp_path: Path, lectures: list[SealedLecture], monkeypatch: pytest.MonkeyPatch) -> Archive:
    """Of three lectures, written in several parts, and answering for all."""
    monkeypatch.setattr(merge, "_SHARD_ROWS", 600)
    opened = Archive.open(write_archive(tmp_path / "archive", lectures, SPACE), SPACE)
    for lecture in lectures:
        assert opened.admit(lecture.uid, lecture.sha256)
    return opened


def test_it_finds_what_looking_at_every_row_would_find(archive: Archive, lectures: list[SealedLecture]) -> None:
    everything = np.concatenate([rows(lecture.rows, seed) for seed, lecture in enumerate(lectures)])
    owners = np.repeat(["a", "b", "c"], [700, 400, 900])
    ids = np.concatenate([np.arange(100, 100 + lecture.rows) for lecture in lectures])
    shared = 0
    numbers = np.random.default_rng(5)
    for row in numbers.choice(2000, 60, replace=False):
        question = normalise((everything[row] + 0.1 * numbers.normal(size=WIDTH)).astype("f4"))
        truth = np.argsort(-(everything @ question))[:10]
        uids, found, scores = archive.nearest(question, 10)
        shared += len(
            set(zip(uids, found.tolist(), strict=True)) & set(zip(owners[truth], ids[truth].tolist(), strict=True))
        )
        assert np.all(np.diff(scores) <= 0)
        np.testing.assert_allclose(scores[0], (everything @ question).max(), atol=0.02)
    assert shared / 600 >= 0.9
    assert archive.facts.recall_at_10 >= 0.98
    assert len(archive) == 2000


def test_where_rows_lie_few_cells_tell_and_elsewhere_none_is_left_out(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hallscribed.adapters.index.archive._FIRST_CELLS", 1)
    looked: list[int] = []

    def counted(index: Any, questions: Matrix, k: int, cells: Ids, *others: Any) -> tuple[Scores, Ids]:
        looked.extend(cells[0].tolist())
        return in_cells(index, questions, k, cells, *others)

    monkeypatch.setattr("hallscribed.adapters.index.archive.in_cells", counted)
    archive.facts = replace(archive.facts, probed=16)
    few = []
    for row in rows(700, 0)[:20]:
        looked.clear()
        assert archive.nearest(row, 3)[0][0] == "a"
        assert len(set(looked)) == len(looked)
        few.append(len(looked))
    assert np.mean(few) < 8
    looked.clear()
    archive.nearest(normalise(-rows(700, 0).mean(0, keepdims=True))[0], 3)
    assert len(looked) == 16


def test_it_answers_only_for_lectures_that_are_as_they_were(archive: Archive, lectures: list[SealedLecture]) -> None:
    archive.dismiss("b")
    archive.dismiss("nobody")
    assert archive.admitted() == {"a": 700, "c": 900}
    assert set(archive.nearest(rows(1, 1)[0], 1500)[0]) <= {"a", "c"}
    assert not archive.admit("b", "another sha256")
    assert not archive.admit("nobody", "x")
    again = Archive.open(archive.folder, SPACE)
    assert (again.admitted(), again.nearest(rows(1, 1)[0], 10)[0]) == ({}, ())
    assert again.admit("b", lectures[1].sha256)
    assert set(again.nearest(rows(1, 1)[0], 10)[0]) == {"b"}


@pytest.mark.parametrize("name", [CELLS, LISTS, ROWS, MANIFEST])
def test_a_changed_file_is_not_used(archive: Archive, name: str) -> None:
    file = archive.folder / name
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(DataDamaged, match="is not used"):
        Archive.open(archive.folder, SPACE)
    found, told = open_latest(archive.folder.parent, SPACE)
    assert found is None
    assert len(told) == 1


def test_an_archive_of_another_space_is_not_used(archive: Archive) -> None:
    with pytest.raises(DataDamaged, match=r"of the space joint@1"):
        Archive.open(archive.folder, "joint@2")


def test_a_damaged_lecture_is_left_out(tmp_path: Path, lectures: list[SealedLecture]) -> None:
    lectures[0].path.write_bytes(b"damaged")
    lectures[1].path.unlink()
    opened = Archive.open(write_archive(tmp_path / "archive", lectures, SPACE), SPACE)
    assert [held.uid for held in opened.facts.lectures] == ["c"]
    lectures[2].path.unlink()
    with pytest.raises(ValueError, match="no lecture"):
        write_archive(tmp_path / "archive", lectures, SPACE)


def test_a_full_disk_leaves_what_was_there(
    archive: Archive, lectures: list[SealedLecture], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(merge, "sync", full)
    with pytest.raises(OSError, match="No space"):
        write_archive(archive.folder.parent, lectures[:2], SPACE)
    assert list(archive.folder.parent.iterdir()) == [archive.folder]


def test_what_a_killed_writer_left_is_removed(archive: Archive, lectures: list[SealedLecture]) -> None:
    (archive.folder.parent / ".new-x").mkdir()
    assert open_latest(archive.folder.parent, SPACE)[0] is not None
    write_archive(archive.folder.parent, lectures[:2], SPACE)
    assert not (archive.folder.parent / ".new-x").exists()


def shelf_of(lectures: list[SealedLecture]) -> IndexShelf:
    shelf = IndexShelf(WIDTH)
    for lecture in lectures:
        shelf.open_sealed(lecture.uid, lecture.path, lecture.sha256)
    return shelf


def test_the_shelf_answers_with_an_archive_as_without(archive: Archive, lectures: list[SealedLecture]) -> None:
    shelf = shelf_of(lectures)
    question = rows(1, 5)[0]
    before = [(uid, one.id) for uid, one in shelf.search(question, None, 20)]
    named = shelf.search(question, {"b", "c"}, 20)
    assert shelf.outside() == 2000
    shelf.serve_archive(archive)
    assert (shelf.outside(), shelf.archived()) == (0, {"a": 700, "b": 400, "c": 900})
    after = [(uid, one.id) for uid, one in shelf.search(question, None, 20)]
    assert len(set(before) & set(after)) >= 19
    assert shelf.search(question, {"b", "c"}, 20) == named, "named lectures are looked up in their own files"
    shelf.add("live", [1], question[None])
    assert shelf.search(question, None, 3)[0][0] == "live"
    shelf.forget("a")
    assert "a" not in {uid for uid, _ in shelf.search(question, None, 1500)}
    assert shelf.search(question, {"a"}, 5) == []
    assert (shelf.rows("a"), shelf.rows("b")) == (0, 400)


def test_many_named_lectures_are_selected_within_the_archive(
    archive: Archive, lectures: list[SealedLecture], monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = shelf_of(lectures)
    question = normalise(rows(900, 2)[17] + rows(400, 1)[17])
    wanted = [(uid, one.id) for uid, one in shelf.search(question, {"b", "c"}, 20)]
    monkeypatch.setattr("hallscribed.adapters.index.shelf._OPENED", 1)
    shelf.serve_archive(archive)
    for lecture in lectures:
        lecture.path.unlink()
    found = [(uid, one.id) for uid, one in shelf.search(question, {"b", "c", "unknown"}, 20)]
    assert len(set(found) & set(wanted)) >= 18
    archive.dismiss("c")
    assert {uid for uid, _ in shelf.search(question, {"b", "c"}, 20)} == {"b"}


def test_archived_lectures_are_not_read_at_the_next_start(archive: Archive, lectures: list[SealedLecture]) -> None:
    shelf = IndexShelf(WIDTH)
    shelf.serve_archive(Archive.open(archive.folder, SPACE))
    lectures[0].path.unlink()
    for lecture in lectures:
        shelf.open_sealed(lecture.uid, lecture.path, lecture.sha256)
    assert shelf.rows("a") == 700
    assert "a" in {uid for uid, _ in shelf.search(rows(1, 0)[0], None, 200)}
    with pytest.raises(ValueError, match="sealed"):
        shelf.add("a", [1], rows(1, 0))


def test_a_damaged_file_is_found_when_it_is_asked_for(archive: Archive, lectures: list[SealedLecture]) -> None:
    shelf = shelf_of(lectures)
    shelf.serve_archive(archive)
    lectures[1].path.write_bytes(b"damaged")
    assert shelf.search(rows(1, 1)[0], {"b"}, 5) == []
    assert (shelf.take_damaged(), shelf.take_damaged()) == ({"b"}, set())


def test_lectures_that_a_new_archive_does_not_hold_are_searched_in_their_own_files(
    archive: Archive, lectures: list[SealedLecture]
) -> None:
    shelf = shelf_of(lectures)
    shelf.serve_archive(archive)
    fewer = Archive.open(write_archive(archive.folder.parent, lectures[:2], SPACE), SPACE)
    shelf.serve_archive(fewer)
    assert (shelf.archived(), shelf.outside()) == ({"a": 700, "b": 400}, 900)
    assert "c" in {uid for uid, _ in shelf.search(rows(1, 2)[0], None, 20)}
