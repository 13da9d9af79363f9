"""The archive of a box: written by its worker, served, and there again after a restart."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest

from hallscribed.adapters.index.faiss_index import FaissIndex
from hallscribed.adapters.index.shelf import IndexShelf
from hallscribed.adapters.store.corpus import CORPUS_MIGRATIONS, SqliteCorpus
from hallscribed.adapters.store.database import Database
from hallscribed.adapters.worker.merging import Passages, ShelfArchive
from hallscribed.domain.embedding import EmbeddingSpace, Matrix, normalise
from hallscribed.domain.moment import Passage, Route
from hallscribed.domain.recording import SealedLecture

WIDTH, SPACE = 64, "joint@1"


def rows(count: int, seed: int) -> Matrix:
    return normalise(np.random.default_rng(seed).normal(size=(count, WIDTH)).astype("f4"))


def filled(folder: Path, shelf: IndexShelf, uids: str, count: int = 500) -> list[SealedLecture]:
    lectures = []
    for seed, uid in enumerate(uids):
        path = folder / f"{uid}.faiss"
        sha256 = FaissIndex.build(path, range(1, 1 + count), rows(count, seed))
        shelf.open_sealed(uid, path, sha256)
        lectures.append(SealedLecture(uid, path, sha256, count))
    return lectures


def test_it_is_written_while_questions_are_answered_and_is_there_after_a_restart(tmp_path: Path) -> None:
    shelf = IndexShelf(WIDTH)
    lectures = filled(tmp_path, shelf, "abcd")
    archive = ShelfArchive(tmp_path / "archive", SPACE, shelf)
    assert archive.open() == []
    question, wrong, over = rows(1, 1)[0], [], threading.Event()

    def ask() -> None:
        while not over.wait(0.01):
            if shelf.search(question, None, 1)[0][0] != "b":
                wrong.append(1)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        archive.build(lectures[:3])
        archive.build(lectures)
    finally:
        over.set()
        thread.join()
    assert not wrong
    assert (archive.rows(), archive.outside(), len(archive.archived())) == (2000, 0, 4)
    assert len(list((tmp_path / "archive").iterdir())) == 1, "the earlier one is gone"
    again = IndexShelf(WIDTH)
    assert ShelfArchive(tmp_path / "archive", SPACE, again).open() == []
    again.open_sealed("b", lectures[1].path, lectures[1].sha256)
    assert again.archived() == {"b": 500}
    assert again.search(question, None, 1)[0][0] == "b"


def test_what_cannot_be_written_is_told_and_costs_no_search(tmp_path: Path) -> None:
    shelf = IndexShelf(WIDTH)
    lectures = filled(tmp_path, shelf, "ab")
    blocked = tmp_path / "archive"
    blocked.write_text("a file where a folder should be")
    with pytest.raises(RuntimeError, match="could not be written"):
        ShelfArchive(blocked, SPACE, shelf).build(lectures)
    assert len(shelf.search(rows(1, 0)[0], None, 1000)) == 1000


def test_stopping_ends_the_worker_at_once(tmp_path: Path) -> None:
    shelf = IndexShelf(WIDTH)
    lectures = filled(tmp_path, shelf, "abcdefgh", 4000)
    archive = ShelfArchive(tmp_path / "archive", SPACE, shelf)
    building = threading.Thread(target=archive.build, args=(lectures,))
    building.start()
    time.sleep(0.2)
    archive.stop()
    building.join(5.0)
    assert not building.is_alive()
    archive.build(lectures)
    assert archive.archived() == {}


def test_what_was_said_is_read_from_the_catalog_while_it_is_open(tmp_path: Path) -> None:
    database = Database(tmp_path / "catalog.db", CORPUS_MIGRATIONS)
    space = EmbeddingSpace("words", WIDTH, True, False)
    shelf = IndexShelf(WIDTH)
    corpus = SqliteCorpus(database, space, {Route.SAID: shelf, Route.WRITTEN: IndexShelf(WIDTH)})
    for seed, uid in enumerate("abc"):
        said = [Passage(uid, Route.SAID, 60.0 * i, 60.0 * i + 8, 0, f"{uid}{i}") for i in range(300)]
        corpus.replace(uid, Route.SAID, None, said, rows(300, seed))
        corpus.rest(uid)
    archive = ShelfArchive(
        tmp_path / "said", "words of this catalog", shelf, Passages(database.path, Route.SAID, space.name)
    )
    archive.build(list(corpus.resting(Route.SAID)))
    assert (archive.rows(), archive.outside(), len(archive.archived())) == (900, 0, 3)
    assert corpus.dense(rows(300, 1)[17], Route.SAID, None, 1)[0].text == "b17"
    database.close()
