"""Where rows of the exact index lie."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hallscribed.adapters.index.exact import BLOCK_ROWS, ExactIndex
from hallscribed.domain.embedding import normalise

WIDTH = 16


def rows(count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return normalise(np.random.default_rng(1).normal(size=(count, WIDTH)).astype(np.float32))


def test_full_blocks_lie_in_files_without_a_name(tmp_path: Path) -> None:
    index = ExactIndex(WIDTH, tmp_path)
    vectors = rows(2 * BLOCK_ROWS + 5)
    index.add(range(len(vectors)), vectors)
    mapped = [isinstance(block, np.memmap) for block in index._rows]
    assert mapped == [True, True, False]
    assert not list(tmp_path.iterdir())
    index.remove([3])
    index.add([7], vectors[:1])
    found = index.search(vectors[0], len(vectors))
    assert sorted(each.id for each in found) == [number for number in range(len(vectors)) if number != 3]
    assert found[0].score == found[1].score == pytest.approx(vectors[0] @ vectors[0])
    assert [each.id for each in found[:2]] == [0, 7], "the row that replaced the seventh is the first one's"


def test_without_room_on_the_disk_rows_stay_in_memory(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    index = ExactIndex(WIDTH, tmp_path / "not there")
    vectors = rows(BLOCK_ROWS + 1)
    index.add(range(len(vectors)), vectors)
    assert "rows stay in memory" in caplog.text
    best = int(np.argmax(vectors @ vectors[5]))
    assert index.search(vectors[5], 1)[0].id == best
    assert len(index) == BLOCK_ROWS + 1


def test_rows_that_are_gone_take_no_room_for_long() -> None:
    index = ExactIndex(WIDTH)
    for _ in range(10):
        index.add(range(BLOCK_ROWS), rows(BLOCK_ROWS))
    assert len(index._ids) <= 3
