"""A whole daemon's inside with fakes at the edges, built from the same parts as the real one."""

from __future__ import annotations

import itertools
from pathlib import Path

from hallscribed.adapters.index.shelf import IndexShelf
from hallscribed.adapters.store.catalog import SqliteCatalog
from hallscribed.adapters.store.corpus import CORPUS_MIGRATIONS, SqliteCorpus
from hallscribed.adapters.store.database import Database
from hallscribed.adapters.store.schema import CATALOG_SCHEMA
from hallscribed.pipeline.feed import Feed
from hallscribed.pipeline.ingest import FramePath
from hallscribed.pipeline.ladder import Ladder
from hallscribed.pipeline.lectures import Lectures
from hallscribed.pipeline.meter import Meter
from hallscribed.pipeline.recorder import Recorder
from hallscribed.pipeline.turns import Turns
from hallscribed.ports import LectureStore, Perception
from support.fakes import FakePerception, FakeProjection, FakeTextEncoder


class Box:
    """Opens or reopens a data folder."""

    def __init__(
        self,
        data: Path,
        *,
        reserve_bytes: int = 0,
        perception: Perception | None = None,
        space: str = "fake",
        keep_pictures: bool = True,
    ) -> None:
        self._space = space
        database = Database(data / "catalog.db", (CATALOG_SCHEMA, *CORPUS_MIGRATIONS))
        self.catalog = SqliteCatalog(data, database, space, keep_pictures=keep_pictures)
        self.recovered = self.catalog.recover(lambda _: None)
        self.feed = Feed(self.catalog)
        self.visual = IndexShelf(768)
        self.text = FakeTextEncoder()
        self.corpus = SqliteCorpus(database, self.text.space)
        self.projection = FakeProjection()
        self.perception = perception or FakePerception()
        self.meter = Meter()
        self.seconds = itertools.count()
        self.ladder = Ladder(self.feed.announce, lambda: float(next(self.seconds)))
        self.turns = Turns()
        self.woken: list[str] = []
        self.storage_failures: list[str] = []
        self.recorder = Recorder(
            data, reserve_bytes, self.feed, self.projection, self.visual, self.corpus, self.text, self.meter
        )
        self.lectures = Lectures(
            self.catalog,
            self.recorder,
            self.feed,
            self.visual,
            self.corpus,
            self.frame_path,
            self.woken.append,
            self.storage_failures.append,
        )

    def frame_path(self, store: LectureStore) -> FramePath:
        """A lecture's frame path."""
        return FramePath(store, self.perception, self.recorder, self.meter, self.ladder, self.turns, self._space, 1.0)

    def close(self) -> None:
        """Let go of the files."""
        self.catalog.close()
