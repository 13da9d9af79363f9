"""Sealed files: trusted by their hash alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hallscribed.adapters.index.faiss_index import FaissIndex
from hallscribed.domain.embedding import normalise
from hallscribed.domain.errors import DataDamaged, Reason

VECTORS = normalise(np.random.default_rng(1).normal(size=(40, 8)).astype(np.float32))


def test_damage_of_any_kind_is_refused_before_loading(tmp_path: Path) -> None:
    path = tmp_path / "index.faiss"
    sha256 = FaissIndex.build(path, range(40), VECTORS)
    whole = path.read_bytes()
    for damaged in (
        whole[:-1],
        whole[:100] + bytes([whole[100] ^ 1]) + whole[101:],
        bytes(len(whole)),
        b"",
        whole + b"\0",
    ):
        path.write_bytes(damaged)
        with pytest.raises(DataDamaged) as caught:
            FaissIndex.open(path, sha256)
        assert caught.value.reason is Reason.DATA_DAMAGED
        assert path.read_bytes() == damaged
    path.unlink()
    with pytest.raises(DataDamaged, match="could not be read"):
        FaissIndex.open(path, sha256)


def test_the_same_rows_make_the_same_file(tmp_path: Path) -> None:
    first, second = (FaissIndex.build(tmp_path / name, range(40), VECTORS) for name in ("one", "two"))
    assert first == second
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]


def test_a_build_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "index.faiss"
    sha256 = FaissIndex.build(path, range(40), VECTORS)
    (tmp_path / "index.faiss.partial").mkdir()  # stands in for a disk that refuses
    with pytest.raises(OSError):
        FaissIndex.build(path, range(1), VECTORS[:1])
    assert len(FaissIndex.open(path, sha256)) == 40
