"""What was said and written on the whole box, made searchable by words and by meaning.

The passages, their words' index and their vectors are rows of the box's catalog, derived from the lectures and
complete without them: a restart embeds nothing again, and reads vectors only of lectures that no archive holds.

A spoken passage is short. Both its words and its vector are therefore seen together with its neighbours': the words
in a second column, the vector as the mean of its own and its neighbourhood's, which finds as well as embedding the
neighbourhood's text does and costs nothing (docs/search.md).
"""

from __future__ import annotations

import json
import logging
import threading
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from hallscribed.adapters.index.shelf import IndexShelf
from hallscribed.adapters.store.database import Database
from hallscribed.adapters.store.passage_rows import PassageRows, digest, whole_rows
from hallscribed.adapters.store.words import WordIndex, quoted_words
from hallscribed.domain.embedding import EmbeddingSpace, Matrix, Vector, normalise
from hallscribed.domain.errors import DataDamaged
from hallscribed.domain.moment import Hit, Passage, Route
from hallscribed.domain.recording import SealedLecture
from hallscribed.pipeline.passages import neighbours

Halves = NDArray[np.float16]

# Spoken and written passages differ in length and wording, so each route has word statistics of its own.
# AUTOINCREMENT: an id is never used again, so a stale one in an index can only miss.
CORPUS_MIGRATIONS = (
    """
    CREATE TABLE passages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        uid TEXT NOT NULL, route TEXT NOT NULL, segment INTEGER NOT NULL,
        start_s REAL NOT NULL, end_s REAL NOT NULL, text TEXT NOT NULL, context TEXT NOT NULL,
        space TEXT NOT NULL, vector BLOB NOT NULL, crc32 INTEGER NOT NULL   -- float16, little-endian
    ) STRICT;
    CREATE INDEX passages_by_lecture ON passages (uid, route, segment);
    CREATE VIRTUAL TABLE words_said USING fts5
        (text, context, content = 'passages', content_rowid = 'id', tokenize = 'porter unicode61 remove_diacritics 2');
    CREATE VIRTUAL TABLE words_written USING fts5
        (text, context, content = 'passages', content_rowid = 'id', tokenize = 'porter unicode61 remove_diacritics 2');
    INSERT INTO words_said (words_said, rank) VALUES ('secure-delete', 1);
    INSERT INTO words_written (words_written, rank) VALUES ('secure-delete', 1);
    """,
    # What tells a lecture's passages of one space is in the index itself: the rows are long and seldom needed.
    """
    DROP INDEX passages_by_lecture;
    CREATE INDEX passages_by_lecture ON passages (uid, route, space, segment);
    """,
)

TEXT_ROUTES = (Route.SAID, Route.WRITTEN)
log = logging.getLogger(__name__)


