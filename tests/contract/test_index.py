"""One suite for every index: exact, hnswlib, the one that grows, and sealed FAISS files, flat and with cells."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hallscribed.adapters.index import exact, faiss_index
from hallscribed.adapters.index.exact import ExactIndex
from hallscribed.adapters.index.faiss_index import FaissIndex
from hallscribed.adapters.index.hnswlib_index import HnswlibIndex
from hallscribed.adapters.index.live import GrowingIndex
from hallscribed.adapters.index.rows import checked_rows
from hallscribed.domain.embedding import Matrix, normalise

WIDTH = 24
Make = Callable[[Sequence[int], Matrix], Any]
LIVE: dict[str, Callable[[], Any]] = {
    "exact": lambda: ExactIndex(WIDTH),
    "exact in files": lambda: ExactIndex(WIDTH, Path(tempfile.gettempdir())),
    "hnswlib": lambda: HnswlibIndex(WIDTH),
    "growing": lambda: GrowingIndex(WIDTH, exact_rows=50),
}


def rows(count: int, seed: int = 7) -> Matrix:
    """Normalised rows around a few centres, as neighbouring frames are."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(max(1, count // 20), WIDTH))
    return normalise((centres[np.arange(count) % len(centres)] + 0.3 * random.normal(size=(count, WIDTH))).astype("f4"))


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few rows fill several of them."""
    monkeypatch.setattr(exact, "BLOCK_ROWS", 32)


@pytest.fixture(params=[*LIVE, "faiss flat", "faiss cells"])
def make(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Fills an index of each kind with rows."""
    numbers = itertools.count()

    def fill(ids: Sequence[int], vectors: Matrix) -> Any:
        if request.param in LIVE:
            index = LIVE[request.param]()
            index.add(ids, vectors)
            return index
        path = tmp_path / f"{next(numbers)}.faiss"
        return FaissIndex.open(path, FaissIndex.build(path, ids, vectors))

    if request.param == "faiss cells":
        monkeypatch.setattr(faiss_index, "FLAT_ROWS", 100)
    return fill


@pytest.fixture(params=[*LIVE])
def live(request: pytest.FixtureRequest) -> Any:
    """An empty live index of each kind."""
    return LIVE[request.param]()


def test_an_empty_index_finds_nothing(make: Make) -> None:
    index = make([], rows(0))
    assert len(index) == 0
    assert index.search(rows(1)[0], 10) == []


def test_a_row_is_its_own_nearest_neighbour(make: Make) -> None:
    vectors = rows(300)
    index = make(range(1000, 1300), vectors)
    assert len(index) == 300
    for place in range(0, 300, 7):
        nearest = index.search(vectors[place], 1)
        assert [neighbour.id for neighbour in nearest] == [1000 + place]
        assert nearest[0].score == pytest.approx(1.0, abs=1e-5)


def test_more_neighbours_than_rows_gives_all_rows(make: Make) -> None:
    found = make(range(30), rows(30)).search(rows(1)[0], 1000)
    assert sorted(neighbour.id for neighbour in found) == list(range(30))
    assert [neighbour.score for neighbour in found] == sorted((n.score for n in found), reverse=True)


def test_ids_are_64_bit_integers(make: Make) -> None:
    ids = [0, 1 << 40, (1 << 63) - 1]
    found = make(ids, rows(3)).search(rows(3)[2], 3)
    assert sorted(neighbour.id for neighbour in found) == ids
    assert {type(neighbour.id) for neighbour in found} == {int}


def test_recall_against_all_products(make: Make) -> None:
    vectors = rows(3000)
    noise = np.random.default_rng(8).normal(scale=0.05, size=(60, WIDTH)).astype(np.float32)
    queries = normalise(vectors[::50] + noise)
    index = make(range(3000), vectors)
    shared = 0
    for query in queries:
        truth = set(np.argsort(-(vectors @ query))[:10].tolist())
        shared += len(truth & {neighbour.id for neighbour in index.search(query, 10)})
    assert shared / 600 >= 0.95


def test_equal_rows_come_in_order_of_their_ids(make: Make) -> None:
    vectors = rows(40)
    vectors[:] = vectors[0]
    found = make(list(range(139, 99, -1)), vectors).search(vectors[0], 40)
    assert [neighbour.id for neighbour in found] == list(range(100, 140))


