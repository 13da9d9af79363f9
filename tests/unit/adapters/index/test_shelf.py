"""All lectures' indexes together."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from hallscribed.adapters.index.faiss_index import FaissIndex
from hallscribed.adapters.index.shelf import IndexShelf
from hallscribed.domain.embedding import Matrix, normalise
from hallscribed.domain.errors import DataDamaged

WIDTH = 8


def rows(count: int, seed: int = 0) -> Matrix:
    return normalise(np.random.default_rng(seed).normal(size=(count, WIDTH)).astype(np.float32))


def filled() -> tuple[IndexShelf, Matrix]:
    shelf, vectors = IndexShelf(WIDTH), rows(30)
    for number, uid in enumerate("abc"):
        shelf.add(uid, range(10), vectors[10 * number : 10 * number + 10])
    return shelf, vectors


def test_lectures_are_merged_best_first() -> None:
    shelf, vectors = filled()
    found = shelf.search(vectors[17], None, 30)
    assert (found[0][0], found[0][1].id) == ("b", 7)
    assert len(found) == 30
    truth = np.sort(vectors @ vectors[17])[::-1]
    np.testing.assert_allclose([neighbour.score for _, neighbour in found], truth, atol=1e-5)
    assert found[:4] == shelf.search(vectors[17], None, 4)


def test_only_the_chosen_lectures_are_searched() -> None:
    shelf, vectors = filled()
    assert {uid for uid, _ in shelf.search(vectors[17], {"a", "c", "unknown"}, 30)} == {"a", "c"}
    assert shelf.search(vectors[17], set(), 30) == []


def test_queries_are_checked_even_while_there_are_no_rows() -> None:
    for query, k in ((np.ones(WIDTH + 1, np.float32), 1), (np.full(WIDTH, np.nan, np.float32), 1), (rows(1)[0], 0)):
        with pytest.raises(ValueError):
            IndexShelf(WIDTH).search(query, None, k)


def test_a_sealed_lecture_answers_as_before(tmp_path: Path) -> None:
    shelf, vectors = filled()
    before = [(uid, neighbour.id) for uid, neighbour in shelf.search(vectors[3], None, 30)]
    sha256 = shelf.seal("a", tmp_path / "index.faiss")
    assert [(uid, neighbour.id) for uid, neighbour in shelf.search(vectors[3], None, 30)] == before
    assert shelf.rows("a") == 10
    with pytest.raises(ValueError, match="sealed"):
        shelf.add("a", [99], rows(1))
    again = IndexShelf(WIDTH)
    again.open_sealed("a", tmp_path / "index.faiss", sha256)
    assert again.search(vectors[3], None, 1)[0][1].id == 3


def test_sealing_a_lecture_without_rows(tmp_path: Path) -> None:
    shelf = IndexShelf(WIDTH)
    shelf.seal("a", tmp_path / "index.faiss")
    assert (shelf.rows("a"), shelf.search(rows(1)[0], None, 5)) == (0, [])


def test_a_file_of_another_width_is_refused(tmp_path: Path) -> None:
    sha256 = FaissIndex.build(tmp_path / "f", [1], np.ones((1, WIDTH + 1), np.float32))
    with pytest.raises(DataDamaged, match="columns"):
        IndexShelf(WIDTH).open_sealed("a", tmp_path / "f", sha256)


def test_forgotten_and_removed_rows_are_gone(tmp_path: Path) -> None:
    shelf, vectors = filled()
    shelf.seal("c", tmp_path / "c")
    shelf.forget("c")
    shelf.remove("a", [3])
    shelf.remove("nobody", [3])
    shelf.forget("nobody")
    assert len(shelf.search(vectors[3], None, 100)) == 19
    assert (tmp_path / "c").exists()


def test_searches_run_while_rows_arrive() -> None:
    shelf, vectors = IndexShelf(WIDTH), rows(600)
    trouble: list[BaseException] = []
    done = threading.Event()

    def search() -> None:
        try:
            while not done.is_set():
                found = shelf.search(vectors[0], None, 5)
                assert all(abs(neighbour.score - vectors[neighbour.id] @ vectors[0]) < 1e-4 for _, neighbour in found)
        except BaseException as error:
            trouble.append(error)

    threads = [threading.Thread(target=search) for _ in range(2)]
    for thread in threads:
        thread.start()
    for place in range(600):
        shelf.add("a" if place % 2 else "b", [place], vectors[place : place + 1])
        assert shelf.search(vectors[place], None, 1)[0][1].id == place  # found at once
    done.set()
    for thread in threads:
        thread.join()
    assert not trouble
