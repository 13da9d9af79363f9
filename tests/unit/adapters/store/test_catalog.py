from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import apsw
import pytest

from hallscribed.adapters.store.catalog import SqliteCatalog
from hallscribed.adapters.store.database import Database
from hallscribed.adapters.store.lecture import SqliteLectureStore
from hallscribed.adapters.store.schema import CATALOG_SCHEMA
from hallscribed.domain.errors import DataDamaged, Exhausted, Exists, InvalidRequest, NotFound, Reason, Unavailable
from hallscribed.domain.lecture import Cue, Lecture, LectureState
from hallscribed.domain.record import LectureChange, LectureChanged


def opened(data: Path) -> SqliteCatalog:
    return SqliteCatalog(data, Database(data / "catalog.db", (CATALOG_SCHEMA,)), "fake")


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


def test_a_creation_that_was_cut_off_leaves_its_id_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    catalog = opened(tmp_path)
    for part in ("hallscribed.adapters.store.lecture.write_durably", "hallscribed.adapters.store.lecture._record"):
        with monkeypatch.context() as patched, pytest.raises(Killed):
            patched.setattr(part, killed)
            catalog.create("algebra", "")
    catalog.close()
    again, told = recovered(tmp_path)
    assert told == ["removed a lecture whose creation was never acknowledged"] * 2
    assert list((tmp_path / "lectures").iterdir()) == []
    assert again.create("algebra", "").lecture_id == "algebra"
    again.close()


def test_a_lecture_that_another_process_holds_at_the_start_is_not_taken_for_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = opened(tmp_path)
    catalog.create("algebra", "")
    catalog.close()

    def held(_: SqliteLectureStore) -> list[str]:
        raise Unavailable(Reason.STORAGE_BUSY, "another process holds it") from apsw.BusyError("locked")

    again = opened(tmp_path)
    with monkeypatch.context() as patched, pytest.raises(Unavailable):
        patched.setattr(SqliteLectureStore, "repair", held)
        again.recover(lambda _: None)
    again.close()
    again, _ = recovered(tmp_path)
    assert again.open("algebra").lecture_id == "algebra"
    again.close()


def test_a_list_has_as_many_as_there_are_while_one_is_deleted(tmp_path: Path) -> None:
    catalog = opened(tmp_path)
    uids = [catalog.create(name, "").uid for name in "abcdef"]
    half_deleted = catalog._stores.pop(uids[1])
    assert [each.uid for each in catalog.page("", 3)] == [uids[0], uids[2], uids[3]]
    half_deleted.close()
    catalog.close()


def test_lectures_are_listed_while_the_disk_takes_no_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalog = opened(tmp_path)
    catalog.create("algebra", "").finish()

    def full(_: Database) -> None:
        raise Exhausted(Reason.STORAGE_FULL, "the disk is full")

    monkeypatch.setattr(Database, "transaction", full)
    assert [each.state for each in catalog.page("", 3)] == [LectureState.FINISHED]
    monkeypatch.undo()
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
    (tmp_path / "lectures" / ".new-01abc" / "pictures").mkdir(parents=True)
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


def test_followers_get_past_a_lecture_that_cannot_be_read(tmp_path: Path) -> None:
    catalog = opened(tmp_path)
    broken = catalog.create("broken", "")
    for _ in range(30):
        broken.put_cues([])
    catalog.publish(broken)
    whole = catalog.create("whole", "").uid
    catalog.close()
    (tmp_path / "lectures" / "broken" / "metadata.db").write_bytes(b"no database at all" * 300)
    again, _ = recovered(tmp_path)
    assert [record.uid for record in again.feed(0, 10)] == [whole]
    again.close()


def test_from_a_time_on_nothing_is_left_out(tmp_path: Path) -> None:
    """A rebuilt feed is in the order of lectures, not of time."""
    catalog = opened(tmp_path)
    older = catalog.create("older", "")
    newer = catalog.create("an-older-name", "")
    catalog.close()
    for file in tmp_path.glob("catalog.db*"):
        file.unlink()
    again, _ = recovered(tmp_path)
    for name in ("an-older-name", "older"):
        again.publish(again.open(name))
    first, second = again.feed(0, 10)
    assert (first.uid, second.uid) == (newer.uid, older.uid)
    told = [record.uid for record in again.feed(again.sequence_at(first.time), 10)]
    assert newer.uid in told
    assert again.feed(again.sequence_at(first.time + 1), 10) == []
    again.close()


def test_a_deletion_that_was_cut_short_is_finished(tmp_path: Path) -> None:
    catalog = opened(tmp_path)
    uid = catalog.create("algebra", "").uid
    last = catalog.last_sequence()
    catalog.close()
    lectures = tmp_path / "lectures"
    (lectures / "algebra").rename(lectures / f".deleting-{uid}")
    again, told = recovered(tmp_path)
    assert len(told) == 1
    assert again.page("", 10) == []
    (deleted,) = again.feed(last, 10)
    assert isinstance(deleted.record, LectureChanged)
    assert (deleted.uid, deleted.record.change) == (uid, LectureChange.DELETED)
    assert again.create("algebra", "").uid != uid
    again.close()


