from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hallscribed.adapters.store.catalog import SqliteCatalog
from hallscribed.adapters.store.database import Database
from hallscribed.adapters.store.lecture import SqliteLectureStore
from hallscribed.adapters.store.schema import CATALOG_SCHEMA
from hallscribed.domain.frame import Acknowledgement, FrameRecord, Outcome
from hallscribed.domain.recording import FrameBatch, OpenedSegment, Reading
from support.files import open_files

FRAMES = 40


def lecture(folder: Path) -> SqliteLectureStore:
    """Forty seconds, every second another picture, two segments, the second from second 20 on."""
    SqliteLectureStore.create(folder, "algebra", "u1", "Algebra")
    store = SqliteLectureStore(folder, "fake")
    vectors = np.eye(FRAMES, dtype=np.float32)
    frames = [
        FrameRecord(Acknowledgement(number, 1, Outcome.KEPT), number / 3, None, 0.0, vectors[number - 1])
        for number in range(1, FRAMES + 1)
    ]
    opened = [OpenedSegment(1, 1, 1 / 3, None, None, None), OpenedSegment(2, 20, 20 / 3, None, None, None)]
    store.commit(FrameBatch(frames, opened, "fake"))
    store.save_reading(None, Reading(1, "First", "", {}, None, ""))
    return store


def asked(store: SqliteLectureStore) -> object:
    return store.span_of([1, 7, FRAMES, FRAMES + 1]), store.shown_at([0.0, 1 / 3, 6.6, 20 / 3, 99.0])


def test_a_finished_lecture_at_rest_answers_without_its_file(tmp_path: Path) -> None:
    store = lecture(tmp_path / "algebra")
    told = asked(store)
    assert told == (
        {1: (1 / 3, 1 / 3), 7: (7 / 3, 7 / 3), FRAMES: (FRAMES / 3, FRAMES / 3)},
        [(0, ""), (1, "First"), (1, "First"), (2, ""), (2, "")],
    )
    store.finish()
    store.rest()
    assert asked(store) == told
    assert open_files(tmp_path) == 0
    store.close()


def test_a_time_has_the_vector_of_the_last_picture_until_then(tmp_path: Path) -> None:
    store = lecture(tmp_path / "algebra")
    for time, number in ((0.0, 1), (7 / 3, 7), (7.4 / 3, 7), (99.0, FRAMES)):
        vector = store.vector_at(time)
        assert vector is not None
        assert vector.argmax() == number - 1
    store.close()


def test_no_other_vector_is_read_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plans: list[str] = []
    rows = Database.rows

    def explained(database: Database, sql: str, bindings: Any = ()) -> list[tuple[Any, ...]]:
        plans.extend(step[3] for step in rows(database, f"EXPLAIN QUERY PLAN {sql}", bindings))
        return rows(database, sql, bindings)

    store = lecture(tmp_path / "algebra")
    monkeypatch.setattr(Database, "rows", explained)
    store.vector_at(7 / 3)
    assert plans == ["SEARCH embeddings USING INDEX embeddings_by_time (start_s<?)"]
    store.close()


def test_what_is_read_later_is_answered_then(tmp_path: Path) -> None:
    store = lecture(tmp_path / "algebra")
    store.finish()
    assert store.shown_at([10.0]) == [(2, "")]
    store.save_reading(None, Reading(2, "Second", "", {}, None, ""))
    store.rest()
    assert store.shown_at([10.0]) == [(2, "Second")]
    store.close()


def test_an_open_lecture_answers_what_it_has_just_taken_in(tmp_path: Path) -> None:
    store = lecture(tmp_path / "algebra")
    store.rest()
    later = FrameRecord(Acknowledgement(FRAMES + 1, 1, Outcome.REUSED), 20.0, None, 0.0, None)
    store.commit(FrameBatch([later], [OpenedSegment(3, FRAMES + 1, 20.0, None, None, None)], "fake"))
    assert store.span_of([FRAMES]) == {FRAMES: (FRAMES / 3, 20.0)}
    assert store.shown_at([20.0]) == [(3, "")]
    store.close()


def test_an_open_lecture_is_not_read_whole_for_a_title(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = lecture(tmp_path / "algebra")
    asked_for: list[str] = []
    rows = Database.rows

    def noted(self: Database, sql: str, bindings: Any = ()) -> list[tuple[Any, ...]]:
        asked_for.append(sql)
        return rows(self, sql, bindings)

    monkeypatch.setattr(Database, "rows", noted)
    assert store.shown_at([1.0]) == [(1, "First")]
    assert not [sql for sql in asked_for if "embeddings" in sql]
    store.close()


def test_of_many_lectures_found_again_no_file_stays_open(tmp_path: Path) -> None:
    first = SqliteCatalog(tmp_path, Database(tmp_path / "catalog.db", (CATALOG_SCHEMA,)), "fake")
    for number in range(40):
        first.create(f"lecture-{number}", "").finish()
    assert open_files(tmp_path / "lectures") <= 32 * 5
    first.close()
    again = SqliteCatalog(tmp_path, Database(tmp_path / "catalog.db", (CATALOG_SCHEMA,)), "fake")
    again.recover(lambda _: None)
    assert [store.shown_at([0.0]) for store in again.stores()] == 40 * [[(0, "")]]
    assert open_files(tmp_path / "lectures") == 0
    again.close()


def test_what_changes_nothing_leaves_what_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = lecture(tmp_path / "algebra")
    store.finish()
    assert store.shown_at([10.0]) == [(2, "")]
    with store.held():
        pass
    monkeypatch.setattr("hallscribed.adapters.store.lecture.Outline", None)
    assert store.shown_at([10.0]) == [(2, "")]
    store.close()
