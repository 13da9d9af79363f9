"""When the archive is written, and what is mended on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import pytest

from hallscribed.adapters.store.derived import FolderFiles
from hallscribed.domain.errors import Exhausted, Reason
from hallscribed.domain.frame import EncodedFrame
from hallscribed.domain.recording import SealedLecture
from hallscribed.pipeline.archiving import Archiving, Part, sealed_lectures
from hallscribed.pipeline.maintenance import INDEX, Sealing
from hallscribed.ports import LectureStore
from support.box import Box
from support.fakes import jpeg, slide


class FakeArchive:
    """Remembers what it was asked to write."""

    def __init__(self) -> None:
        self.held: dict[str, int] = {}
        self.out, self.all = 0, 0
        self.damaged: set[str] = set()
        self.built: list[list[SealedLecture]] = []
        self.dropped = 0

    def archived(self) -> Mapping[str, int]:
        return self.held

    def rows(self) -> int:
        return self.all

    def outside(self) -> int:
        return self.out

    def take_damaged(self) -> set[str]:
        damaged, self.damaged = self.damaged, set()
        return damaged

    def build(self, lectures: Sequence[SealedLecture]) -> None:
        self.built.append(list(lectures))

    def drop(self) -> None:
        self.dropped += 1

    def stop(self) -> None:
        pass


class Bench:
    """A box with two sealed lectures of two pictures and one that is open."""

    def __init__(self, data: Path) -> None:
        self.box = Box(data)
        self.sealing = Sealing(self.box.projection, self.box.visual, FolderFiles())
        self.stores = [self.box.catalog.create(name, "") for name in ("algebra", "botany", "chemistry")]
        for store in self.stores:
            path = self.box.frame_path(store)
            for number in (1, 2):
                path.take(EncodedFrame(number, float(number), jpeg(slide(number))))
            path.finish()
        for store in self.stores[:2]:
            store.finish()
            self.sealing.seal(store)
        self.archive = FakeArchive()
        self.busy = False
        self.mended: list[str] = []
        self.asked_bytes: list[int] = []

    def archiving(self, from_rows: int = 4) -> Archiving:
        lectures = partial(sealed_lectures, self.box.catalog, self.box.projection.space.name)
        return Archiving(
            self.box.catalog,
            [Part(self.archive, lectures, lambda store: self.mended.append(self.sealing.rebuild(store)))],
            lambda: self.busy,
            self.asked_bytes.append,
            self.box.meter,
            from_rows=from_rows,
        )


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_it_takes_up_what_is_sealed_once_there_is_enough(bench: Bench) -> None:
    bench.archive.out = 3
    assert not bench.archiving().look()
    bench.archive.out = 4
    assert bench.archiving().look()
    (built,) = bench.archive.built
    assert [(each.uid, each.path, each.rows) for each in built] == [
        (store.uid, store.folder / INDEX, 2) for store in bench.stores[:2]
    ]
    assert all(each.sha256 == store.derived(INDEX).sha256 for each, store in zip(built, bench.stores, strict=False))  # type: ignore[union-attr]
    assert bench.asked_bytes == [4 * 1600]


def test_it_waits_while_there_is_something_better_to_do(bench: Bench) -> None:
    bench.archive.out, bench.busy = 4, True
    assert not bench.archiving().look()
    bench.busy = False
    assert bench.archiving().look()


def test_a_large_archive_is_not_written_for_a_few_rows_more(bench: Bench) -> None:
    bench.archive.held, bench.archive.all, bench.archive.out = {"x": 4000}, 4000, 99
    assert not bench.archiving().look()
    bench.archive.out = 100
    assert bench.archiving().look()


def test_nothing_of_a_lecture_that_is_gone_stays_in_it_for_more_than_a_day(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr("hallscribed.pipeline.archiving.time.monotonic", lambda: now[0])
    archiving = bench.archiving()
    bench.archive.held, bench.archive.all = {"x": 4000}, 4000
    assert not archiving.look()
    bench.archive.held = {"x": 3999}
    assert archiving.look()
    assert not archiving.look()
    now[0] += 24 * 3600
    assert archiving.look()


def test_it_goes_with_the_last_lecture(bench: Bench) -> None:
    for store in bench.stores:
        bench.box.lectures.delete(store.lecture_id)
    bench.archive.held, bench.archive.all = {}, 4
    assert bench.archiving().look()
    assert (bench.archive.built, bench.archive.dropped) == ([], 1)


def test_nothing_is_begun_on_a_disk_that_is_too_full(bench: Bench) -> None:
    def full(_: int) -> None:
        raise Exhausted(Reason.STORAGE_FULL, "full")

    bench.archive.out = 4
    archiving = bench.archiving()
    archiving._check_space = full
    with pytest.raises(Exhausted):
        archiving.look()
    assert not bench.archive.built


def test_a_damaged_file_is_written_again_and_the_old_one_put_aside(bench: Bench) -> None:
    store = bench.stores[0]
    whole = (store.folder / INDEX).read_bytes()
    (store.folder / INDEX).write_bytes(b"damaged")
    bench.archive.damaged = {store.uid, "deleted since"}
    assert not bench.archiving().look()
    assert (store.folder / INDEX).read_bytes() == whole
    assert len(bench.mended) == 1
    assert [each.read_bytes() for each in (store.folder / "quarantine").glob(f"*{INDEX}")] == [b"damaged"]


def test_each_archive_is_looked_at_by_itself(bench: Bench) -> None:
    said, written = FakeArchive(), FakeArchive()
    lecture = SealedLecture("a", Path("catalog.db"), "0" * 64, 5)
    mended: list[LectureStore] = []
    parts = [Part(each, lambda: [lecture], mended.append) for each in (said, written)]
    archiving = Archiving(bench.box.catalog, parts, lambda: False, lambda _: None, bench.box.meter, from_rows=4)
    written.out, said.damaged = 4, {bench.stores[0].uid}
    assert archiving.look()
    assert (said.built, written.built, mended) == ([], [[lecture]], [bench.stores[0]])


def test_the_trouble_of_one_archive_is_no_others(bench: Bench) -> None:
    class Failing(FakeArchive):
        def build(self, lectures: Sequence[SealedLecture]) -> None:
            raise RuntimeError("the archive could not be written")

    failing, other = Failing(), FakeArchive()
    lecture = SealedLecture("a", Path("catalog.db"), "0" * 64, 5)
    failing.out = other.out = 4
    parts = [Part(each, lambda: [lecture], lambda _: None) for each in (failing, other)]
    archiving = Archiving(bench.box.catalog, parts, lambda: False, lambda _: None, bench.box.meter, from_rows=4)
    with pytest.raises(RuntimeError, match="could not be written"):
        archiving.look()
    assert other.built == [[lecture]]


def test_what_could_not_be_mended_is_tried_again(bench: Bench) -> None:
    full, mended = [True], list[LectureStore]()

    def mend(store: LectureStore) -> None:
        if full[0]:
            raise Exhausted(Reason.STORAGE_FULL, "full")
        mended.append(store)

    bench.archive.damaged = {store.uid for store in bench.stores[:2]}
    archiving = Archiving(
        bench.box.catalog, [Part(bench.archive, list, mend)], lambda: False, lambda _: None, bench.box.meter
    )
    with pytest.raises(Exhausted):
        archiving.look()
    full[0] = False
    archiving.look()
    archiving.look()
    assert mended == bench.stores[:2]