def test_a_deletion_that_finds_the_disk_full_makes_room_and_is_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = opened(tmp_path)
    uid = catalog.create("algebra", "").uid
    (tmp_path / "lectures/algebra/pictures/001.jpg").write_bytes(bytes(1 << 20))
    last = catalog.last_sequence()

    def full(_: Lecture) -> None:
        held = sum(file.stat().st_size for file in (tmp_path / "lectures").rglob("*") if file.is_file())
        raise Exhausted(Reason.STORAGE_FULL, f"the disk is full, with {held} bytes of lectures")

    with monkeypatch.context() as patched:
        patched.setattr(catalog, "_forget", full)
        with pytest.raises(Exhausted, match="with 0 bytes"):
            catalog.delete("algebra")
    assert catalog.page("", 10) == []
    assert catalog.delete("algebra").uid == uid
    (deleted,) = catalog.feed(last, 10)
    assert isinstance(deleted.record, LectureChanged)
    assert deleted.record.change is LectureChange.DELETED
    assert list((tmp_path / "lectures").iterdir()) == []
    with pytest.raises(NotFound):
        catalog.delete("algebra")
    catalog.close()


def test_a_start_writes_nothing_where_all_is_as_it_was(tmp_path: Path) -> None:
    catalog = opened(tmp_path)
    catalog.create("algebra", "")
    catalog.close()
    database = Database(tmp_path / "catalog.db", (CATALOG_SCHEMA,))
    again = SqliteCatalog(tmp_path, database, "test")
    commits = database.commits
    assert again.recover(lambda _: None) == []
    assert database.commits == commits
    again.close()


def test_others_are_listed_while_a_lecture_is_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalog = opened(tmp_path)
    catalog.create("algebra", "")
    catalog.create("biology", "")
    meanwhile: list[object] = []
    forget = catalog._forget

    def look_and_forget(lecture: Lecture) -> None:
        meanwhile.extend(listed.lecture_id for listed in catalog.page("", 10))
        with pytest.raises(NotFound):
            catalog.open("algebra")
        forget(lecture)

    monkeypatch.setattr(catalog, "_forget", look_and_forget)
    catalog.delete("algebra")
    assert meanwhile == ["biology"]
    catalog.close()


def test_a_lecture_that_was_not_created_may_be_created_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalog = opened(tmp_path)

    def full(*_: object) -> int:
        raise Exhausted(Reason.STORAGE_FULL, "the disk is full")

    with monkeypatch.context() as crowded:
        crowded.setattr(SqliteCatalog, "_enter", full)
        with pytest.raises(Exhausted):
            catalog.create("algebra", "")
    assert list((tmp_path / "lectures").iterdir()) == []
    assert catalog.create("algebra", "").lecture().state is LectureState.OPEN
    catalog.close()


def test_a_folder_that_lies_there_already_is_left_alone(tmp_path: Path) -> None:
    catalog = opened(tmp_path)
    restored = tmp_path / "lectures" / "algebra" / "metadata.db"
    restored.parent.mkdir()
    restored.write_bytes(b"restored while the daemon runs")
    with pytest.raises(Exists, match="algebra"):
        catalog.create("algebra", "")
    assert restored.read_bytes() == b"restored while the daemon runs"
    catalog.close()


def test_an_empty_pictures_folder_may_be_lost_in_a_backup(tmp_path: Path) -> None:
    catalog = opened(tmp_path)
    catalog.create("algebra", "")
    catalog.close()
    (tmp_path / "lectures" / "algebra" / "pictures").rmdir()
    (tmp_path / "lectures" / "notes.txt").write_text("not ours")
    again, _ = recovered(tmp_path)
    assert again.open("algebra").lecture().state is LectureState.OPEN
    assert (tmp_path / "lectures" / "notes.txt").read_text() == "not ours"
    again.close()


def test_what_is_whole_again_is_indexed_again(tmp_path: Path) -> None:
    catalog = opened(tmp_path)
    catalog.create("algebra", "")
    catalog.close()
    folder = tmp_path / "lectures" / "algebra"
    folder.rename(tmp_path / "elsewhere")
    damaged, _ = recovered(tmp_path)
    assert [lecture.state for lecture in damaged.page("", 10)] == [LectureState.DAMAGED]
    damaged.close()
    (tmp_path / "elsewhere").rename(folder)
    again, _ = recovered(tmp_path)
    assert again.late(again.open("algebra")) > 0
    again.close()


