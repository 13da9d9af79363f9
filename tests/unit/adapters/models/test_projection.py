"""The map to the joint space while no head is trained."""

from __future__ import annotations

import numpy as np
import pytest

from hallscribed.adapters.models.projection import OrthogonalProjection
from hallscribed.domain.embedding import EmbeddingSpace

# The map of the three unit vectors, first of 768 columns.
FIRST_COLUMN = [-0.0366428, 0.0495873, -0.0566487]


def space(dimensions: int) -> EmbeddingSpace:
    return EmbeddingSpace("model@1", dimensions, trained=True, aligned=True)


def test_it_keeps_every_angle_of_a_narrow_space() -> None:
    vectors = np.random.default_rng(1).normal(size=(20, 192)).astype(np.float32)
    joint = OrthogonalProjection(space(192)).project(vectors)
    assert joint.dtype == np.float32
    assert joint.shape == (20, 768)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert np.allclose(joint @ joint.T, unit @ unit.T, atol=1e-5)


def test_wide_spaces_keep_their_neighbours() -> None:
    rng, dimensions = np.random.default_rng(2), 800
    vectors = rng.normal(size=(30, dimensions)).astype(np.float32)
    projection = OrthogonalProjection(space(dimensions))
    joint = projection.project(vectors)
    near = projection.project(vectors + 0.2 * rng.normal(size=vectors.shape).astype(np.float32))
    assert ((near @ joint.T).argmax(axis=1) == np.arange(30)).all()


def test_it_is_the_same_map_every_time_and_everywhere() -> None:
    first = OrthogonalProjection(space(3)).project(np.eye(3, dtype=np.float32))
    assert np.array_equal(first, OrthogonalProjection(space(3)).project(np.eye(3, dtype=np.float32)))
    # Stored vectors depend on these: they may never change.
    assert first[:, 0] == pytest.approx(FIRST_COLUMN, abs=1e-6)


def test_its_space_is_its_own_and_not_aligned() -> None:
    made = OrthogonalProjection(space(192)).space
    assert made.name.startswith("model@1+")
    assert made.dimensions == 768
    assert made.trained
    assert not made.aligned


@pytest.mark.parametrize("shape", [(3, 191), (192,), (1, 2, 192)])
def test_another_width_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="model@1"):
        OrthogonalProjection(space(192)).project(np.zeros(shape, np.float32))


def test_a_zero_vector_stays_zero() -> None:
    assert not OrthogonalProjection(space(192)).project(np.zeros((1, 192), np.float32)).any()
