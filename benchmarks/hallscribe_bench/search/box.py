"""A box's query path without the box: the daemon's own corpus, fusion and moments over talks in a temporary file."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, cast

from hallscribe_bench.search.score import Shown
from hallscribe_bench.search.talks import Talk
from hallscribed.adapters.store.corpus import CORPUS_MIGRATIONS, SqliteCorpus
from hallscribed.adapters.store.database import Database
from hallscribed.domain.embedding import Matrix, Vector
from hallscribed.domain.moment import Hit, Passage, Route
from hallscribed.pipeline.passages import said_passages, written_passage
from hallscribed.pipeline.query import Query, Sources, search
from hallscribed.ports import TextEncoder

BOTH = ("full_text", "dense")


class _NoLectures:
    """Titles are not measured."""

    def by_uid(self, uid: str) -> None:
        return None


class _Some:
    """A corpus with one of its methods switched off."""

    def __init__(self, corpus: SqliteCorpus, methods: Collection[str]) -> None:
        self._corpus = corpus
        self._methods = methods

    def full_text(self, query: str, route: Route, lecture_uids: Collection[str] | None, k: int) -> list[Hit]:
        return self._corpus.full_text(query, route, lecture_uids, k) if "full_text" in self._methods else []

    def dense(self, query: Vector, route: Route, lecture_uids: Collection[str] | None, k: int) -> list[Hit]:
        return self._corpus.dense(query, route, lecture_uids, k) if "dense" in self._methods else []


class Box:
    """Talks made searchable.

    Args:
        folder: for the database.
        talks: what to search.
        encoder: of texts.
    """

    def __init__(self, folder: Path, talks: Sequence[Talk], encoder: TextEncoder) -> None:
        self._encoder = encoder
        self._corpus = SqliteCorpus(Database(folder / "catalog.db", CORPUS_MIGRATIONS), encoder.space)
        self.passages = 0
        for talk in talks:
            said = said_passages(talk.name, talk.cues, ())
            self._corpus.replace(talk.name, Route.SAID, None, said, self._embed(said))
            for number, slide in enumerate(talk.slides, 1):
                written = written_passage(talk.name, number, slide.start, slide.end, "", slide.text)
                self._corpus.replace(talk.name, Route.WRITTEN, number, written, self._embed(written))
                self.passages += len(written)
            self.passages += len(said)

    def _embed(self, passages: Sequence[Passage]) -> Matrix:
        return self._encoder.encode([passage.text for passage in passages])

    def ask(
        self, text: str, k: int = 20, routes: Collection[Route] = (), methods: Collection[str] = BOTH
    ) -> tuple[list[Shown], float]:
        """The moments, best first, and how long the answer took in seconds, embedding the question included."""
        none = cast(Any, _NoLectures())
        sources = Sources(cast(Any, _Some(self._corpus, methods)), self._encoder, none, none, none)
        begin = time.perf_counter()
        answer = search(Query(text=text, k=k, routes=routes), sources)
        took = time.perf_counter() - begin
        found = (moment.moment for moment in answer.moments)
        return [Shown(moment.lecture_uid, moment.start, moment.end) for moment in found], took
