"""What the archive's writer is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from multiprocessing import Pipe
from pathlib import Path

import numpy as np
import pytest

from hallscribed.adapters.index.shelf import IndexShelf
from hallscribed.adapters.worker import merging
from hallscribed.adapters.worker.merging import ShelfArchive
from hallscribed.adapters.worker.message import Header, receive, send
from hallscribed.adapters.worker.process import WorkerLost
from hallscribed.domain.recording import SealedLecture


def test_it_is_told_of_thousands_of_lectures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[list[bytes]] = []

    class Listening:
        def __init__(self, *_: object, **__: object) -> None: ...

        def call(self, header: Header, parts: Sequence[bytes] = ()) -> None:
            theirs, ours = Pipe()
            sending = threading.Thread(target=send, args=(ours, header, parts))
            sending.start()
            told.append(receive(theirs)[1])
            sending.join()
            raise WorkerLost("it has heard enough")

        def stop(self) -> None: ...

    monkeypatch.setattr(merging, "Worker", Listening)
    lectures = [
        SealedLecture(f"{number:026d}", tmp_path / f"lecture-{number}" / "index.faiss", "0" * 64, 900)
        for number in range(20_000)
    ]
    with pytest.raises(RuntimeError, match="heard enough"):
        ShelfArchive(tmp_path, "joint", IndexShelf(768)).build(lectures)
    assert len(json.loads(told[0][0])) == len(lectures)


@pytest.mark.parametrize("rows", [1, 15, 40])
def test_an_archive_of_few_rows_is_written_and_goes_with_its_last_lecture(tmp_path: Path, rows: int) -> None:
    vectors = np.random.default_rng(1).normal(size=(rows, 768)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    shelf = IndexShelf(768)
    shelf.add("one", range(rows), vectors)
    file = tmp_path / "index.faiss"
    archive = ShelfArchive(tmp_path / "archive", "joint", shelf)
    archive.build([SealedLecture("one", file, shelf.seal("one", file), rows)])
    assert (archive.rows(), dict(archive.archived())) == (rows, {"one": rows})
    ((uid, found),) = shelf.search(vectors[0], None, 1)
    assert (uid, found.id) == ("one", 0)
    shelf.forget("one")
    archive.drop()
    assert archive.rows() == 0
    assert list((tmp_path / "archive").iterdir()) == []
    assert shelf.search(vectors[0], None, 1) == []
    archive.stop()


def test_what_is_of_another_space_goes(tmp_path: Path) -> None:
    vectors = np.eye(20, 768, dtype=np.float32)
    shelf, file = IndexShelf(768), tmp_path / "index.faiss"
    shelf.add("one", range(20), vectors)
    archive = ShelfArchive(tmp_path / "archive", "joint", shelf)
    archive.build([SealedLecture("one", file, shelf.seal("one", file), 20)])
    told = ShelfArchive(tmp_path / "archive", "joint of another catalog", IndexShelf(768)).open()
    assert len(told) == 1
    assert list((tmp_path / "archive").iterdir()) == []
    assert ShelfArchive(tmp_path / "none", "joint", IndexShelf(768)).open() == []
    archive.stop()