def test_the_same_question_gets_the_same_answer(make: Make) -> None:
    one, other = (make(range(500), rows(500)) for _ in range(2))
    for query in rows(20, seed=9):
        assert one.search(query, 12) == one.search(query, 12) == other.search(query, 12)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_rows_and_queries_that_are_no_numbers_are_refused(make: Make, bad: float) -> None:
    vectors = rows(5)
    vectors[3, 2] = bad
    with pytest.raises(ValueError, match="finite"):
        make(range(5), vectors)
    with pytest.raises(ValueError, match="finite"):
        make(range(5), rows(5)).search(vectors[3], 1)


def test_shapes_and_counts_are_checked(make: Make) -> None:
    index = make(range(5), rows(5))
    with pytest.raises(ValueError, match="shape"):
        make(range(4), rows(5))
    with pytest.raises(ValueError, match="shape"):
        index.search(rows(1)[0][:-1], 1)
    with pytest.raises(ValueError, match="at least one"):
        index.search(rows(1)[0], 0)
    with pytest.raises(ValueError, match="64 bits"):
        make([1 << 63], rows(1))
    with pytest.raises(ValueError, match="negative"):
        make([-1], rows(1))


def test_of_an_id_given_twice_the_last_row_stays(make: Make) -> None:
    vectors = rows(2)
    index = make([5, 5], vectors)
    assert len(index) == 1
    assert index.search(vectors[1], 1)[0].score == pytest.approx(1.0, abs=1e-5)


def test_a_row_of_another_width_is_refused(live: Any) -> None:
    with pytest.raises(ValueError, match="shape"):
        live.add([1], np.zeros((1, WIDTH + 1), np.float32))
    assert len(live) == 0


def test_a_replaced_row_is_found_at_its_new_place_only(live: Any) -> None:
    old, new = rows(200), rows(200, seed=10)
    live.add(range(200), old)
    live.add(range(200), new)
    assert len(live) == 200
    for place in range(0, 200, 9):
        assert live.search(new[place], 1)[0].id == place
    assert live.search(old[0], 1)[0].score < 0.999


def test_a_removed_row_is_never_found_again(live: Any) -> None:
    vectors = rows(200)
    live.add(range(200), vectors)
    live.remove(range(0, 200, 2))
    live.remove([12345])
    assert len(live) == 100
    found = live.search(vectors[4], 1000)
    assert sorted(neighbour.id for neighbour in found) == list(range(1, 200, 2))
    live.add([4], vectors[4:5])
    assert live.search(vectors[4], 1)[0].id == 4
    live.remove(range(200))
    assert live.search(vectors[4], 5) == []


def test_rows_can_be_read_back(live: Any) -> None:
    vectors = rows(120)
    live.add(range(119, -1, -1), vectors[::-1])
    live.remove([7])
    ids, kept = live.rows()
    assert ids.tolist() == [number for number in range(120) if number != 7]
    np.testing.assert_allclose(kept, vectors[ids], atol=1e-6)


def test_a_live_index_that_is_rewritten_over_and_over_still_finds_its_rows(live: Any) -> None:
    for seed in range(12):
        vectors = rows(150, seed)
        live.add(range(150), vectors)
    assert len(live) == 150
    assert [live.search(vectors[place], 1)[0].id for place in range(150)] == list(range(150))


def test_many_changes_agree_with_a_plain_dictionary(live: Any) -> None:
    random, truth = np.random.default_rng(3), {}
    for _ in range(40):
        ids = random.integers(0, 150, size=12)
        vectors = rows(12, seed=int(random.integers(1 << 30)))
        live.add(ids.tolist(), vectors)
        truth.update(zip(ids.tolist(), vectors, strict=True))
        gone = random.integers(0, 150, size=6).tolist()
        live.remove(gone)
        for number in gone:
            truth.pop(number, None)
    ids, kept = live.rows()
    assert ids.tolist() == sorted(truth)
    np.testing.assert_allclose(kept, [truth[number] for number in ids.tolist()], atol=1e-6)
    assert len(live.search(rows(1)[0], 1000)) == len(truth)


def test_checked_rows_keeps_order_and_types() -> None:
    ids, vectors = checked_rows([3, 1, 2], rows(3).astype(np.float64), WIDTH)
    assert (ids.dtype, vectors.dtype, ids.tolist()) == (np.int64, np.float32, [3, 1, 2])
