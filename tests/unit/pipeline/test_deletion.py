"""Deleting a lecture while something is still being made of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from hallscribed.adapters.store.derived import FolderFiles
from hallscribed.domain.embedding import Matrix
from hallscribed.domain.errors import NotFound
from hallscribed.domain.frame import EncodedFrame
from hallscribed.domain.lecture import Cue
from hallscribed.domain.recording import JobKind, Reading
from hallscribed.pipeline.maintenance import Sealing
from support.box import Box
from support.fakes import FakeProjection, FakeTextEncoder, jpeg, slide


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    opened = Box(tmp_path)
    yield opened
    opened.close()


def delete_and_create_again(box: Box) -> threading.Thread:
    """On a thread of its own, given time to come through unless something holds it up."""

    def go() -> None:
        box.lectures.delete("algebra")
        box.lectures.create("algebra", "another")

    thread = threading.Thread(target=go, daemon=True)
    thread.start()
    thread.join(0.5)
    return thread


def test_captions_of_a_deleted_lecture_are_not_found_again(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    uid = box.lectures.create("algebra", "").uid
    encode = FakeTextEncoder.encode
    deleting: list[threading.Thread] = []

    def encode_late(self: FakeTextEncoder, texts: list[str]) -> Matrix:
        deleting.append(delete_and_create_again(box))
        return encode(self, texts)

    monkeypatch.setattr(FakeTextEncoder, "encode", encode_late)
    with pytest.raises(NotFound):
        box.lectures.put_captions("algebra", [Cue(0.0, 4.0, "the zebra crossing theorem")])
    deleting[0].join(10)
    assert uid not in box.corpus.lectures(), "what was deleted is still there"


def test_a_sealed_file_never_lands_in_the_next_lecture_of_the_name(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    store = box.catalog.create("algebra", "")
    path = box.frame_path(store)
    path.take(EncodedFrame(1, 0.0, jpeg(slide(1))))
    path.finish()
    store.finish()
    project = FakeProjection.project
    deleting: list[threading.Thread] = []

    def project_late(self: FakeProjection, vectors: np.ndarray) -> Matrix:
        deleting.append(delete_and_create_again(box))
        return project(self, vectors)

    monkeypatch.setattr(FakeProjection, "project", project_late)
    Sealing(box.projection, box.visual, FolderFiles()).seal(store)
    deleting[0].join(10)
    again = box.catalog.open("algebra")
    assert again.uid != store.uid
    assert sorted(file.name for file in again.folder.glob("*.npy*")) == []
    assert box.visual.rows(store.uid) == 0
    with pytest.raises(NotFound):
        Sealing(box.projection, box.visual, FolderFiles()).seal(store)


def test_a_deleted_folder_is_no_failing_disk(box: Box, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        FolderFiles().write_matrix(tmp_path / "gone" / "embeddings.npy", np.zeros((1, 2), np.float32))


def test_a_summary_that_is_being_saved_and_a_deletion_do_not_wait_for_each_other(box: Box) -> None:
    store = box.catalog.create("algebra", "")
    path = box.frame_path(store)
    path.take(EncodedFrame(1, 0.0, jpeg(slide(1))))
    path.finish()
    (read,) = [job for job in store.jobs() if job.kind is JobKind.READ]
    store.save_reading(read.job_id, Reading(read.segment, "A theorem", "A theorem", {}, None, ""))
    store.finish()
    (summary,) = store.jobs()
    store.save_summary(summary.job_id, summary.segment, "a text", ask_model=True)
    (job,) = store.jobs()
    deleting: list[threading.Thread] = []

    def still() -> bool:
        deleting.append(delete_and_create_again(box))
        return True

    saving = threading.Thread(target=box.recorder.save_generated, args=(store, job, "better", still), daemon=True)
    saving.start()
    saving.join(10)
    deleting[0].join(10)
    assert not saving.is_alive()
    assert not deleting[0].is_alive()
    assert box.catalog.open("algebra").uid != store.uid
