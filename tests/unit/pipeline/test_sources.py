from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from hallscribed.domain.errors import Exhausted, InvalidRequest, NotFound, Reason
from hallscribed.domain.frame import EncodedFrame
from hallscribed.domain.record import SystemNotice
from hallscribed.domain.recording import FrameBatch
from hallscribed.pipeline.ingest import FramePath
from hallscribed.pipeline.sources import SourceReport, Sources, SourceState
from hallscribed.ports import LectureStore
from support.box import Box
from support.fakes import jpeg, slide


class Video:
    """Two frames, then whatever comes last."""

    duration_s = 2.0
    ended_early_at_s: float | None = None

    def __init__(self, defect: Exception | None = None) -> None:
        self._defect = defect

    def frames(self, next_position: int, after_s: float | None) -> Iterator[EncodedFrame]:
        """See VideoFile."""
        for number in range(2):
            yield EncodedFrame(next_position + number, float(number), jpeg(slide(number)))
        if self._defect is not None:
            raise self._defect

    def close(self) -> None:
        """See VideoFile."""


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    opened = Box(tmp_path)
    opened.lectures.create("algebra", "")
    yield opened
    opened.close()


def notices(box: Box) -> list[tuple[Reason, str]]:
    """The daemon's own trouble, as the feed has it."""
    records = [each.record for each in box.catalog.feed(0, 100)]
    return [(each.reason, each.detail) for each in records if isinstance(each, SystemNotice)]


def ended(sources: Sources) -> SourceReport:
    pause = threading.Event()
    for _ in range(400):
        (report,) = sources.page("", "", 10)
        if report.state is not SourceState.RUNNING:
            return report
        pause.wait(0.025)
    return report


def test_a_source_that_ended_lets_go_of_its_frames(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    paths: list[weakref.ref[FramePath]] = []
    make = box.frame_path

    def watched(store: object) -> FramePath:
        path = make(store)  # type: ignore[arg-type]
        paths.append(weakref.ref(path))
        return path

    monkeypatch.setattr(box.lectures, "_frame_path", watched)
    sources = Sources(box.lectures, lambda _: Video(), box.feed.announce)
    sources.attach("algebra", "/films/a.mp4", realtime=False)
    report = ended(sources)
    assert (report.state, report.durable_position, sum(report.counts.values())) == (SourceState.ENDED, 2, 2)
    box.lectures.finish("algebra")
    gc.collect()
    assert [path() for path in paths] == [None], "sources are listed for ever, their frames must not be"


def test_a_defect_while_reading_ends_the_source_and_frees_the_lecture(box: Box) -> None:
    sources = Sources(box.lectures, lambda _: Video(TypeError("nonsense")), box.feed.announce)
    sources.attach("algebra", "/films/a.mp4", realtime=False)
    report = ended(sources)
    assert report.state is SourceState.FAILED
    assert report.detail
    ((reason, told),) = notices(box)
    assert reason is Reason.INTERNAL
    assert told.startswith("the source /films/a.mp4 of lecture algebra has failed: a defect")
    over = threading.Event()
    for _ in range(400):
        if box.lectures.get("algebra").durable_position == 2:
            break
        over.wait(0.025)
    *_, stream = box.lectures.stream("algebra", "camera", "", lambda _: None)
    stream.close()


def test_a_full_disk_is_waited_out(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    commit, full = box.recorder.commit, [True] * 3

    def full_at_first(store: LectureStore, batch: FrameBatch) -> None:
        if full:
            full.pop()
            raise Exhausted(Reason.STORAGE_FULL, "the disk is full", retry_after_s=0.05)
        commit(store, batch)

    monkeypatch.setattr(box.recorder, "commit", full_at_first)
    sources = Sources(box.lectures, lambda _: Video(), box.feed.announce)
    sources.attach("algebra", "/films/a.mp4", realtime=False)
    report = ended(sources)
    assert (report.state, report.detail, report.durable_position) == (SourceState.ENDED, "", 2)
    assert not full
    assert notices(box) == [(Reason.STORAGE_FULL, "the source /films/a.mp4 of lecture algebra waits: the disk is full")]


def test_nobody_waits_for_a_source_that_is_detached_while_the_disk_is_full(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = threading.Event()

    def full(*_: object) -> None:
        refused.set()
        raise Exhausted(Reason.STORAGE_FULL, "the disk is full", retry_after_s=60.0)

    monkeypatch.setattr(box.recorder, "commit", full)
    sources = Sources(box.lectures, lambda _: Video(), box.feed.announce)
    report = sources.attach("algebra", "/films/a.mp4", realtime=False)
    assert refused.wait(10)
    assert sources.detach(report.source_id).state is SourceState.DETACHED


def test_sources_of_a_lecture_that_there_is_not_are_asked_for_in_vain(box: Box) -> None:
    sources = Sources(box.lectures, lambda _: Video(), box.feed.announce)
    assert sources.page("algebra", "", 10) == []
    with pytest.raises(NotFound):
        sources.page("nope", "", 10)
    with pytest.raises(InvalidRequest):
        sources.page("../../etc", "", 10)


def test_the_trouble_of_a_source_is_told_to_those_who_follow_its_lecture(box: Box) -> None:
    box.lectures.create("botany", "")
    sources = Sources(box.lectures, lambda _: Video(RuntimeError("a defect")), box.feed.announce)
    sources.attach("algebra", "talk.mp4", realtime=False)
    ended(sources)
    told = {
        name: [
            each
            for each in box.catalog.feed(0, 100, box.catalog.open(name).uid)
            if isinstance(each.record, SystemNotice)
        ]
        for name in ("algebra", "botany")
    }
    assert [each.lecture_id for each in told["algebra"]] == ["algebra"]
    assert told["botany"] == []
