"""The models that come with the package and the set-up belong together."""

from __future__ import annotations

from hallscribed.adapters.models.bundle import (
    default_encoder_path,
    default_projection_path,
    default_text_path,
    load,
)
from hallscribed.adapters.models.projection import check_joins

_MOST_BYTES = 15_000_000


def test_the_encoder_is_trained_and_small() -> None:
    encoder = load(default_encoder_path())
    assert encoder.space.trained
    assert set(encoder.manifest.runtimes) == {"openvino", "onnxruntime"}
    assert sum(entry.bytes for entry in encoder.manifest.files.values()) <= _MOST_BYTES


def test_the_projection_joins_the_encoder_and_the_text_encoder() -> None:
    encoder, text, projection = map(load, (default_encoder_path(), default_text_path(), default_projection_path()))
    assert 0 < check_joins(projection, encoder, text) < 1
    assert projection.space.aligned
    assert set(projection.manifest.runtimes) == {"openvino", "onnxruntime"}
