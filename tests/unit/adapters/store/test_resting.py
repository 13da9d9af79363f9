"""Passages of lectures that are over: searched by an archive, and by the catalog's own rows where it has none."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hallscribed.adapters.index.archive import Archive
from hallscribed.adapters.index.merge import write_archive
from hallscribed.adapters.index.shelf import IndexShelf
from hallscribed.adapters.store import passage_rows
from hallscribed.adapters.store.corpus import CORPUS_MIGRATIONS, TEXT_ROUTES, SqliteCorpus
from hallscribed.adapters.store.database import Database, ForeignDatabase
from hallscribed.adapters.store.passage_rows import read_rows
from hallscribed.domain.embedding import EmbeddingSpace, Matrix, normalise
from hallscribed.domain.moment import Passage, Route
from hallscribed.domain.recording import SealedLecture

SPACE = EmbeddingSpace("words", 64, True, False)
SAID, WRITTEN = Route.SAID, Route.WRITTEN


def vectors_of(texts: Sequence[str]) -> Matrix:
    """Each text has a direction of its own."""
    directions = [np.random.default_rng(zlib.crc32(text.encode())).normal(size=SPACE.dimensions) for text in texts]
    return normalise(np.array(directions, np.float32).reshape(len(texts), SPACE.dimensions))


def put(corpus: SqliteCorpus, uid: str, texts: Sequence[str], route: Route = SAID, segment: int | None = None) -> None:
    passages = [Passage(uid, route, 60.0 * i, 60.0 * i + 8, segment or 0, text) for i, text in enumerate(texts)]
    corpus.replace(uid, route, segment, passages, vectors_of(texts))


class Library:
    """A catalog of three lectures of 40 passages each, said and written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = Database(folder / "catalog.db", CORPUS_MIGRATIONS)
        self.start()
        for uid in "abc":
            put(self.corpus, uid, [f"{uid} says {i}" for i in range(40)])
            put(self.corpus, uid, [f"{uid} writes {i}" for i in range(40)], WRITTEN, 1)
            self.corpus.rest(uid)

    def start(self, archive: Path | None = None) -> None:
        """Begin again with what lies in the catalog."""
        self.shelves = {route: IndexShelf(SPACE.dimensions) for route in TEXT_ROUTES}
        if archive is not None:
            self.shelves[SAID].serve_archive(Archive.open(archive, "s"))
        self.corpus = SqliteCorpus(self.database, SPACE, self.shelves)

    def write(self, lectures: list[SealedLecture] | None = None) -> Path:
        """An archive of what was said, as its worker writes it."""
        foreign = ForeignDatabase(self.database.path)
        try:
            return write_archive(
                self.folder / "archive",
                list(self.corpus.resting(SAID)) if lectures is None else lectures,
                "s",
                read=lambda each: read_rows(foreign, each.uid, SAID, SPACE.name, each.sha256),
            )
        finally:
            foreign.close()

    def archive(self) -> Path:
        """Write it and serve it."""
        folder = self.write()
        self.shelves[SAID].serve_archive(Archive.open(folder, "s"))
        return folder

    def best(self, text: str, uids: set[str] | None = None, route: Route = SAID) -> str:
        """The nearest passage to a text."""
        return self.corpus.dense(vectors_of([text])[0], route, uids, 1)[0].text


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = Library(tmp_path)
    yield library
    library.database.close()


def test_an_archive_answers_for_all_that_rests(library: Library) -> None:
    shelf = library.shelves[SAID]
    assert shelf.outside() == 120
    library.archive()
    assert (shelf.outside(), shelf.archived()) == (0, {"a": 40, "b": 40, "c": 40})
    for uids in (None, {"b"}, {"a", "b"}):
        assert library.best("b says 7", uids) == "b says 7"
    assert library.best("b writes 7", route=WRITTEN) == "b writes 7"
    assert library.corpus.outdated() == set()


