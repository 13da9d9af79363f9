from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hallscribed.adapters.store.corpus import SqliteCorpus
from hallscribed.adapters.store.derived import FolderFiles
from hallscribed.adapters.store.lecture import SqliteLectureStore
from hallscribed.domain.errors import DataDamaged, Exhausted, Reason, Unavailable
from hallscribed.domain.event import Event
from hallscribed.domain.frame import EncodedFrame
from hallscribed.domain.lecture import Cue
from hallscribed.domain.moment import Route
from hallscribed.domain.recording import Job, JobKind
from hallscribed.pipeline.jobs import Jobs
from hallscribed.pipeline.maintenance import Sealing
from hallscribed.pipeline.page import Page
from hallscribed.pipeline.reading import Refinement
from hallscribed.pipeline.summaries import summarise
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


def test_a_page_is_refined_by_the_one_before_it_and_by_no_other(
    box: Box, begin: Callable[..., Jobs], monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[Page | None] = []

    def noted(event: Event, before: Page | None, *more: Any) -> Refinement:
        held.append(before)
        return Refinement()

    monkeypatch.setattr("hallscribed.pipeline.jobs.refine", noted)
    store = box.catalog.create("algebra", "")
    path = box.frame_path(store)
    for number in range(32):
        path.take(EncodedFrame(number + 1, float(number), jpeg(slide(number // 8))))
    path.finish()
    jobs = begin()
    reads = [job for job in store.jobs() if job.kind is JobKind.READ]
    assert [job.segment for job in reads] == [1, 2, 3, 4]
    box.recorder.fail_job(store, reads[1], "it cannot be read", True)
    for job in (reads[0], reads[2], reads[3]):
        jobs._read(store, job)
    assert [before is None for before in held] == [True, False]


def test_work_goes_on_when_trouble_with_a_lecture_has_passed(
    box: Box, begin: Callable[..., Jobs], monkeypatch: pytest.MonkeyPatch
) -> None:
    held, other = shown(box, "held"), shown(box, "other")
    look = SqliteLectureStore.jobs
    passed = threading.Event()

    def busy(store: SqliteLectureStore) -> list[Job]:
        if store.uid == held.uid and threading.current_thread().name == "jobs" and not passed.is_set():
            raise Unavailable(Reason.STORAGE_BUSY, "another process holds it", retry_after_s=5.0)
        return look(store)

    monkeypatch.setattr(SqliteLectureStore, "jobs", busy)
    begin().start()
    assert done(other), "it waits for another lecture's trouble"
    assert held.lecture().pending_jobs
    passed.set()
    assert done(held)


def test_captions_that_come_while_a_summary_is_made_are_summed_up(
    box: Box, begin: Callable[..., Jobs], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = shown(box, "algebra")
    store.finish()
    corrected = [Cue(0.0, 4.0, "The corrected captions speak of integrals and of series.")]
    summed: list[str] = []

    def late(*material: str) -> str:
        text = summarise(*material)
        if not summed:
            box.lectures.put_captions("algebra", corrected)
        summed.append(text)
        return text

    monkeypatch.setattr("hallscribed.pipeline.jobs.summarise", late)
    begin().start()
    assert done(store)
    assert store.segments()[0].summary == corrected[0].text


def test_a_picture_that_is_not_kept_is_read_again_after_a_full_disk(tmp_path: Path) -> None:
    box = Box(tmp_path, keep_pictures=False)
    store = shown(box, "algebra")
    replace, full = box.corpus.replace, [True]

    def once_full(*args: Any) -> None:
        if full:
            full.clear()
            raise Exhausted(Reason.STORAGE_FULL, "the disk is full")
        replace(*args)

    box.corpus.replace = once_full  # type: ignore[method-assign]
    work = Jobs(
        box.catalog, box.recorder, FakeReader("A theorem"), box.feed, lambda _: None, print, box.meter, retry_s=0.05
    )
    work.start()
    assert done(store)
    work.stop()
    assert store.segments()[0].title == "A theorem"
    assert store.picture_to_read(1) is None
    box.close()
