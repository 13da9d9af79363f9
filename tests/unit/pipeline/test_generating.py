from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hallscribed.adapters.store.lecture import SqliteLectureStore
from hallscribed.domain.errors import Interrupted, Reason, SummaryFailed
from hallscribed.domain.event import Segment, SummaryKind, TextState
from hallscribed.domain.frame import EncodedFrame
from hallscribed.domain.lecture import Cue
from hallscribed.domain.record import SegmentChanged, SystemNotice
from hallscribed.domain.recording import JobKind, SummariserReport
from hallscribed.pipeline.generating import ATTEMPTS, Generating, settle
from hallscribed.pipeline.jobs import Jobs
from support.box import Box
from support.fakes import FakeReader, jpeg, slide

SAID = Cue(0.0, 1.0, "today we prove that every bounded sequence has a limit point")
EXTRACTIVE = "today we prove that every bounded sequence has a limit point."


class FakeSummariser:
    """Says what it is told to say; an exception is raised."""

    def __init__(self) -> None:
        self.answers: list[str | Exception] = []
        self.asked: list[tuple[str, str, str]] = []
        self.meanwhile: Callable[[], None] = lambda: None
        self.loaded = False
        self.unloaded = threading.Event()
        self.stopped = False

    def summarise(self, title: str, page_text: str, speech: str) -> str:
        self.loaded = True
        self.asked.append((title, page_text, speech))
        self.meanwhile()
        answer = self.answers.pop(0) if self.answers else "The model says so."
        if isinstance(answer, Exception):
            self.loaded = False
            raise answer
        return answer

    def unload(self) -> None:
        self.loaded = False
        self.unloaded.set()

    def stop(self) -> None:
        self.stopped = True

    def report(self) -> SummariserReport:
        return SummariserReport("fake 1", 7 if self.loaded else 0, 1, 2, loading=False, working=False)


class Bench:
    """A box whose jobs are done by a fake reader and a fake model."""

    def __init__(self, data: Path) -> None:
        self.box = Box(data)
        self.model = FakeSummariser()
        self.busy = False
        self.sealed: list[str] = []
        self.summaries: Generating | None = None

    def start(self, *, idle_s: float = 60.0, back_off_s: float = 0.0) -> Bench:
        box = self.box
        self.summaries = Generating(
            box.catalog,
            box.recorder,
            self.model,
            box.feed,
            lambda: self.busy,
            box.storage_failures.append,
            box.meter,
            idle_s=idle_s,
            back_off_s=back_off_s,
            retry_s=0.05,
        )
        self.jobs = Jobs(
            box.catalog,
            box.recorder,
            FakeReader("A theorem"),
            box.feed,
            lambda store: self.sealed.append(store.lecture_id),
            box.storage_failures.append,
            box.meter,
            retry_s=0.05,
            ask_model=self.summaries.wake,
        )
        self.jobs.start()
        self.summaries.start()
        return self

    def stop(self) -> None:
        if self.summaries is not None:
            self.jobs.stop()
            self.summaries.stop()

    def lecture(self, name: str, *cues: Cue) -> SqliteLectureStore:
        """A finished lecture of one slide."""
        store = self.box.catalog.create(name, "")
        path = self.box.frame_path(store)
        path.take(EncodedFrame(1, 0.0, jpeg(slide(1))))
        path.finish()
        store.put_cues(cues or (SAID,))
        store.finish()
        if self.summaries is not None:
            self.jobs.wake(store.uid)
        return store

    def notices(self) -> list[SystemNotice]:
        return [record.record for record in self.box.catalog.feed(0, 1000) if isinstance(record.record, SystemNotice)]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.stop()
    made.box.close()


def segment(store: SqliteLectureStore) -> Segment:
    return store.segments()[0]


