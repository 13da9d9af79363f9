from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hallscribed.adapters.store.corpus import SqliteCorpus
from hallscribed.adapters.store.derived import FolderFiles
from hallscribed.adapters.store.lecture import SqliteLectureStore
from hallscribed.domain.errors import DataDamaged, Exhausted, Reason
from hallscribed.domain.frame import EncodedFrame
from hallscribed.domain.moment import Route
from hallscribed.domain.recording import Job
from hallscribed.pipeline.jobs import Jobs
from hallscribed.pipeline.maintenance import Sealing
from hallscribed.ports import LectureStore
from support.box import Box
from support.fakes import FakeReader, jpeg, slide


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    opened = Box(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def begin(box: Box) -> Iterator[Callable[..., Jobs]]:
    begun: list[Jobs] = []

    def start(seal: Callable[[LectureStore], None] | None = None) -> Jobs:
        sealing = Sealing(box.projection, box.visual, FolderFiles())
        failed = box.storage_failures.append
        jobs = Jobs(
            box.catalog,
            box.recorder,
            FakeReader("A theorem"),
            box.feed,
            seal or sealing.seal,
            failed,
            box.meter,
            retry_s=0.05,
        )
        begun.append(jobs)
        return jobs

    yield start
    for jobs in begun:
        jobs.stop()


def shown(box: Box, name: str) -> SqliteLectureStore:
    """A finished lecture of one slide."""
    store = box.catalog.create(name, "")
    path = box.frame_path(store)
    path.take(EncodedFrame(1, 0.0, jpeg(slide(1))))
    path.finish()
    return store


def done(store: SqliteLectureStore) -> bool:
    """Wait until nothing is left to do."""
    pause = threading.Event()
    for _ in range(400):
        if not store.lecture().pending_jobs:
            return True
        pause.wait(0.025)
    return False


def test_work_that_comes_while_the_last_was_looked_for_is_done(
    box: Box, begin: Callable[..., Jobs], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = shown(box, "algebra")
    jobs = begin()
    look = SqliteLectureStore.jobs
    looked: list[str] = []

    def look_too_early(self: SqliteLectureStore) -> list[Job]:
        if looked:
            return look(self)
        looked.append(self.uid)
        store.finish()
        jobs.wake(store.uid)
        return []

    monkeypatch.setattr(SqliteLectureStore, "jobs", look_too_early)
    jobs.start()
    assert done(store)
    assert looked


def test_a_damaged_lecture_does_not_keep_the_others_waiting(
    box: Box, begin: Callable[..., Jobs], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, whole = shown(box, "broken"), shown(box, "whole")
    look = SqliteLectureStore.pages

    def look_at_the_whole(self: SqliteLectureStore) -> object:
        if self.uid == broken.uid:
            raise DataDamaged(Reason.DATA_DAMAGED, "a page is damaged")
        return look(self)

    monkeypatch.setattr(SqliteLectureStore, "pages", look_at_the_whole)
    begin().start()
    assert done(whole)
    assert broken.lecture().pending_jobs


def test_a_lecture_is_sealed_once_there_is_room_again(box: Box, begin: Callable[..., Jobs]) -> None:
    store = shown(box, "algebra")
    store.finish()
    full = [True, True]
    sealed = threading.Event()

    def seal(_: LectureStore) -> None:
        if full:
            full.pop()
            raise Exhausted(Reason.STORAGE_FULL, "the disk is full")
        sealed.set()

    begin(seal).start()
    assert sealed.wait(10)


def test_what_was_read_is_kept_and_made_searchable_together(
    box: Box, begin: Callable[..., Jobs], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The catalog's disk may fill up between the two."""
    store = shown(box, "algebra")
    replace = SqliteCorpus.replace
    full = [True]

    def replace_later(self: SqliteCorpus, *arguments: Any) -> None:
        if full:
            full.pop()
            raise Exhausted(Reason.STORAGE_FULL, "the disk is full")
        replace(self, *arguments)

    monkeypatch.setattr(SqliteCorpus, "replace", replace_later)
    begin().start()
    assert done(store)
    assert box.corpus.full_text("theorem", Route.WRITTEN, None, 5)
