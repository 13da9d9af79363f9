"""The maps to the joint space: the fixed one while no head is trained, and which trained heads are taken."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from hallscribe_export.progress import Silent
from hallscribe_export.projection import export_projection
from hallscribe_export.writing import write_manifest
from hallscribed.adapters.models.bundle import load
from hallscribed.adapters.models.projection import OrthogonalProjection, check_joins
from hallscribed.domain.embedding import EmbeddingSpace
from hallscribed.domain.errors import Misconfigured
from support.heads import bundle_of, description, random_heads

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


PICTURES = EmbeddingSpace("pictures@1", 12, trained=True, aligned=False)
TEXTS = EmbeddingSpace("texts@1", 8, trained=True, aligned=False)


@pytest.fixture
def heads(tmp_path: Path) -> Path:
    """A bundle that joins the two spaces."""
    source = random_heads(tmp_path / "heads.safetensors", description(PICTURES, TEXTS, match_cosine=0.25))
    made_for = bundle_of("encoder", PICTURES), bundle_of("text", TEXTS)
    export_projection(source, *made_for, tmp_path / "bundle", Silent())
    return tmp_path / "bundle"


def test_heads_of_the_two_models_in_use_are_taken(heads: Path) -> None:
    assert check_joins(load(heads), bundle_of("encoder", PICTURES), bundle_of("text", TEXTS)) == 0.25


@pytest.mark.parametrize("kind", ["encoder", "text"])
@pytest.mark.parametrize(("name", "more"), [("another@1", 0), ("", 1)])
def test_heads_of_another_model_are_refused_by_both_names(heads: Path, kind: str, name: str, more: int) -> None:
    spaces = {"encoder": PICTURES, "text": TEXTS}
    mine = spaces[kind]
    spaces[kind] = EmbeddingSpace(name or mine.name, mine.dimensions + more, trained=True, aligned=False)
    with pytest.raises(Misconfigured) as told:
        check_joins(load(heads), *(bundle_of(kind, space) for kind, space in spaces.items()))
    assert repr(mine.name) in str(told.value)
    assert repr(spaces[kind].name) in str(told.value)
    assert f"configure the {kind} that it was trained for" in str(told.value)


def test_a_bundle_without_heads_is_refused() -> None:
    encoder, text = bundle_of("encoder", PICTURES), bundle_of("text", TEXTS)
    with pytest.raises(Misconfigured, match="kind projection"):
        check_joins(encoder, encoder, text)


def changed(folder: Path, **fields: object) -> Path:
    """The bundle with other words in a manifest that is sound for all that."""
    whole = json.loads((folder / "manifest.json").read_text())
    write_manifest(folder, {**whole, **fields})
    return folder


def test_heads_without_the_graph_for_texts_are_refused(heads: Path) -> None:
    with pytest.raises(Misconfigured, match="no graph 'text'"):
        check_joins(load(changed(heads, graphs={})), bundle_of("encoder", PICTURES), bundle_of("text", TEXTS))


def test_heads_to_another_width_than_the_indexes_hold_are_refused(heads: Path) -> None:
    space = {"name": "joint", "dimensions": 512, "trained": True, "aligned": True}
    outputs = [{"name": "joint", "dtype": "float32", "shape": (-1, 512)}]
    with pytest.raises(Misconfigured, match="512, 768 numbers, the indexes hold 768"):
        check_joins(
            load(changed(heads, space=space, outputs=outputs)), bundle_of("encoder", PICTURES), bundle_of("text", TEXTS)
        )