class SqliteCorpus:
    """Behind ports.Corpus; threads may share it.

    Args:
        database: the box's catalog, opened with CORPUS_MIGRATIONS among its migrations.
        space: of the passages' vectors. Passages of another space are found by their words only: see ``outdated``.
        shelves: an empty one for each of TEXT_ROUTES, which may serve an archive; None to make them.
    """

    def __init__(
        self, database: Database, space: EmbeddingSpace, shelves: Mapping[Route, IndexShelf] | None = None
    ) -> None:
        self._database = database
        self._space = space
        self._writing = threading.Lock()
        self._shelves = shelves or {route: IndexShelf(space.dimensions) for route in TEXT_ROUTES}
        self._words = {route: WordIndex(database, route) for route in TEXT_ROUTES}
        for uid, route in self._database.rows("SELECT DISTINCT uid, route FROM passages"):
            self._put_to_rest(uid, Route(route))

    def _put_to_rest(self, uid: str, route: Route) -> None:
        """Search a lecture's passages as the catalog has them; without those that are damaged there, which it tells."""
        shelf, rows = self._shelves[route], self._rows(uid, route)
        try:
            if rows is None:
                shelf.forget(uid)
            else:
                shelf.put_to_rest(uid, rows)
        except DataDamaged as error:
            log.warning("%s; the others are found as before", error.message)
            shelf.forget(uid)
            ids, vectors, _ = whole_rows(self._database, uid, route, self._space.name)
            if len(ids):
                shelf.add(uid, ids, vectors)

    def _rows(self, uid: str, route: Route) -> PassageRows | None:
        """A lecture's passages as they are now; None without any."""
        ids = self._database.rows(
            "SELECT id FROM passages WHERE uid = ? AND route = ? AND space = ? ORDER BY id",
            (uid, route.value, self._space.name),
        )
        if not ids:
            return None
        sha256 = digest(number for (number,) in ids)
        return PassageRows(self._database, uid, route, self._space.name, self._space.dimensions, sha256)

    def rest(self, lecture_uid: str) -> None:
        """A lecture is over and worked through: it may be searched by an archive from now on."""
        with self._writing:
            for route, shelf in self._shelves.items():
                if not shelf.rests(lecture_uid):
                    self._put_to_rest(lecture_uid, route)

    def resting(self, route: Route) -> Iterator[SealedLecture]:
        """The lectures of which passages of a route rest, for an archive's writer."""
        shelf = self._shelves[route]
        for uid, rows in shelf.resting().items():
            yield SealedLecture(uid, rows.path, rows.sha256, shelf.rows(uid))

    def lectures(self) -> set[str]:
        """uids of the lectures that have passages."""
        return {row[0] for row in self._database.rows("SELECT DISTINCT uid FROM passages")}

    def outdated(self) -> set[str]:
        """uids of lectures with passages whose vectors are damaged or of another space: embed them again."""
        counts = self._database.rows("SELECT uid, route, count(*) FROM passages GROUP BY uid, route")
        return {uid for uid, route, count in counts if self._shelves[Route(route)].rows(uid) != count}

    def replace(
        self, lecture_uid: str, route: Route, segment: int | None, passages: Sequence[Passage], vectors: Matrix
    ) -> None:
        """Replace a lecture's passages of a route, or of one segment of it; searchable when it returns.

        Args:
            passages: the new ones; none removes the old.
            vectors: L2-normalised float32 (N, D), of the corpus's space.

        Raises:
            ValueError: the vectors do not fit the passages or the space, or hold NaN; nothing was changed.
        """
        halves = np.ascontiguousarray(vectors, dtype="<f2")
        if halves.shape != (len(passages), self._space.dimensions) or not np.isfinite(halves).all():
            raise ValueError(
                f"{len(passages)} passages need finite vectors of shape ({len(passages)}, {self._space.dimensions})"
            )
        contexts = [passage.text for passage in passages]
        if route is Route.SAID:
            contexts, halves = _in_context(passages, halves.astype(np.float32))
        with self._writing:
            with self._database.transaction():
                gone = self._delete(lecture_uid, route, segment)
                ids = [self._insert(*row) for row in zip(passages, contexts, halves, strict=True)]
            shelf = self._shelves[route]
            if shelf.rests(lecture_uid):
                self._put_to_rest(lecture_uid, route)
            else:
                shelf.add(lecture_uid, ids, halves.astype(np.float32))
                shelf.remove(lecture_uid, gone)

    def forget(self, lecture_uid: str) -> None:
        """Remove all of a lecture's passages."""
        with self._writing:
            with self._database.transaction():
                for route in TEXT_ROUTES:
                    self._delete(lecture_uid, route, None)
            for shelf in self._shelves.values():
                shelf.forget(lecture_uid)

    def _delete(self, uid: str, route: Route, segment: int | None) -> list[int]:
        bindings: tuple[str | int, ...]
        where, bindings = "uid = ? AND route = ?", (uid, route.value)
        if segment is not None:
            where, bindings = f"{where} AND segment = ?", (*bindings, segment)
        with self._database.transaction() as connection:
            rows = connection.execute(f"SELECT id, text, context FROM passages WHERE {where}", bindings).fetchall()
            words = f"words_{route.value}"
            connection.executemany(
                f"INSERT INTO {words} ({words}, rowid, text, context) VALUES ('delete', ?, ?, ?)", rows
            )
            connection.execute(f"DELETE FROM passages WHERE {where}", bindings)
        return [int(row[0]) for row in rows if isinstance(row[0], int)]

    def _insert(self, passage: Passage, context: str, half: Halves) -> int:
        vector = half.tobytes()
        words = f"words_{passage.route.value}"
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO passages (uid, route, segment, start_s, end_s, text, context, space, vector, crc32)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    passage.lecture_uid,
                    passage.route.value,
                    passage.segment,
                    passage.start,
                    passage.end,
                    passage.text,
                    context,
                    self._space.name,
                    vector,
                    zlib.crc32(vector),
                ),
            )
            number = connection.last_insert_rowid()
            connection.execute(
                f"INSERT INTO {words} (rowid, text, context) VALUES (?, ?, ?)", (number, passage.text, context)
            )
            return number

    def full_text(self, query: str, route: Route, lecture_uids: Collection[str] | None, k: int) -> list[Hit]:
        """The best passages by words (Okapi BM25, any word may match); None searches every lecture.

        Where very many match, those without any of the query's rarer words are passed over: see words.WordIndex.
        """
        if route not in self._words:
            return []
        return [
            Hit(uid, route, "full_text", rank, score, start, end, text)
            for rank, (uid, start, end, text, score) in enumerate(
                self._words[route].best(quoted_words(query), lecture_uids, k), 1
            )
        ]

    def dense(self, query: Vector, route: Route, lecture_uids: Collection[str] | None, k: int) -> list[Hit]:
        """The best passages by meaning (cosine); None searches every lecture."""
        if route not in self._shelves:
            return []
        near = self._shelves[route].search(query, lecture_uids, k)
        passages = self._passages(neighbour.id for _, neighbour in near)
        hits: list[Hit] = []
        for uid, neighbour in near:
            if neighbour.id in passages:  # else replaced since
                start, end, text = passages[neighbour.id]
                hits.append(Hit(uid, route, "dense", len(hits) + 1, neighbour.score, start, end, text))
        return hits

    def _passages(self, ids: Iterable[int]) -> dict[int, tuple[float, float, str]]:
        rows = self._database.rows(
            "SELECT id, start_s, end_s, text FROM passages WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(ids)),),
        )
        return {number: (start, end, text) for number, start, end, text in rows}


def _in_context(passages: Sequence[Passage], vectors: Matrix) -> tuple[list[str], Halves]:
    """Each passage's neighbourhood as text, and the mean of its own direction and its neighbourhood's."""
    contexts, mixed = [], np.empty(vectors.shape, "<f2")
    for place, near in enumerate(neighbours(passages)):
        contexts.append(" ".join(passages[other].text for other in near))
        around = normalise(vectors[near.start : near.stop].sum(axis=0))
        mixed[place] = normalise(vectors[place] + around)
    return contexts, mixed