def until(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(400):
        if condition():
            return
        pause.wait(0.025)
    raise AssertionError("it did not come to that")


def settled(store: SqliteLectureStore) -> Segment:
    """The segment once no job is left."""
    until(lambda: not store.jobs())
    return segment(store)


def test_extractive_text_comes_first_and_the_models_takes_its_place(bench: Bench) -> None:
    bench.start()
    store = bench.lecture("algebra")
    found = settled(store)
    assert (found.summary, found.summary_kind) == ("The model says so.", SummaryKind.GENERATED)
    assert (found.summary_state, found.summary_detail) == (TextState.DONE, "")
    assert bench.model.asked == [("A theorem", "A theorem", SAID.text)]
    told = [
        record.record.segment
        for record in bench.box.catalog.feed(0, 1000)
        if isinstance(record.record, SegmentChanged) and record.record.segment.summary
    ]
    assert [(each.summary_kind, each.summary_state) for each in told] == [
        (SummaryKind.EXTRACTIVE, TextState.AWAITING_MODEL),
        (SummaryKind.GENERATED, TextState.DONE),
    ]
    assert told[0].summary == EXTRACTIVE


def test_sealing_and_those_who_wait_for_reading_do_not_wait_for_the_model(bench: Bench) -> None:
    bench.busy = True
    bench.start()
    store = bench.lecture("algebra")
    until(lambda: bench.sealed == ["algebra"])
    assert store.lecture().pending_jobs == 0
    assert bench.jobs.depth() == 0
    assert bench.summaries is not None
    assert bench.summaries.depth() == 1
    assert segment(store).summary_state is TextState.AWAITING_MODEL
    assert not bench.model.asked
    bench.busy = False
    assert settled(store).summary_kind is SummaryKind.GENERATED


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (TextState.MODEL_TIMED_OUT, Reason.WORKER_LOST),
        (TextState.MODEL_CRASHED, Reason.WORKER_LOST),
        (TextState.MODEL_OUT_OF_MEMORY, Reason.WORKER_LOST),
        (TextState.MODEL_FAILED, Reason.INTERNAL),
    ],
)
def test_a_failure_leaves_the_extractive_text_and_says_why(bench: Bench, state: TextState, reason: Reason) -> None:
    bench.model.answers = [SummaryFailed(state, "it went wrong")] * ATTEMPTS
    bench.start()
    store = bench.lecture("algebra")
    found = settled(store)
    assert found.summary == EXTRACTIVE
    assert (found.summary_kind, found.summary_state) == (SummaryKind.EXTRACTIVE, state)
    assert found.summary_detail == "it went wrong (attempt 3 of 3; it is not tried again)"
    assert len(bench.model.asked) == ATTEMPTS
    until(lambda: len(bench.notices()) == ATTEMPTS)
    assert {notice.reason for notice in bench.notices()} == {reason}
    assert "lecture algebra, segment 1: it went wrong (attempt 1 of 3" in bench.notices()[0].detail


def test_an_answer_without_words_counts_as_a_failure(bench: Bench) -> None:
    bench.model.answers = ["<end_of_turn>", "12 34", ""]
    bench.start()
    found = settled(bench.lecture("algebra"))
    assert found.summary_state is TextState.MODEL_EMPTY
    assert found.summary_kind is SummaryKind.EXTRACTIVE


def test_what_failed_once_may_succeed_later(bench: Bench) -> None:
    bench.model.answers = [SummaryFailed(TextState.MODEL_CRASHED, "it died")]
    bench.start()
    found = settled(bench.lecture("algebra"))
    assert (found.summary_kind, found.summary_state) == (SummaryKind.GENERATED, TextState.DONE)
    assert found.summary_detail == ""
    assert bench.summaries is not None
    until(lambda: bench.summaries is not None and bench.summaries.failure_detail == "")


def test_a_failing_model_is_left_alone_for_a_while(bench: Bench) -> None:
    bench.model.answers = [SummaryFailed(TextState.MODEL_FAILED, "the bundle is broken")] * 9
    bench.start(back_off_s=600.0)
    first, second = bench.lecture("algebra"), bench.lecture("biology")
    until(lambda: bench.summaries is not None and bench.summaries.backing_off)
    until(lambda: bench.sealed.count("algebra") + bench.sealed.count("biology") >= 2)
    pause = threading.Event()
    pause.wait(0.5)
    assert len(bench.model.asked) == 1
    states = {segment(first).summary_state, segment(second).summary_state}
    assert states == {TextState.MODEL_FAILED, TextState.AWAITING_MODEL}


def test_each_failure_in_a_row_makes_the_wait_longer(bench: Bench) -> None:
    bench.model.answers = [SummaryFailed(TextState.MODEL_FAILED, "broken")] * 3
    waits: list[float] = []
    bench.start(back_off_s=0.01)
    assert bench.summaries is not None
    bench.model.meanwhile = lambda: waits.append(bench.summaries._not_before if bench.summaries else 0)
    settled(bench.lecture("algebra"))
    assert bench.summaries._in_a_row == 3
    assert waits == sorted(waits)


def test_captions_that_come_meanwhile_are_summed_up_and_no_others(bench: Bench) -> None:
    bench.start()
    store = bench.lecture("algebra")
    later = Cue(0.0, 1.0, "tomorrow we shall look at series and at their convergence")

    def caption() -> None:
        bench.model.meanwhile = lambda: None
        store.put_cues([later])
        bench.jobs.wake(store.uid)

    bench.model.meanwhile = caption
    bench.model.answers = ["Of the old captions."]
    until(lambda: len(bench.model.asked) >= 2)
    assert settled(store).summary == "The model says so."
    assert bench.model.asked[0][2] == SAID.text
    assert bench.model.asked[-1][2] == later.text


