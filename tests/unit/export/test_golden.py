"""Golden values keep what they were given, and refuse what a verifier could not use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hallscribe_export.golden import (
    GOLDEN,
    as_kept,
    encoder_golden,
    language_golden,
    model_inputs,
    predictor_feeds,
    read_golden,
    text_golden,
    write_golden,
)
from hallscribed.adapters.models.bundle import default_encoder_path, load
from hallscribed.adapters.models.manifest import Manifest
from hallscribed.adapters.models.vjepa import VjepaEncoder

PICTURES = np.random.default_rng(1).integers(0, 255, (3, 224, 224, 3), np.uint8)
POOLED = np.ones((3, 8), np.float32)


class Taken:
    """Behind ports.Runtime: keeps what the daemon feeds an encoder."""

    name = "taken"

    def __init__(self, width: int) -> None:
        self._width = width
        self.fed: list[np.ndarray] = []

    def run(self, feeds: Any) -> Any:
        self.fed.append(feeds["pixel_values"])
        return {"pooled": np.zeros((1, self._width), np.float32)}


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    return load(default_encoder_path()).manifest


def test_equal_values_give_equal_bytes(tmp_path: Path) -> None:
    kept = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_golden(tmp_path / name, "text", text_golden(["a", "ü 数"], np.eye(2, dtype=np.float32)))
        kept.append((tmp_path / name / GOLDEN).read_bytes())
    assert kept[0] == kept[1]


def test_it_comes_back_as_it_was(tmp_path: Path, manifest: Manifest) -> None:
    context = as_kept(np.random.default_rng(2).standard_normal((1, 4, 8)).astype(np.float32))
    write_golden(tmp_path, "encoder", encoder_golden(PICTURES, POOLED, None, ({"context": context}, 2 * context)))
    arrays = read_golden(tmp_path, manifest)
    assert np.array_equal(arrays["pictures"], PICTURES)
    found = predictor_feeds(arrays)
    assert found is not None
    assert np.array_equal(found[0]["context"], context)
    assert np.allclose(found[1], 2 * context, rtol=1e-3)


def test_pictures_become_what_the_daemon_itself_makes_of_them(manifest: Manifest) -> None:
    bundle = load(default_encoder_path())
    taken = Taken(bundle.space.dimensions)
    VjepaEncoder(bundle, taken).encode(list(PICTURES))
    inputs = model_inputs(manifest, encoder_golden(PICTURES, POOLED))
    assert inputs.shape == (3, 1, 3, 224, 224)
    assert np.array_equal(inputs[:, 0], np.concatenate(taken.fed))


@pytest.mark.parametrize(
    ("kind", "arrays", "told"),
    [
        ("encoder", {"pictures": PICTURES}, "lacks the golden arrays pooled"),
        ("encoder", encoder_golden(PICTURES, POOLED[:2]), "not as many golden outputs"),
        ("encoder", encoder_golden(PICTURES, POOLED * np.float32(np.nan)), "no numbers"),
        ("encoder", encoder_golden(PICTURES.astype(np.int32), POOLED), "pictures of int32"),  # type: ignore[arg-type]
        ("text", {"sentences": np.zeros(2), "vectors": POOLED}, "sentences of float64"),
        ("language", language_golden(np.zeros((0, 4), np.int64), np.zeros((0, 2), np.int64), POOLED[:0]), "empty"),
    ],
)
def test_what_no_verifier_could_use_is_not_written(
    tmp_path: Path, kind: str, arrays: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        write_golden(tmp_path, kind, arrays)
    assert not list(tmp_path.iterdir())


def test_objects_are_never_loaded(tmp_path: Path, manifest: Manifest) -> None:
    np.savez(tmp_path / GOLDEN, pictures=PICTURES, pooled=np.array([{"code": 1}], object))
    with pytest.raises(ValueError, match=r"golden.npz cannot be read \(Object arrays cannot be loaded"):
        read_golden(tmp_path, manifest)
