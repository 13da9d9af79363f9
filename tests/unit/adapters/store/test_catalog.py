from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from hallscribed.adapters.store.catalog import SqliteCatalog
from hallscribed.adapters.store.database import Database
from hallscribed.adapters.store.schema import CATALOG_SCHEMA
from hallscribed.domain.errors import DataDamaged, Exists, InvalidRequest, NotFound
from hallscribed.domain.lecture import LectureState
from hallscribed.domain.record import LectureChange, LectureChanged


def opened(data: Path) -> SqliteCatalog:
    return SqliteCatalog(data, Database(data / "catalog.db", (CATALOG_SCHEMA,)))


def recovered(data: Path) -> tuple[SqliteCatalog, list[str]]:
    catalog = opened(data)
    return catalog, catalog.recover(lambda _: None)


def test_a_lecture_outlives_its_catalog(tmp_path: Path) -> None:
    catalog = opened(tmp_path)
    uid = catalog.create("algebra", "Algebra I").uid
    epoch = catalog.epoch
    catalog.close()
    for file in tmp_path.glob("catalog.db*"):
        file.unlink()
    again, _ = recovered(tmp_path)
    assert again.open("algebra").uid == uid
    assert again.epoch != epoch
    assert again.late(again.open("algebra")) == 1
    again.close()


def test_an_id_is_taken_once_and_never_revives(tmp_path: Path) -> None:
    catalog = opened(tmp_path)
    first = catalog.create("algebra", "").uid
    with pytest.raises(Exists):
        catalog.create("algebra", "")
    catalog.delete("algebra")
    with pytest.raises(NotFound):
        catalog.open("algebra")
    assert not (tmp_path / "lectures" / "algebra").exists()
    assert catalog.create("algebra", "").uid != first
    catalog.close()


@pytest.mark.parametrize("hostile", ["../../etc", "", "a" * 64, "A", "a/b", "a\0b", "ä", ".", "-a", "a."])
def test_hostile_ids_touch_nothing(tmp_path: Path, hostile: str) -> None:
    catalog = opened(tmp_path)
    for method in (catalog.open, catalog.delete, lambda name: catalog.create(name, "")):
        with pytest.raises(InvalidRequest):
            method(hostile)
    assert list((tmp_path / "lectures").iterdir()) == []
    catalog.close()


def test_the_feed_tells_of_creation_and_deletion(tmp_path: Path) -> None:
    catalog = opened(tmp_path)
    catalog.create("algebra", "")
    (created,) = catalog.feed(0, 10)
    assert isinstance(created.record, LectureChanged)
    assert created.record.change is LectureChange.CREATED
    catalog.delete("algebra")
    (deleted,) = catalog.feed(created.sequence, 10)
    assert isinstance(deleted.record, LectureChanged)
    assert deleted.record.change is LectureChange.DELETED
    assert catalog.feed(0, 10) == [deleted], "the records of a deleted lecture go with it"
    assert catalog.last_sequence() == deleted.sequence
    catalog.close()


def test_a_damaged_lecture_is_told_and_the_others_are_served(tmp_path: Path) -> None:
    catalog = opened(tmp_path)
    catalog.create("broken", "")
    catalog.create("whole", "")
    catalog.close()
    (tmp_path / "lectures" / "broken" / "metadata.db").write_bytes(b"no database at all" * 300)
    again, told = recovered(tmp_path)
    assert any("broken" in line for line in told)
    with pytest.raises(DataDamaged, match="broken"):
        again.open("broken")
    assert again.open("whole").lecture().state is LectureState.OPEN
    states = {lecture.lecture_id: lecture.state for lecture in again.page("", 10)}
    assert states == {"broken": LectureState.DAMAGED, "whole": LectureState.OPEN}
    again.close()


def test_half_made_and_half_deleted_folders_are_cleaned(tmp_path: Path) -> None:
    catalog = opened(tmp_path)
    catalog.create("kept", "")
    catalog.close()
    (tmp_path / "lectures" / "half" / "pictures").mkdir(parents=True)
    (tmp_path / "lectures" / ".deleting-01abc").mkdir()
    again, told = recovered(tmp_path)
    assert sorted(folder.name for folder in (tmp_path / "lectures").iterdir()) == ["kept"]
    assert len(told) == 2
    again.close()


def test_a_later_schema_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "catalog.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(DataDamaged, match="later version"):
        opened(tmp_path)