def test_the_next_start_reads_no_vector_that_an_archive_holds(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, read = library.archive(), list[str]()
    real = passage_rows.whole_rows

    def told(database: Database, uid: str, route: Route, space: str) -> object:
        read.append(f"{uid} {route}")
        return real(database, uid, route, space)

    monkeypatch.setattr(passage_rows, "whole_rows", told)
    library.start(folder)
    assert sorted(read) == ["a written", "b written", "c written"]
    assert library.best("c says 3") == "c says 3"
    assert read[3:] == []
    assert library.best("c says 3", {"c"}) == "c says 3"
    assert read[3:] == ["c said"]
    assert library.corpus.outdated() == set()


def test_what_is_replaced_is_found_at_once_and_leaves_the_archive(library: Library) -> None:
    folder = library.archive()
    put(library.corpus, "b", ["entirely new", "b says 7"])
    for uids in (None, {"b"}):
        assert library.best("entirely new", uids) == "entirely new"
        found = library.corpus.dense(vectors_of(["b says 8"])[0], SAID, uids, 200)
        assert "b says 8" not in {hit.text for hit in found}
    assert library.shelves[SAID].archived() == {"a": 40, "c": 40}
    library.start(folder)
    assert library.best("entirely new") == "entirely new"
    assert library.shelves[SAID].archived() == {"a": 40, "c": 40}
    library.archive()
    assert library.shelves[SAID].archived() == {"a": 40, "b": 2, "c": 40}
    assert library.best("entirely new") == "entirely new"


def test_one_slide_read_again_replaces_its_own_passages_only(library: Library) -> None:
    put(library.corpus, "a", ["a second slide"], WRITTEN, 2)
    put(library.corpus, "a", ["the slide anew"], WRITTEN, 1)
    assert library.best("a second slide", route=WRITTEN) == "a second slide"
    assert library.best("the slide anew", {"a"}, WRITTEN) == "the slide anew"
    assert library.best("a writes 3", {"a"}, WRITTEN) != "a writes 3"
    put(library.corpus, "a", [], WRITTEN, 1)
    put(library.corpus, "a", [], WRITTEN, 2)
    assert library.corpus.dense(vectors_of(["a writes 3"])[0], WRITTEN, {"a"}, 5) == []


def test_what_is_forgotten_is_found_no_more(library: Library) -> None:
    library.archive()
    library.corpus.forget("b")
    found = library.corpus.dense(vectors_of(["b says 7"])[0], SAID, None, 200)
    assert {hit.lecture_uid for hit in found} == {"a", "c"}
    assert library.corpus.dense(vectors_of(["b says 7"])[0], SAID, {"b"}, 5) == []


def test_a_lecture_that_changes_while_the_archive_is_written_is_left_out(library: Library) -> None:
    lectures = list(library.corpus.resting(SAID))
    put(library.corpus, "c", ["changed meanwhile"])
    library.shelves[SAID].serve_archive(Archive.open(library.write(lectures), "s"))
    assert library.shelves[SAID].archived() == {"a": 40, "b": 40}
    assert library.best("changed meanwhile") == "changed meanwhile"


@pytest.mark.parametrize("change", ["replaced", "damaged"])
def test_one_that_changes_after_it_was_sampled_costs_the_others_nothing(library: Library, change: str) -> None:
    foreign, asked = ForeignDatabase(library.database.path), list[str]()

    def read(lecture: SealedLecture) -> tuple[NDArray[np.int64], Matrix]:
        asked.append(lecture.uid)
        if asked == ["a", "b", "c", "a"]:
            if change == "replaced":
                put(library.corpus, "b", ["changed meanwhile"])
            else:
                damage(library, "b says 7")
        return read_rows(foreign, lecture.uid, SAID, SPACE.name, lecture.sha256)

    folder = write_archive(library.folder / "archive", list(library.corpus.resting(SAID)), "s", read=read)
    library.shelves[SAID].serve_archive(Archive.open(folder, "s"))
    assert library.shelves[SAID].archived() == {"a": 40, "c": 40}
    assert library.best("c says 7") == "c says 7"
    foreign.close()


def damage(library: Library, text: str) -> None:
    with library.database.transaction() as connection:
        connection.execute("UPDATE passages SET vector = zeroblob(length(vector)) WHERE text = ?", (text,))


def test_a_damaged_vector_is_told_when_its_lecture_is_asked_for(library: Library) -> None:
    library.archive()
    damage(library, "b says 7")
    assert library.corpus.dense(vectors_of(["b says 9"])[0], SAID, {"b"}, 5) == []
    assert library.shelves[SAID].take_damaged() == {"b"}


def test_beside_a_damaged_vector_the_others_are_found(library: Library) -> None:
    damage(library, "b says 7")
    library.start()
    library.corpus.rest("b")
    assert library.best("b says 9", {"b"}) == "b says 9"
    assert library.best("b says 7", {"b"}) != "b says 7"
    assert library.corpus.outdated() == {"b"}
    assert {each.uid for each in library.corpus.resting(SAID)} == {"a", "c"}


def test_a_catalog_of_an_earlier_version_is_brought_up_to_date(tmp_path: Path) -> None:
    earlier = Database(tmp_path / "catalog.db", CORPUS_MIGRATIONS[:1])
    put(SqliteCorpus(earlier, SPACE), "a", ["as it was"])
    earlier.close()
    database = Database(tmp_path / "catalog.db", CORPUS_MIGRATIONS)
    corpus = SqliteCorpus(database, SPACE)
    assert corpus.dense(vectors_of(["as it was"])[0], SAID, None, 1)[0].text == "as it was"
    assert [each.uid for each in corpus.resting(SAID)] == ["a"]
    database.close()
