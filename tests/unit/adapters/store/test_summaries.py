"""Summaries in a lecture's database, and lectures that were written before a language model could be asked."""

from __future__ import annotations

import json
import time
from pathlib import Path

import apsw
import pytest

from hallscribed.adapters.store.lecture import DATABASE, SqliteLectureStore
from hallscribed.adapters.store.schema import LECTURE_MIGRATIONS
from hallscribed.domain.event import SummaryKind, TextState
from hallscribed.domain.record import SegmentChanged
from hallscribed.domain.recording import JobKind


def earlier(folder: Path) -> Path:
    """A lecture as the schema's first version kept it: one segment, summed up, its record on the feed."""
    folder.mkdir()
    connection = apsw.Connection(str(folder / DATABASE))
    connection.execute(LECTURE_MIGRATIONS[0])
    connection.pragma("user_version", 1)
    connection.execute("INSERT INTO lecture VALUES (1, 'algebra', '01j', '', ?, NULL)", (time.time(),))
    connection.execute("INSERT INTO segments (number, position, start_s) VALUES (1, 1, 0.0)")
    connection.execute("INSERT INTO summaries VALUES (1, 'extractive', 'done', 'Limits are unique.')")
    connection.execute("INSERT INTO jobs (kind, segment, priority) VALUES ('read', 1, 10)")
    segment = {
        "number": 1,
        "start": 0.0,
        "end": 1.0,
        "title": "",
        "text": "",
        "text_state": "pending",
        "summary": "Limits are unique.",
        "summary_state": "done",
        "has_picture": False,
    }
    connection.execute(
        "INSERT INTO records (unix_s, kind, body) VALUES (0.0, 'SegmentChanged', ?)",
        (json.dumps({"segment": segment}),),
    )
    connection.close()
    return folder


def test_a_lecture_of_the_first_schema_is_read_and_written(tmp_path: Path) -> None:
    store = SqliteLectureStore(earlier(tmp_path / "algebra"), "fake")
    (segment,) = store.segments()
    assert (segment.summary, segment.summary_kind) == ("Limits are unique.", SummaryKind.EXTRACTIVE)
    assert (segment.summary_state, segment.summary_detail) == (TextState.DONE, "")
    record = store.record(1)
    assert isinstance(record, SegmentChanged)
    assert record.segment.summary_kind is SummaryKind.EXTRACTIVE
    (job,) = store.jobs()
    assert job.kind is JobKind.READ
    store.save_summary(None, 1, "Limits are unique.", ask_model=True)
    assert [job.kind for job in store.jobs()] == [JobKind.READ, JobKind.GENERATE]
    store.close()


def test_only_reading_and_summing_up_are_waited_for(tmp_path: Path) -> None:
    store = SqliteLectureStore(earlier(tmp_path / "algebra"), "fake")
    store.save_summary(None, 1, "Limits are unique.", ask_model=True)
    assert store.lecture().pending_jobs == 1
    store.fail_job(store.jobs()[0], "not read", final=True)
    assert store.lecture().pending_jobs == 0
    assert len(store.jobs()) == 1
    store.close()


def test_why_the_extractive_summary_stands_is_kept(tmp_path: Path) -> None:
    store = SqliteLectureStore(earlier(tmp_path / "algebra"), "fake")
    store.save_summary(None, 1, "Limits are unique.", ask_model=True)
    job = store.jobs()[-1]
    store.keep_summary(job, TextState.MODEL_TIMED_OUT, "too slow", again=True)
    assert [(job.kind, job.attempts) for job in store.jobs()][-1] == (JobKind.GENERATE, 1)
    store.keep_summary(job, TextState.MODEL_CRASHED, "died", again=False)
    assert JobKind.GENERATE not in {job.kind for job in store.jobs()}
    store.close()
    again = SqliteLectureStore(tmp_path / "algebra", "fake")
    (segment,) = again.segments()
    assert (segment.summary, segment.summary_state) == ("Limits are unique.", TextState.MODEL_CRASHED)
    assert segment.summary_detail == "died"
    again.close()


def test_asking_anew_counts_attempts_anew(tmp_path: Path) -> None:
    store = SqliteLectureStore(earlier(tmp_path / "algebra"), "fake")
    store.save_summary(None, 1, "Limits are unique.", ask_model=True)
    store.keep_summary(store.jobs()[-1], TextState.MODEL_TIMED_OUT, "too slow", again=True)
    store.save_summary(None, 1, "Limits are few.", ask_model=True)
    assert store.jobs()[-1].attempts == 0
    store.save_summary(None, 1, "Limits are few.")
    assert JobKind.GENERATE not in {job.kind for job in store.jobs()}
    store.close()


@pytest.mark.parametrize("text", ["Written by a model.", "Written twice."])
def test_the_models_summary_takes_the_place(tmp_path: Path, text: str) -> None:
    store = SqliteLectureStore(earlier(tmp_path / "algebra"), "fake")
    store.save_summary(None, 1, "Limits are unique.", ask_model=True)
    store.save_generated(store.jobs()[-1], text)
    (segment,) = store.segments()
    assert (segment.summary, segment.summary_kind, segment.summary_state) == (
        text,
        SummaryKind.GENERATED,
        TextState.DONE,
    )
    assert JobKind.GENERATE not in {job.kind for job in store.jobs()}
    store.close()