def test_new_captions_ask_the_model_again_even_where_it_had_failed(bench: Bench) -> None:
    bench.model.answers = [SummaryFailed(TextState.MODEL_CRASHED, "it died")] * ATTEMPTS
    bench.start()
    store = bench.lecture("algebra")
    assert settled(store).summary_state is TextState.MODEL_CRASHED
    store.put_cues([SAID])
    bench.jobs.wake(store.uid)
    until(lambda: segment(store).summary_kind is SummaryKind.GENERATED)


def test_a_lecture_that_is_deleted_meanwhile_stops_nothing(bench: Bench) -> None:
    bench.start()

    def delete() -> None:
        bench.model.meanwhile = lambda: None
        bench.box.lectures.delete("algebra")

    bench.model.meanwhile = delete
    bench.lecture("algebra")
    until(lambda: len(bench.model.asked) == 1)
    assert settled(bench.lecture("biology")).summary_kind is SummaryKind.GENERATED
    assert not bench.notices()


def test_the_model_is_not_asked_where_nothing_was_found_to_say(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hallscribed.pipeline.jobs.summarise", lambda *_: "")
    bench.start()
    found = settled(bench.lecture("algebra"))
    assert (found.summary, found.summary_state) == ("", TextState.DONE)
    assert not bench.model.asked


def test_the_model_is_unloaded_when_there_is_nothing_to_do(bench: Bench) -> None:
    bench.start(idle_s=0.1)
    settled(bench.lecture("algebra"))
    assert bench.model.unloaded.wait(10)
    assert settled(bench.lecture("biology")).summary_kind is SummaryKind.GENERATED


def test_a_stop_in_the_middle_costs_no_attempt(bench: Bench) -> None:
    bench.start()
    assert bench.summaries is not None
    begun, stopping = threading.Event(), threading.Event()

    def wait_for_the_stop() -> None:
        begun.set()
        stopping.wait(10)
        raise Interrupted

    bench.model.meanwhile = wait_for_the_stop
    store = bench.lecture("algebra")
    assert begun.wait(10)
    ending = threading.Thread(target=bench.summaries.stop)
    ending.start()
    until(lambda: bench.model.stopped)
    stopping.set()
    ending.join(10)
    (job,) = store.jobs()
    assert (job.kind, job.attempts) == (JobKind.GENERATE, 0)
    assert segment(store).summary_state is TextState.AWAITING_MODEL
    assert not bench.notices()


def test_jobs_of_an_earlier_run_are_done(bench: Bench) -> None:
    store = bench.lecture("algebra")
    while (waiting := store.jobs()) and waiting[0].kind is not JobKind.GENERATE:
        if waiting[0].kind is JobKind.READ:
            store.fail_job(waiting[0], "not read", final=True)
        else:
            store.save_summary(waiting[0].job_id, 1, "Extractive.", ask_model=True)
    bench.start()
    assert settled(store).summary_kind is SummaryKind.GENERATED


def test_without_a_model_what_waited_for_one_is_done(bench: Bench) -> None:
    store = bench.lecture("algebra")
    store.save_summary(None, 1, "Extractive.", ask_model=True)
    settle(store, bench.box.recorder)
    assert JobKind.GENERATE not in {job.kind for job in store.jobs()}
    found = segment(store)
    assert (found.summary, found.summary_state) == ("Extractive.", TextState.DONE)


def test_the_segment_that_failed_waits_behind_the_others(bench: Bench) -> None:
    bench.model.answers = [SummaryFailed(TextState.MODEL_CRASHED, "it died")]
    bench.busy = True
    bench.start()
    stores = [bench.lecture(name) for name in ("algebra", "biology", "chemistry")]
    assert bench.summaries is not None
    until(lambda: bench.summaries is not None and bench.summaries.depth() == 3)
    order: list[str] = []
    bench.model.meanwhile = lambda: order.append(
        "".join("x" if segment(store).summary_kind is SummaryKind.GENERATED else "-" for store in stores)
    )
    bench.busy = False
    for store in stores:
        assert settled(store).summary_kind is SummaryKind.GENERATED
    assert order == ["---", "---", "-x-", "-xx"]


def test_the_model_is_asked_even_where_summing_up_anew_was_given_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.busy = True
    bench.start()
    store = bench.lecture("algebra")
    until(lambda: segment(store).summary_state is TextState.AWAITING_MODEL)

    def fail(*_: str) -> str:
        raise ValueError("these captions cannot be summed up")

    monkeypatch.setattr("hallscribed.pipeline.jobs.summarise", fail)
    store.put_cues([SAID])
    bench.jobs.wake(store.uid)
    bench.busy = False
    assert settled(store).summary_kind is SummaryKind.GENERATED
