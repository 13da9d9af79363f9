"""One suite for every projection: the fixed map, and trained heads in both runtimes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from hallscribe_export.progress import Silent
from hallscribe_export.projection import export_projection
from hallscribed.adapters.models.bundle import load
from hallscribed.adapters.models.projection import HeadsProjection, OrthogonalProjection
from hallscribed.adapters.runtime.factory import open_runtime
from hallscribed.domain.embedding import EmbeddingSpace, Matrix
from hallscribed.ports import Projection
from support.heads import bundle_of, description, random_heads

WIDTH, WORDS = 48, 16
PICTURES = EmbeddingSpace("pictures@1", WIDTH, trained=True, aligned=False)
TEXTS = EmbeddingSpace("texts@1", WORDS, trained=True, aligned=False)
HEADS = {
    "visual": {"space": "pictures@1", "dimensions": WIDTH, "layer_norm": True, "hidden": 64},
    "text": {"space": "texts@1", "dimensions": WORDS, "layer_norm": True, "hidden": 32},
}


@pytest.fixture(scope="module")
def heads(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], HeadsProjection]:
    """A random pair of heads, in a runtime."""
    folder = tmp_path_factory.mktemp("heads")
    source = random_heads(folder / "heads.safetensors", description(PICTURES, TEXTS, **HEADS))
    export_projection(source, bundle_of("encoder", PICTURES), bundle_of("text", TEXTS), folder / "bundle", Silent())
    bundle = load(folder / "bundle")

    def opened(runtime: str) -> HeadsProjection:
        return HeadsProjection(bundle, *(open_runtime(runtime, bundle, 1, part) for part in (None, "text")), 0.5)

    return opened


@pytest.fixture(params=["orthogonal", "openvino", "onnxruntime"])
def projection(request: pytest.FixtureRequest, heads: Callable[[str], HeadsProjection]) -> Projection:
    """Each of them in turn."""
    return OrthogonalProjection(PICTURES) if request.param == "orthogonal" else heads(request.param)


def rows(count: int, width: int = WIDTH) -> Matrix:
    return (5 * np.random.default_rng(count).standard_normal((count, width))).astype(np.float32)


@pytest.mark.parametrize("count", [1, 2, 3, 255, 256, 257, 600])
def test_any_number_of_rows_becomes_as_many_of_length_1(projection: Projection, count: int) -> None:
    joint = projection.project(rows(count))
    assert (joint.shape, joint.dtype) == ((count, 768), np.float32)
    assert np.allclose(np.linalg.norm(joint, axis=1), 1, atol=1e-5)


def test_a_row_is_the_same_alone_and_among_others(projection: Projection) -> None:
    many = rows(300)
    joint = projection.project(many)
    for row in (0, 255, 256, 299):
        assert np.allclose(projection.project(many[row : row + 1])[0], joint[row], atol=1e-6)


def test_the_same_rows_give_the_same_bytes(projection: Projection) -> None:
    assert projection.project(rows(300)).tobytes() == projection.project(rows(300)).tobytes()


def test_no_rows_are_no_rows(projection: Projection) -> None:
    assert projection.project(np.empty((0, WIDTH), np.float32)).shape == (0, 768)


@pytest.mark.parametrize("shape", [(3, WIDTH - 1), (WIDTH,), (1, 2, WIDTH)])
def test_another_width_is_refused(projection: Projection, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="vectors of shape"):
        projection.project(np.zeros(shape, np.float32))


def test_its_space_is_768_wide_and_has_a_name_of_its_own(projection: Projection) -> None:
    assert projection.space.dimensions == 768
    assert projection.space.name not in (PICTURES.name, TEXTS.name)
    assert projection.space.aligned == isinstance(projection, HeadsProjection)


@pytest.mark.parametrize("runtime", ["openvino", "onnxruntime"])
def test_a_text_comes_to_the_same_space(heads: Callable[[str], HeadsProjection], runtime: str) -> None:
    made = heads(runtime).project_text(rows(1, WORDS)[0])
    assert (made.shape, made.dtype) == ((768,), np.float32)
    assert np.linalg.norm(made) == pytest.approx(1, abs=1e-5)
    with pytest.raises(ValueError, match="16 numbers"):
        heads(runtime).project_text(rows(1, WORDS + 1)[0])


def test_both_runtimes_agree(heads: Callable[[str], HeadsProjection]) -> None:
    one, other = heads("openvino"), heads("onnxruntime")
    assert one.space == other.space
    assert np.allclose(one.project(rows(20)), other.project(rows(20)), atol=1e-5)
    assert np.allclose(one.project_text(rows(1, WORDS)[0]), other.project_text(rows(1, WORDS)[0]), atol=1e-5)


def test_a_vector_that_is_no_number_is_refused(heads: Callable[[str], HeadsProjection]) -> None:
    broken = rows(3)
    broken[1, 1] = np.inf
    with pytest.raises(ValueError, match="no number"):
        heads("openvino").project(broken)
