"""What was said and written on the whole box, made searchable by words and by meaning.

The passages, their words' index and their vectors are rows of the box's catalog, derived from the lectures and
complete without them: a restart reads the vectors and embeds nothing again.

A spoken passage is short. Both its words and its vector are therefore seen together with its neighbours': the words
in a second column, the vector as the mean of its own and its neighbourhood's, which finds as well as embedding the
neighbourhood's text does and costs nothing (docs/search.md).
"""

from __future__ import annotations

import json
import re
import threading
import zlib
from collections.abc import Collection, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from hallscribed.adapters.index.shelf import IndexShelf
from hallscribed.adapters.store.database import Database
from hallscribed.domain.embedding import EmbeddingSpace, Matrix, Vector, normalise
from hallscribed.domain.moment import Hit, Passage, Route
from hallscribed.pipeline.passages import neighbours

Halves = NDArray[np.float16]

# Spoken and written passages differ in length and wording, so each route has word statistics of its own.
# AUTOINCREMENT: an id is never used again, so a stale one in an index can only miss.
CORPUS_SCHEMA = """
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
    """

TEXT_ROUTES = (Route.SAID, Route.WRITTEN)
_MAX_QUERY_WORDS = 64
# With the marks that stand beside their letters: the index leaves them out, as it does those that are part of one.
_WORD = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f])*")
_STOP_TEXT = """
    a about after all also am an and any are as at be because been before being between both but by can could did do
    does doing done during each for from further get got had has have having he her here hers herself him himself
    his how i if in into is it its itself just let like me more most my myself no nor not now of off on once only or
    other our ours ourselves out over own re s same she should so some such t than that the their theirs them
    themselves then there these they this those through to too under until up us very was we were what when where
    which while who whom why will with would you your yours yourself yourselves
    """
_STOP_WORDS = frozenset(_STOP_TEXT.split())


class SqliteCorpus:
    """Behind ports.Corpus; threads may share it.

    Args:
        database: the box's catalog, opened with CORPUS_SCHEMA among its migrations.
        space: of the passages' vectors. Passages of another space are found by their words only: see ``outdated``.
    """

    def __init__(self, database: Database, space: EmbeddingSpace) -> None:
        self._database = database
        self._space = space
        self._writing = threading.Lock()
        self._shelves = {route: IndexShelf(space.dimensions) for route in TEXT_ROUTES}
        self._load()

    def _load(self) -> None:
        for uid, route in self._database.rows("SELECT DISTINCT uid, route FROM passages"):
            rows = self._database.rows(
                "SELECT id, vector, crc32 FROM passages WHERE uid = ? AND route = ? AND space = ?",
                (uid, route, self._space.name),
            )
            whole = [(number, vector) for number, vector, crc32 in rows if zlib.crc32(vector) == crc32]
            if whole:
                ids, vectors = zip(*whole, strict=True)
                matrix = np.frombuffer(b"".join(vectors), "<f2").reshape(len(ids), -1).astype(np.float32)
                self._shelves[Route(route)].add(uid, ids, matrix)

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
        """The best passages by words (Okapi BM25, any word may match); None searches every lecture."""
        expression = match_any(query)
        if not expression or route not in self._shelves:
            return []
        words = f"words_{route.value}"
        chosen = "" if lecture_uids is None else "AND p.uid IN (SELECT value FROM json_each(:uids))"
        rows = self._database.rows(
            f"SELECT p.uid, p.start_s, p.end_s, p.text, -bm25({words}) AS score FROM {words}"
            f" JOIN passages AS p ON p.id = {words}.rowid WHERE {words} MATCH :expression {chosen}"
            " ORDER BY score DESC, p.uid, p.start_s, p.id LIMIT :k",
            {"expression": expression, "k": k} | _chosen(lecture_uids),
        )
        return [
            Hit(uid, route, "full_text", rank, score, start, end, text)
            for rank, (uid, start, end, text, score) in enumerate(rows, 1)
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


def _chosen(lecture_uids: Collection[str] | None) -> dict[str, str]:
    return {} if lecture_uids is None else {"uids": json.dumps(sorted(lecture_uids))}


def match_any(query: str) -> str:
    """An FTS5 expression that matches any word of a query, or "" when it has none.

    Words are quoted, so nothing in a query is read as syntax. Words that say nothing are left out unless there is
    no other; of a very long query the first 64 different words count.
    """
    words = list(dict.fromkeys(_WORD.findall(query.lower())))
    telling = [word for word in words if word not in _STOP_WORDS] or words
    return " OR ".join(f'"{word}"' for word in telling[:_MAX_QUERY_WORDS])
