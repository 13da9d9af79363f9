"""The encoder on both runtimes: the same vectors, and those of the weights that it was made from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hallscribed.adapters.models.bundle import Bundle, default_encoder_path, load
from hallscribed.adapters.models.vjepa import VjepaEncoder
from hallscribed.adapters.runtime.factory import open_runtime
from support.fakes import slide

GOLDEN = json.loads(Path(__file__).with_name("golden_encoder.json").read_text())


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load(default_encoder_path())


@pytest.fixture(scope="module", params=["openvino", "onnxruntime"])
def encoder(request: pytest.FixtureRequest, bundle: Bundle) -> VjepaEncoder:
    return VjepaEncoder(bundle, open_runtime(request.param, bundle, 1))


def golden_picture() -> NDArray[np.uint8]:
    """Waves of other lengths in each channel, RGB (90, 160, 3); made of integers, so the same everywhere."""
    rows, columns = np.mgrid[0:90, 0:160]
    waves = [(rows * 3 + columns * 5) % 256, (rows * columns) % 251, (rows * rows + 7 * columns) % 253]
    return np.stack(waves, axis=-1).astype(np.uint8)


def cosine(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_both_runtimes_give_the_golden_vector(encoder: VjepaEncoder) -> None:
    vector = encoder.encode([golden_picture()])[0]
    golden = np.array(GOLDEN["pooled"], np.float32)
    assert cosine(vector, golden) > 0.999
    assert np.linalg.norm(vector) == pytest.approx(np.linalg.norm(golden), rel=0.02)


def test_several_pictures_of_any_size_come_back_in_order(encoder: VjepaEncoder) -> None:
    pictures = [slide(1), slide(2, width=1920, height=1080), np.full((1, 1, 3), 255, np.uint8)]
    vectors = encoder.encode(pictures)
    assert vectors.dtype == np.float32
    assert vectors.shape == (3, encoder.space.dimensions)
    for picture, vector in zip(pictures, vectors, strict=True):
        assert np.allclose(encoder.encode([picture])[0], vector, atol=1e-5)
    assert encoder.encode([]).shape == (0, encoder.space.dimensions)


def test_another_slide_is_farther_away_than_noise(encoder: VjepaEncoder) -> None:
    noise = np.random.default_rng(1).normal(0, 4, slide(1).shape)
    noisy = (slide(1) + noise).clip(0, 255).astype(np.uint8)
    one, again, other = encoder.encode([slide(1), noisy, slide(2)])
    assert 1 - cosine(one, other) > 20 * (1 - cosine(one, again))


def test_the_edges_of_a_wide_picture_are_seen(encoder: VjepaEncoder) -> None:
    picture = np.full((360, 640, 3), 240, np.uint8)
    marked = picture.copy()
    marked[150:210, :60] = 20  # a centre crop to a square would leave this out
    plain, seen = encoder.encode([picture, marked])
    assert np.abs(plain - seen).max() > 0.01


class Broken:
    """A runtime whose graph gives nothing but NaN."""

    name = "broken"

    def __init__(self, width: int) -> None:
        self._width = width

    def run(self, feeds: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
        """See ports.Runtime."""
        assert [feed.shape for feed in feeds.values()] == [(1, 3, 224, 224)]
        return {"pooled": np.full((1, self._width), np.nan, np.float32)}


def test_a_vector_of_nan_is_an_error(bundle: Bundle) -> None:
    with pytest.raises(ValueError, match="no number"):
        VjepaEncoder(bundle, Broken(bundle.space.dimensions)).encode([slide(1)])
