from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from hallscribed.domain.errors import Conflict, Exhausted, InvalidRequest, Reason
from hallscribed.domain.event import EventKind, TextState
from hallscribed.domain.frame import EncodedFrame, Outcome
from hallscribed.domain.moment import Route
from hallscribed.domain.record import EventChanged
from hallscribed.domain.recording import JobKind, Reading
from hallscribed.pipeline.detector import Detector, Glance, Observation
from hallscribed.pipeline.ingest import FramePath
from hallscribed.pipeline.passages import written_passage
from hallscribed.ports import LectureStore
from support.box import Box
from support.fakes import FakePerception, jpeg, slide


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    opened = Box(tmp_path)
    yield opened
    opened.close()


def path_of(box: Box, name: str = "algebra") -> FramePath:
    return box.frame_path(box.catalog.create(name, ""))


def frames(*numbers: int, first: int = 1, start: float = 0.0) -> list[EncodedFrame]:
    pictures = {number: jpeg(slide(number)) for number in set(numbers)}
    return [
        EncodedFrame(first + i, start + i, pictures[number], capture_time=1000.0 + start + i)
        for i, number in enumerate(numbers)
    ]


def outcomes(path: FramePath, shown: list[EncodedFrame]) -> list[Outcome]:
    for frame in shown:
        path.take(frame)
    return [told.outcome for told in path.commit() for _ in range(told.count)]


def test_an_unchanged_frame_is_not_encoded_again(box: Box) -> None:
    assert outcomes(path_of(box), frames(1, 1, 1, 2)) == [Outcome.KEPT, Outcome.REUSED, Outcome.REUSED, Outcome.KEPT]
    assert isinstance(box.perception, FakePerception)
    assert box.perception.encoded == 2
    ids, vectors = box.catalog.open("algebra").vectors()
    assert len(ids) == len(vectors) == 2


def test_a_first_page_that_was_gone_long_before_the_commit_has_its_own_key_frame(box: Box) -> None:
    shown = frames(*[1] * 3, *[2] * 13)
    outcomes(path_of(box), shown)
    store = box.catalog.open("algebra")
    assert [segment.number for segment in store.segments()] == [1, 2]
    assert (store.picture(1), store.picture(2)) == (shown[0].data, shown[-1].data)


def test_a_static_slide_is_encoded_again_after_five_minutes(box: Box) -> None:
    told = outcomes(path_of(box), frames(*[1] * 302))
    assert told.count(Outcome.KEPT) == 2
    assert told[300] is Outcome.KEPT


