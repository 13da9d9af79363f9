from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hallscribed.domain.embedding import Matrix
from hallscribed.domain.errors import Conflict, Exhausted, NotFound, Reason, Unavailable
from hallscribed.domain.frame import EncodedFrame
from hallscribed.domain.lecture import Cue, LectureState
from hallscribed.domain.moment import Route
from hallscribed.domain.record import LectureChange, LectureChanged
from hallscribed.domain.recording import FrameBatch
from hallscribed.pipeline.streams import Ended, Progress
from hallscribed.ports import LectureStore
from support.box import Box
from support.fakes import FakeTextEncoder, jpeg, slide


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    opened = Box(tmp_path)
    opened.lectures.create("algebra", "")
    yield opened
    opened.close()


def nobody(_: Progress | Ended) -> None:
    """Listens to no news."""


def test_finishing_twice_at_once_ends_it_once(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    finish = box.recorder.finish
    ended: list[str] = []
    states: list[LectureState] = []
    second = threading.Thread(target=lambda: states.append(box.lectures.finish("algebra").state))

    def finish_late(store: LectureStore) -> None:
        ended.append(store.uid)
        if len(ended) == 1:
            second.start()
            second.join(0.3)
        finish(store)

    monkeypatch.setattr(box.recorder, "finish", finish_late)
    states.append(box.lectures.finish("algebra").state)
    second.join(10)
    assert states == [LectureState.FINISHED] * 2
    assert len(ended) == 1


def test_no_stream_begins_between_the_end_of_the_frames_and_the_end_of_the_lecture(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = box.recorder.finish
    refused: list[Exception] = []
    opening: list[threading.Thread] = []

    def open_meanwhile() -> None:
        try:
            box.lectures.stream("algebra", "camera", "", nobody)
        except Conflict as error:
            refused.append(error)

    def finish_late(store: LectureStore) -> None:
        opening.append(threading.Thread(target=open_meanwhile))
        opening[0].start()
        opening[0].join(0.3)
        finish(store)

    monkeypatch.setattr(box.recorder, "finish", finish_late)
    box.lectures.finish("algebra")
    opening[0].join(10)
    assert [error.reason for error in refused if isinstance(error, Conflict)] == [Reason.LECTURE_FINISHED]


def test_a_lecture_whose_stream_does_not_end_stays_as_it_is(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    *_, stream = box.lectures.stream("algebra", "camera", "", nobody)
    with monkeypatch.context() as stuck:
        stuck.setattr(type(stream), "join", lambda _: False)
        with pytest.raises(Unavailable):
            box.lectures.delete("algebra")
    with pytest.raises(Conflict, match="camera"):
        box.lectures.stream("algebra", "another", "", nobody)
    box.lectures.delete("algebra")
    with pytest.raises(NotFound):
        box.lectures.get("algebra")


def test_a_failing_disk_is_told_even_when_nobody_reads_the_stream(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(store: LectureStore, batch: FrameBatch) -> None:
        raise Unavailable(Reason.STORAGE_FAILED, "the disk failed")

    monkeypatch.setattr(box.recorder, "commit", fail)
    ended = threading.Event()
    *_, stream = box.lectures.stream(
        "algebra", "camera", "", lambda news: ended.set() if isinstance(news, Ended) else None
    )
    stream.offer(EncodedFrame(1, 0.0, jpeg(slide(1))))
    assert ended.wait(10)
    assert box.storage_failures == ["the disk failed"]


def test_of_two_captions_at_once_those_are_found_that_are_kept(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    encode = FakeTextEncoder.encode
    first, second = threading.Event(), threading.Event()

    def late(encoder: FakeTextEncoder, texts: list[str]) -> Matrix:
        if texts and "older" in texts[0]:
            first.set()
            second.wait(10)
        return encode(encoder, texts)

    monkeypatch.setattr(FakeTextEncoder, "encode", late)
    older = threading.Thread(target=box.lectures.put_captions, args=("algebra", [Cue(0.0, 4.0, "older words")]))
    older.start()
    first.wait(10)
    box.lectures.put_captions("algebra", [Cue(0.0, 4.0, "newer words")])
    second.set()
    older.join(10)
    (kept,) = box.catalog.open("algebra").cues()
    found = [word for word in ("older", "newer") if box.corpus.full_text(word, Route.SAID, None, 5)]
    assert found == [kept.text.split()[0]]


def test_finishing_again_tells_what_could_not_be_told(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as full, pytest.raises(Exhausted):

        def refuse(_: LectureStore) -> int:
            raise Exhausted(Reason.STORAGE_FULL, "the disk is full")

        full.setattr(box.catalog, "publish", refuse)
        box.lectures.finish("algebra")
    before = box.catalog.last_sequence()
    box.woken.clear()
    assert box.lectures.finish("algebra").state is LectureState.FINISHED
    (told,) = box.catalog.feed(before, 10)
    assert isinstance(told.record, LectureChanged)
    assert told.record.change is LectureChange.FINISHED
    assert box.woken
