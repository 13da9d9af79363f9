"""Derived files belong to a joint space, and are written again in another."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hallscribed.adapters.index.faiss_index import FaissIndex
from hallscribed.adapters.store import derived as derived_files
from hallscribed.adapters.store.derived import FolderFiles
from hallscribed.adapters.store.lecture import SqliteLectureStore
from hallscribed.domain.embedding import EmbeddingSpace, Matrix
from hallscribed.domain.frame import EncodedFrame
from hallscribed.pipeline.maintenance import EMBEDDINGS, INDEX, Sealing
from support.box import Box
from support.fakes import FakeProjection, jpeg, slide


class Turned(FakeProjection):
    """Another joint space."""

    space = EmbeddingSpace("turned/joint", 768, trained=False, aligned=False)

    def project(self, vectors: Matrix) -> Matrix:
        """The other one's, the columns reversed."""
        return np.ascontiguousarray(super().project(vectors)[:, ::-1])


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """A data folder with one sealed lecture of two pictures."""
    box = Box(tmp_path)
    store = box.catalog.create("algebra", "")
    path = box.frame_path(store)
    for number in (1, 2):
        path.take(EncodedFrame(number, float(number), jpeg(slide(number))))
    path.finish()
    store.finish()
    sealing(box, FakeProjection()).seal(store)
    box.close()
    return tmp_path


def sealing(box: Box, projection: FakeProjection) -> Sealing:
    return Sealing(projection, box.visual, FolderFiles())


def nearest(box: Box, store: SqliteLectureStore, projection: FakeProjection) -> list[float]:
    """The cosine that each of the lecture's vectors has to its nearest row."""
    joint = projection.project(store.vectors()[1])
    return [box.visual.search(row, {store.uid}, 1)[0][1].score for row in joint]


def spaces(store: SqliteLectureStore) -> list[str]:
    return [told.space for told in (store.derived(EMBEDDINGS), store.derived(INDEX)) if told is not None]


def test_files_of_the_same_space_are_used_as_they_are(sealed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Box(sealed)
    store = box.catalog.open("algebra")
    monkeypatch.setattr(FakeProjection, "project", None)
    assert sealing(box, FakeProjection()).load(store) is None
    assert box.visual.rows(store.uid) == 2
    box.close()


def test_files_of_another_space_are_kept_as_backup_and_written_again(sealed: Path) -> None:
    box = Box(sealed)
    store = box.catalog.open("algebra")
    old = (store.folder / EMBEDDINGS).read_bytes()
    told = sealing(box, Turned()).load(store)
    assert told is not None
    assert "another joint space" in told
    assert (store.folder / (EMBEDDINGS + ".bak.1")).read_bytes() == old
    assert (store.folder / EMBEDDINGS).read_bytes() != old
    assert spaces(store) == ["turned/joint"] * 2
    assert nearest(box, store, Turned()) == pytest.approx([1, 1], abs=1e-3)
    box.close()
    again = Box(sealed)
    assert sealing(again, Turned()).load(again.catalog.open("algebra")) is None
    assert not (store.folder / (EMBEDDINGS + ".bak.2")).exists(), "what has not changed is no new version"
    again.close()


def test_what_another_encoder_saw_waits_for_it(sealed: Path) -> None:
    box = Box(sealed, space="another encoder")
    store = box.catalog.open("algebra")
    before = [(store.folder / name).read_bytes() for name in (EMBEDDINGS, INDEX)]
    assert sealing(box, Turned()).load(store) is None
    sealing(box, Turned()).seal(store)
    assert box.visual.rows(store.uid) == 0
    box.close()
    back = Box(sealed)
    store = back.catalog.open("algebra")
    assert [(store.folder / name).read_bytes() for name in (EMBEDDINGS, INDEX)] == before
    assert sealing(back, FakeProjection()).load(store) is None
    assert nearest(back, store, FakeProjection()) == pytest.approx([1, 1], abs=1e-3)
    back.close()


@pytest.mark.parametrize("where", ["embeddings", "index"])
def test_a_full_disk_at_that_moment_costs_no_search(sealed: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    box = Box(sealed)
    store = box.catalog.open("algebra")
    old = (store.folder / INDEX).read_bytes()
    with monkeypatch.context() as disk:
        if where == "embeddings":
            disk.setattr(derived_files, "write_durably", full)
        else:
            disk.setattr("hallscribed.adapters.index.faiss_index.write_durably", full)
        assert sealing(box, Turned()).load(store) is None
    assert nearest(box, store, Turned()) == pytest.approx([1, 1], abs=1e-3)
    assert (store.folder / INDEX).read_bytes() == old
    assert spaces(store) == ["fake/joint"] * 2, "nothing is said to be written that is not"
    sealing(box, Turned()).seal(store)
    assert spaces(store) == ["turned/joint"] * 2
    assert len(FaissIndex.open(store.folder / INDEX, store.derived(INDEX).sha256)) == 2  # type: ignore[union-attr]
    box.close()