def test_a_frame_of_about_the_same_length_is_not_taken_for_another_page(box: Box) -> None:
    shown = frames(1, 1, 2, 2)
    shown[1] = EncodedFrame(2, 1.0, shown[1].data + bytes(len(shown[1].data) // 100))
    path_of_frames = path_of(box)
    outcomes(path_of_frames, shown)
    assert isinstance(box.perception, FakePerception)
    assert box.perception.likely == [True, False, True, False]


def test_a_live_frame_that_finds_the_encoder_taken_is_reused_and_encoded_later(box: Box) -> None:
    path = path_of(box)
    with box.turns.turn(live=True):
        for frame in frames(1, 2):
            path.take(frame, live=True)
        assert path.owed_s == 2.0
    path.take(frames(2, first=3, start=2.0)[0], live=True)
    assert [told.outcome for told in path.commit()] == [Outcome.REUSED, Outcome.REUSED, Outcome.KEPT]
    assert path.owed_s == 0
    assert len(box.catalog.open("algebra").vectors()[0]) == 1


def test_two_slides_make_one_event_and_two_segments(box: Box) -> None:
    path = path_of(box)
    outcomes(path, frames(*[1] * 8, *[2] * 8))
    path.finish()
    store = box.catalog.open("algebra")
    (event,) = store.events()
    assert event.kind is EventKind.SLIDE_CHANGE
    assert event.media_time == 8.0
    assert event.segment == 2
    assert 0 < event.confidence <= 1
    assert {"changed", "lost", "novelty"} <= set(event.evidence)
    first, second = store.segments()
    assert (first.start, first.end, second.start) == (0.0, 8.0, 8.0)
    assert first.has_picture and second.has_picture
    assert store.picture(2) == jpeg(slide(2))


@pytest.mark.parametrize(("are_key_frames", "asked"), [(True, 0), (False, 2)])
def test_a_frame_that_is_a_key_frame_is_kept_as_it_is(box: Box, are_key_frames: bool, asked: int) -> None:
    assert isinstance(box.perception, FakePerception)
    box.perception.are_key_frames = are_key_frames
    path = path_of(box)
    outcomes(path, frames(*[1] * 8, *[2] * 8))
    path.finish()
    assert box.perception.pictures == asked
    store = box.catalog.open("algebra")
    assert [store.picture(number) for number in (1, 2)] == [jpeg(slide(1)), jpeg(slide(2))]


def test_a_bad_frame_is_refused_and_the_others_are_kept(box: Box) -> None:
    shown = frames(1, 2, 3)
    shown[1] = EncodedFrame(2, 1.0, b"bad")
    assert outcomes(path_of(box), shown) == [Outcome.KEPT, Outcome.REJECTED, Outcome.KEPT]
    told = box.catalog.open("algebra").acknowledgement(2)
    assert told is not None
    assert (told.reason, told.duplicate) == (Reason.NOT_AN_IMAGE, True)


@pytest.mark.parametrize("time_s", [math.nan, math.inf, -1.0, 1e9])
def test_absurd_times_are_refused(box: Box, time_s: float) -> None:
    path = path_of(box)
    path.take(EncodedFrame(1, time_s, jpeg(slide(1))))
    (told,) = path.commit()
    assert (told.outcome, told.reason) == (Outcome.REJECTED, Reason.TIME_INVALID)
    assert outcomes(path, frames(1, first=2)) == [Outcome.KEPT]


def test_time_that_runs_backwards_is_refused(box: Box) -> None:
    path = path_of(box)
    outcomes(path, frames(1, start=10.0))
    path.take(EncodedFrame(2, 9.0, jpeg(slide(1))))
    assert path.commit()[0].reason is Reason.TIME_BACKWARDS


def test_frames_beyond_one_a_second_are_counted_as_runs(box: Box) -> None:
    path = path_of(box)
    picture = jpeg(slide(1))
    for number in range(30):
        path.take(EncodedFrame(number + 1, number / 10, picture))
    told = path.commit()
    assert [(t.position, t.count, t.outcome) for t in told] == [
        (1, 1, Outcome.KEPT),
        (2, 9, Outcome.SKIPPED),
        (11, 1, Outcome.REUSED),
        (12, 9, Outcome.SKIPPED),
        (21, 1, Outcome.REUSED),
        (22, 9, Outcome.SKIPPED),
    ]
    store = box.catalog.open("algebra")
    assert store.lecture().durable_position == 30
    inside = store.acknowledgement(15)
    assert inside is not None and inside.outcome is Outcome.SKIPPED


def test_a_gap_in_positions_ends_the_call(box: Box) -> None:
    path = path_of(box)
    with pytest.raises(InvalidRequest) as told:
        path.take(frames(1, first=2)[0])
    assert told.value.reason is Reason.POSITION_GAP


def test_it_goes_on_after_a_restart(box: Box, tmp_path: Path) -> None:
    outcomes(path_of(box), frames(*[1] * 10))
    box.close()
    again = Box(tmp_path)
    path = again.frame_path(again.catalog.open("algebra"))
    assert (path.durable_position, path.last_media_time, path.last_capture_time) == (10, 9.0, 1009.0)
    outcomes(path, frames(*[2] * 6, first=11, start=10.0))
    path.finish()
    events = again.catalog.open("algebra").events()
    assert [event.media_time for event in events] == [10.0], "the change between the two runs is found"
    again.close()


def test_a_failed_commit_acknowledges_nothing_and_resumes(tmp_path: Path) -> None:
    box = Box(tmp_path)
    path = path_of(box)
    outcomes(path, frames(1, 1))
    box.recorder._reserve_bytes = 1 << 60
    path.take(frames(2, first=3, start=2.0)[0])
    with pytest.raises(Exhausted) as told:
        path.commit()
    assert told.value.reason is Reason.STORAGE_FULL
    assert path.durable_position == path.received_position == 2
    box.recorder._reserve_bytes = 0
    assert outcomes(path, frames(2, 2, first=3, start=2.0)) == [Outcome.KEPT, Outcome.REUSED]
    box.close()


def test_a_finished_lecture_takes_nothing_more(box: Box) -> None:
    path = path_of(box)
    outcomes(path, frames(1))
    box.lectures.finish("algebra")
    path.take(frames(1, first=2, start=5.0)[0])
    with pytest.raises(Conflict) as told:
        path.commit()
    assert told.value.reason is Reason.LECTURE_FINISHED


def crash(*_: object) -> None:
    raise RuntimeError("killed here")


def test_a_picture_lost_with_the_daemon_is_not_awaited_for_ever(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    path = path_of(box)
    with monkeypatch.context() as killed, pytest.raises(RuntimeError):
        killed.setattr(box.recorder, "set_picture", crash)
        outcomes(path, frames(*[1] * 8))
    store = box.catalog.open("algebra")
    assert store.segments()[0].text_state is TextState.PENDING
    box.frame_path(store).finish()
    assert store.segments()[0].text_state is TextState.FAILED
    assert store.jobs() == []


def test_a_picture_that_cannot_be_made_is_not_awaited_for_ever(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakePerception, "picture", lambda *_: None)
    path = path_of(box)
    outcomes(path, frames(1))
    path.finish()
    assert box.catalog.open("algebra").segments()[0].text_state is TextState.FAILED


def test_a_crash_before_the_first_picture_is_told_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second slide is durable, the picture of the first is not."""
    box = Box(tmp_path)
    path = path_of(box)

    with monkeypatch.context() as killed, pytest.raises(RuntimeError):
        killed.setattr(box.recorder, "set_picture", crash)
        outcomes(path, frames(*[1] * 8, *[2] * 8))
    box.close()
    again = Box(tmp_path)
    first, second = again.catalog.open("algebra").segments()
    assert (first.text_state, second.text_state) == (TextState.FAILED, TextState.PENDING)
    again.close()


def test_vectors_of_another_encoder_are_kept_but_never_mixed(box: Box, tmp_path: Path) -> None:
    outcomes(path_of(box), frames(1, 2))
    box.close()
    again = Box(tmp_path, space="another encoder")
    store = again.catalog.open("algebra")
    assert store.vectors()[0] == []
    assert store.vector_at(0.0) is None
    outcomes(again.frame_path(store), frames(3, first=3, start=2.0))
    assert len(store.vectors()[0]) == 1
    again.close()
    back = Box(tmp_path)
    assert len(back.catalog.open("algebra").vectors()[0]) == 2
    back.close()


def test_under_load_a_still_picture_keeps_its_vector_longer(box: Box) -> None:
    path = path_of(box)
    climb(box, "long_heartbeat")
    assert outcomes(path, frames(*[1] * 620)).count(Outcome.KEPT) == 1


def test_under_load_changing_pictures_are_encoded_less_often_and_changes_still_seen(box: Box) -> None:
    path = path_of(box)
    climb(box, "rare_encoding")
    told = outcomes(path, frames(1, 2, 3, 4, 5, 6, *[7] * 8))
    assert [place for place, outcome in enumerate(told) if outcome is Outcome.KEPT] == [0, 5, 10]
    path.finish()
    assert box.catalog.open("algebra").events()


def test_a_frame_that_is_not_to_be_encoded_waits_for_no_turn_and_is_not_put_off(box: Box) -> None:
    path = path_of(box)
    climb(box, "rare_encoding")
    first, *others = frames(1, 2, 3)
    path.take(first, live=True)
    with box.turns.turn(live=True):
        for frame in others:
            path.take(frame, live=True)
    assert path.owed_s == 0


def test_the_detector_hears_in_how_many_frames_a_vector_came_about(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    over: list[int] = []
    observe = Detector.observe

    def heard(detector: Detector, glance: Glance) -> Observation:
        over.append(glance.over)
        return observe(detector, glance)

    monkeypatch.setattr(Detector, "observe", heard)
    path = path_of(box)
    first, *others = frames(1, 2, 2)
    path.take(first, live=True)
    with box.turns.turn(live=True):
        path.take(others[0], live=True)
    path.take(others[1], live=True)
    assert over == [1, 1, 2]


def test_what_each_stage_cost_is_known(box: Box) -> None:
    outcomes(path_of(box), frames(1, 1, 2))
    stages = {stage.name: stage for stage in box.meter.stages()}
    assert (stages["decode"].count, stages["gate"].count, stages["encode"].count) == (3, 3, 2)
    assert stages["encode"].p50_ms == 3.0
    assert stages["acknowledge"].count == 3


def climb(box: Box, name: str) -> None:
    while box.ladder.rung.name != name:
        box.ladder.observe(60.0)


def withdrawn(segment: int) -> Reading:
    return Reading(segment, "", "", None, None, "somebody walked by")


def test_what_is_indexed_anew_is_what_there_is(box: Box) -> None:
    path = path_of(box)
    outcomes(path, frames(*[1] * 8))
    store = box.catalog.open("algebra")
    gone = written_passage(store.uid, 7, 90.0, 95.0, "Ghost", "of a backup that was put back")
    box.corpus.replace(store.uid, Route.WRITTEN, 7, gone, box.text.encode([passage.text for passage in gone]))
    assert box.corpus.full_text("ghost", Route.WRITTEN, None, 5)
    box.recorder.index_everything(store)
    assert not box.corpus.full_text("ghost", Route.WRITTEN, None, 5)


def summarising(store: LectureStore) -> list[int]:
    return [job.segment for job in store.jobs() if job.kind is JobKind.SUMMARISE]


@pytest.mark.parametrize("late", [False, True])
def test_what_goes_on_through_a_withdrawn_event_is_summed_up_as_a_whole(box: Box, late: bool) -> None:
    path = path_of(box)
    shown = frames(*[1] * 8, *[2] * 8, *[3] * 8)
    outcomes(path, shown[: 24 if late else 16])
    store = box.catalog.open("algebra")
    first = next(job for job in store.jobs() if job.kind is JobKind.SUMMARISE)
    box.recorder.save_summary(store, first, "of its beginning", lambda: True)
    store.save_reading(None, withdrawn(2))
    if not late:
        assert summarising(store) == []
        outcomes(path, shown[16:])
    assert summarising(store) == [1]
    assert store.segments(1, 1)[0].end == 16.0


def test_the_picture_of_what_was_withdrawn_is_not_kept(box: Box) -> None:
    path = path_of(box)
    outcomes(path, frames(*[1] * 8, *[2] * 8, *[3] * 8))
    path.finish()
    store = box.catalog.open("algebra")
    job = next(job for job in store.jobs() if (job.kind, job.segment) == (JobKind.READ, 2))
    box.recorder.save_reading(store, job, withdrawn(2))
    assert sorted(file.name for file in (store.folder / "pictures").iterdir()) == ["000001.jpg", "000003.jpg"]
    assert store.repair() == []


def test_a_revisit_names_the_segment_that_stands_where_its_own_was_withdrawn(box: Box) -> None:
    path = path_of(box)
    outcomes(path, frames(*[1] * 8, *[2] * 8, *[3] * 8, *[2] * 8))
    path.finish()
    store = box.catalog.open("algebra")
    assert [(event.kind, event.revisited) for event in store.events()][-1] == (EventKind.REVISIT, 2)
    box.catalog.publish(store)
    before = box.catalog.last_sequence()
    store.save_reading(None, withdrawn(2))
    box.catalog.publish(store)
    assert store.events()[-1].revisited == 1
    told = [each.record for each in box.catalog.feed(before, 10)]
    assert [each.event.revisited for each in told if isinstance(each, EventChanged)] == [1]


def test_after_a_restart_segments_are_counted_with_those_that_were_withdrawn(box: Box) -> None:
    path = path_of(box)
    outcomes(path, frames(*[1] * 8, *[2] * 8, *[3] * 8))
    store = box.catalog.open("algebra")
    store.save_reading(None, withdrawn(3))
    path = box.frame_path(store)
    outcomes(path, frames(*[4] * 8, *[5] * 8, *[6] * 8, *[4] * 8, first=25, start=24.0))
    path.finish()
    assert [(event.segment, event.revisited) for event in store.events()][-1] == (7, 4)


def test_a_frame_that_cannot_be_seen_takes_no_other_ones_second_and_time(box: Box) -> None:
    picture = jpeg(slide(1))
    shown = [
        EncodedFrame(1, 0.0, picture),
        EncodedFrame(2, 1.0, b"bad"),
        EncodedFrame(3, 1.4, picture),
        EncodedFrame(4, 500.0, b"bad"),
        EncodedFrame(5, 2.4, picture),
    ]
    assert outcomes(path_of(box), shown) == [
        Outcome.KEPT, Outcome.REJECTED, Outcome.REUSED, Outcome.REJECTED, Outcome.REUSED,
    ]  # fmt: skip


def written(letters: int) -> bytes:
    """A slide beneath which somebody writes."""
    picture = slide(1).copy()
    picture[210:] = 245
    for letter in range(letters):
        cv2.putText(picture, "x", (20 + 20 * letter, 300), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (20, 20, 20), 2)
    return jpeg(picture)


@pytest.mark.parametrize("batch", [1, 100])
@pytest.mark.parametrize("goes_on", [True, False])
def test_what_was_written_onto_a_slide_is_in_its_picture_and_read(box: Box, batch: int, goes_on: bool) -> None:
    path = path_of(box)
    pictures = (
        [jpeg(slide(5))] * 6 + [written(0)] * 6 + [written(letter) for letter in range(1, 29)] + [written(28)] * 12
    )
    pictures += [jpeg(slide(2))] * 6 if goes_on else []
    for number, picture in enumerate(pictures):
        path.take(EncodedFrame(number + 1, float(number), picture))
        if number % batch == batch - 1:
            path.commit()
    path.finish()
    store = box.catalog.open("algebra")
    assert [event.media_time for event in store.events()] == ([6.0, 52.0] if goes_on else [6.0])
    assert store.picture(1) == jpeg(slide(5))
    assert store.picture(2) == written(28)
    assert (JobKind.READ, 2) in [(job.kind, job.segment) for job in store.jobs()]


def test_what_is_written_onto_a_slide_that_was_withdrawn_brings_no_picture_back(box: Box) -> None:
    path = path_of(box)
    for number in range(12):
        path.take(EncodedFrame(number + 1, float(number), jpeg(slide(5)) if number < 6 else written(0)))
    path.commit()
    store = box.catalog.open("algebra")
    box.recorder.save_reading(store, next(job for job in store.jobs() if job.segment == 2), withdrawn(2))
    for number in range(12, 52):
        path.take(EncodedFrame(number + 1, float(number), written(min(28, number - 11))))
    path.finish()
    assert store.picture(2) is None
    assert [job for job in store.jobs() if job.segment == 2 and job.kind is JobKind.READ] == []


def test_a_lecture_that_fades_in_has_a_picture_of_what_it_fades_to(box: Box) -> None:
    path = path_of(box)
    pictures = [np.rint(slide(1) * bright).astype(np.uint8) for bright in (0.0, 0.3, 0.7)] + [slide(1)] * 6
    for number, picture in enumerate(pictures):
        path.take(EncodedFrame(number + 1, float(number), jpeg(picture)))
        path.commit()
    path.finish()
    store = box.catalog.open("algebra")
    shown = [store.picture(segment.number) for segment in store.segments()]
    assert jpeg(slide(1)) in shown
