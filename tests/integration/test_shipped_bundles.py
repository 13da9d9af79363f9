"""The models that come with the package and the set-up belong together."""

from __future__ import annotations

from hallscribed.adapters.models.bundle import (
    default_encoder_path,
    default_projection_path,
    default_text_path,
    load,
)
from hallscribed.adapters.models.projection import check_joins


def test_the_projection_joins_the_encoder_and_the_text_encoder() -> None:
    encoder, text, projection = map(load, (default_encoder_path(), default_text_path(), default_projection_path()))
    assert 0 < check_joins(projection, encoder, text) < 1
    assert projection.space.aligned
    assert set(projection.manifest.runtimes) == {"openvino", "onnxruntime"}
