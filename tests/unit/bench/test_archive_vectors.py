"""Vectors for a full box: distinct, like the frames they are made from; and the exact search that recall is held to."""

from __future__ import annotations

import numpy as np
import pytest

from hallscribe_bench.budget.archive import Generator, intrinsic_dimension, nearest_exactly
from hallscribed.domain.embedding import Matrix, normalise


def flat(count: int, freedom: int, width: int = 40) -> Matrix:
    """Rows that lie in so many dimensions of the space."""
    numbers = np.random.default_rng(1)
    return (numbers.random((count, freedom)) @ numbers.normal(size=(freedom, width))).astype(np.float32)


@pytest.mark.parametrize("freedom", [2, 5])
def test_the_degrees_of_freedom_are_found(freedom: int) -> None:
    assert intrinsic_dimension(flat(1500, freedom)) == pytest.approx(freedom, rel=0.15)


def test_drawn_vectors_are_distinct_and_lie_where_the_frames_lie() -> None:
    base = flat(300, 3)
    drawn = Generator(base, 7).draw(2000)
    assert len(np.unique(drawn, axis=0)) == 2000
    assert np.linalg.matrix_rank(drawn, tol=1e-2) == 3
    np.testing.assert_array_equal(drawn, Generator(base, 7).draw(2000))


def test_the_exact_search_over_blocks_is_that_over_all_rows() -> None:
    rows, questions = normalise(flat(1000, 20)), normalise(flat(1010, 20)[1000:])
    wanted = np.argsort(-(questions @ rows.T), axis=1)[:, :10]
    blocks = (rows[begin : begin + 7] for begin in range(0, 1000, 7))
    np.testing.assert_array_equal(np.sort(nearest_exactly(questions, blocks, 10)), np.sort(wanted))