def test_a_lecture_without_its_config_file_is_still_a_lecture(tmp_path: Path) -> None:
    catalog = opened(tmp_path)
    uid = catalog.create("algebra", "").uid
    catalog.close()
    for file in (*tmp_path.glob("catalog.db*"), tmp_path / "lectures" / "algebra" / "config.json"):
        file.unlink()
    again, _ = recovered(tmp_path)
    assert again.open("algebra").uid == uid
    again.close()


def test_a_folder_of_another_lecture_is_told_and_keeps_nobody_from_starting(tmp_path: Path) -> None:
    catalog = opened(tmp_path)
    catalog.create("algebra", "")
    catalog.create("whole", "")
    catalog.close()
    lectures = tmp_path / "lectures"
    (lectures / "algebra").rename(lectures / "algebra-old")
    catalog, told = recovered(tmp_path)
    assert any("algebra-old holds lecture algebra" in line for line in told)
    with pytest.raises(DataDamaged, match="give it that name again"):
        catalog.open("algebra-old")
    catalog.delete("algebra")
    catalog.create("algebra", "another")
    catalog.close()
    catalog, _ = recovered(tmp_path)
    assert catalog.open("algebra").lecture().title == "another"
    assert catalog.open("whole").lecture().state is LectureState.OPEN
    catalog.close()
    assert (lectures / "algebra-old" / "metadata.db").is_file()


def test_a_renamed_folder_is_served_again_under_its_name(tmp_path: Path) -> None:
    catalog = opened(tmp_path)
    uid = catalog.create("algebra", "").uid
    catalog.close()
    lectures = tmp_path / "lectures"
    (lectures / "algebra").rename(lectures / "old")
    recovered(tmp_path)[0].close()
    (lectures / "old").rename(lectures / "algebra")
    catalog, _ = recovered(tmp_path)
    assert catalog.open("algebra").uid == uid
    catalog.close()


def test_folders_that_are_no_lectures_are_left_alone(tmp_path: Path) -> None:
    opened(tmp_path).close()
    lectures = tmp_path / "lectures"
    (lectures / ".new-01abc" / "pictures").mkdir(parents=True)
    (lectures / ".new-01abc" / "metadata.db-journal").write_bytes(b"")
    (lectures / "lost+found").mkdir()
    (lectures / ".deleting-note").write_text("a file is no lecture")
    (lectures / "restoring" / "pictures").mkdir(parents=True)
    (lectures / "restoring" / "embeddings.npy").write_bytes(b"not to be lost")
    catalog, told = recovered(tmp_path)
    catalog.close()
    assert {each.name for each in lectures.iterdir()} == {"lost+found", "restoring", ".deleting-note"}
    assert (lectures / "restoring" / "embeddings.npy").read_bytes() == b"not to be lost"
    assert "removed a lecture whose creation was never acknowledged" in told
    assert any("restoring" in line and "metadata.db is missing" in line for line in told)


def test_a_lecture_that_was_put_back_from_a_backup_is_told_and_indexed_anew(tmp_path: Path) -> None:
    catalog = opened(tmp_path)
    store = catalog.create("algebra", "")
    catalog.close()
    shutil.copytree(tmp_path / "lectures" / "algebra", tmp_path / "backup")
    catalog, _ = recovered(tmp_path)
    store = catalog.open("algebra")
    store.put_cues([Cue(0.0, 1.0, "later words")])
    catalog.publish(store)
    catalog.close()
    shutil.rmtree(tmp_path / "lectures" / "algebra")
    shutil.copytree(tmp_path / "backup", tmp_path / "lectures" / "algebra")
    catalog, told = recovered(tmp_path)
    store = catalog.open("algebra")
    assert any("older than what was known" in line for line in told)
    assert catalog.late(store), "what was derived of it is of the later state"
    before = catalog.last_sequence()
    store.finish()
    catalog.publish(store)
    kinds = [type(each.record) for each in catalog.feed(before, 10)]
    assert kinds == [LectureChanged, LectureChanged], "created and finished"
    catalog.close()


def test_a_lecture_that_is_damaged_meanwhile_can_be_listed_and_deleted(tmp_path: Path) -> None:
    catalog = opened(tmp_path)
    catalog.create("bad", "")
    catalog.create("good", "")
    for name in ("bad", "good"):
        catalog.publish(catalog.open(name))
    store = catalog.open("bad")
    store.rest()
    file = store.folder / "metadata.db"
    raw = file.read_bytes()
    file.write_bytes(raw[:4096] + b"\xee" * (len(raw) - 4096))
    states = {lecture.lecture_id: lecture.state for lecture in catalog.page("", 10)}
    assert states == {"bad": LectureState.DAMAGED, "good": LectureState.OPEN}
    assert [each.lecture_id for each in catalog.feed(0, 10)] == ["good"]
    catalog.delete("bad")
    assert not store.folder.exists()
    catalog.close()
