"""The text encoder as it was set up, on both runtimes, against the published model run by its authors' library."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hallscribed.adapters.models.bundle import Bundle, default_encoder_path, default_text_path, load
from hallscribed.adapters.models.minilm import MiniLmEncoder
from hallscribed.adapters.models.vjepa import VjepaEncoder
from hallscribed.adapters.runtime.factory import open_runtime
from hallscribed.domain.errors import Misconfigured

GOLDEN = json.loads(Path(__file__).with_name("golden_text.json").read_text())
WORDS = "alpha beta gamma delta"


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load(default_text_path())


@pytest.fixture(scope="module", params=["openvino", "onnxruntime"])
def encoder(request: pytest.FixtureRequest, bundle: Bundle) -> MiniLmEncoder:
    return MiniLmEncoder(bundle, open_runtime(request.param, bundle, 1))


def test_the_golden_texts_get_their_vectors(encoder: MiniLmEncoder) -> None:
    vectors = encoder.encode(GOLDEN["texts"])
    assert vectors.dtype == np.float32
    assert vectors.shape == (5, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)
    assert np.abs(vectors[:, :24] - np.array(GOLDEN["first"])).max() < 0.015
    assert np.abs(vectors @ vectors.T - np.array(GOLDEN["cosines"])).max() < 0.02


def test_many_get_what_each_gets_alone(encoder: MiniLmEncoder) -> None:
    texts = [" ".join([WORDS] * count) for count in (1, 30, 2, 9, 1, 64, 3, 5, 2, 1)]
    together = encoder.encode(texts)
    for text, vector in zip(texts, together, strict=True):
        assert encoder.encode([text])[0] @ vector > 0.9999


@pytest.mark.parametrize("name", ["openvino", "onnxruntime"])
def test_texts_of_about_one_length_that_are_read_together_get_what_each_gets_alone(bundle: Bundle, name: str) -> None:
    encoder = MiniLmEncoder(bundle, open_runtime(name, bundle, 1), 4)
    texts = [" ".join([WORDS] * count) for count in (1, 30, 2, 2, 1, 31, 3, 2, 2, 1, 29, 2)]
    together = encoder.encode(texts)
    for text, vector in zip(texts, together, strict=True):
        assert encoder.encode([text])[0] @ vector > 0.9999


def test_nothing_and_the_empty_text(encoder: MiniLmEncoder) -> None:
    assert encoder.encode([]).shape == (0, 384)
    assert np.isfinite(encoder.encode(["", " \n", "\0", "🙂"])).all()


def test_what_lies_beyond_256_tokens_is_not_read(encoder: MiniLmEncoder) -> None:
    fits = " ".join(["word"] * 254)
    assert not encoder.is_cut(fits)
    assert encoder.is_cut(fits + " more")
    assert not encoder.is_cut("")
    kept, longer = encoder.encode([fits, fits + " and now for something completely different"])
    assert kept @ longer > 0.9999


def test_threads_share_it(encoder: MiniLmEncoder) -> None:
    texts = [f"{WORDS} {number}" for number in range(6)]
    wanted = encoder.encode(texts)
    wrong: list[int] = []

    def ask(row: int) -> None:
        for _ in range(5):
            if encoder.encode([texts[row]])[0] @ wanted[row] < 0.9999:
                wrong.append(row)

    threads = [threading.Thread(target=ask, args=(row,)) for row in range(len(texts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_space_says_that_text_is_not_aligned_with_pictures(bundle: Bundle) -> None:
    assert bundle.space.trained
    assert not bundle.space.aligned
    assert bundle.space.dimensions == 384


def test_bundles_of_the_wrong_kind_are_refused(bundle: Bundle) -> None:
    pictures = load(default_encoder_path())
    with pytest.raises(Misconfigured, match="kind text"):
        MiniLmEncoder(pictures, open_runtime("onnxruntime", pictures, 1))
    with pytest.raises(Misconfigured, match="kind encoder"):
        VjepaEncoder(bundle, open_runtime("onnxruntime", bundle, 1))
    with pytest.raises(Misconfigured, match="kind encoder"):
        _ = bundle.size


def test_a_runtime_sees_few_shapes_and_no_new_one_once_it_is_prepared(
    encoder: MiniLmEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It keeps a megabyte or three of each for good."""
    shapes: set[tuple[int, ...]] = set()
    run = encoder._runtime.run

    def noted(feeds: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
        shapes.update(each.shape for each in feeds.values())
        return run(feeds)

    monkeypatch.setattr(encoder._runtime, "run", noted)
    encoder.prepare()
    prepared = set(shapes)
    lengths = (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
    assert prepared == {(1, length) for length in lengths}
    # A text has two tokens more than words: the longest of each length, the shortest of the next, and one that is cut.
    encoder.encode([" ".join(["word"] * (length - 2 + more)) for length in lengths for more in (0, 1)])
    assert shapes == prepared
    monkeypatch.setattr(encoder, "_max_tokens", 40)  # a model may have no places beyond
    shapes.clear()
    encoder.encode([" ".join(["word"] * 36)])
    assert shapes == {(1, 40)}
