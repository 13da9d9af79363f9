"""What a start puts right: the box's catalog, and every lecture's place in its indexes and on its feed."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from hallscribed.adapters.store.catalog import SqliteCatalog
from hallscribed.adapters.store.corpus import CORPUS_MIGRATIONS, SqliteCorpus
from hallscribed.adapters.store.database import Database
from hallscribed.adapters.store.schema import CATALOG_SCHEMA
from hallscribed.domain.errors import DataDamaged, Exhausted
from hallscribed.pipeline.maintenance import Sealing
from hallscribed.pipeline.recorder import Recorder
from hallscribed.ports import LectureStore

log = logging.getLogger(__name__)


def open_catalog(path: Path) -> tuple[Database, list[str]]:
    """The box's catalog, and what was put right: a damaged one is put aside and made anew from the folders."""
    migrations = (CATALOG_SCHEMA, *CORPUS_MIGRATIONS)
    try:
        database = Database(path, migrations)
        database.check()
        return database, []
    except DataDamaged as error:
        aside = path.parent / "quarantine" / f"{int(time.time())}-{path.name}"
        aside.parent.mkdir(exist_ok=True)
        path.rename(aside)
        # Left beside a new database, these would be replayed into it.
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        told = f"{error.message}; it was moved to {aside} and made again from the lectures' own data"
        return Database(path, migrations), [told]


def load_lectures(
    catalog: SqliteCatalog, sealing: Sealing, corpus: SqliteCorpus, recorder: Recorder, progress: Callable[[], None]
) -> list[str]:
    """Make every lecture searchable, and tell what was not told yet; what was put right, for people.

    Args:
        progress: called with every lecture.
    """
    repaired: list[str] = []
    outdated = corpus.outdated()
    with _when_there_is_room("passages of lectures that are gone are forgotten"):
        for uid in corpus.lectures() - {store.uid for store in catalog.stores()}:
            corpus.forget(uid)
    for store in catalog.stores():
        progress()
        with _when_there_is_room(f"{store.lecture_id} is indexed and told"):
            repaired += _load_lecture(store, catalog, sealing, recorder, store.uid in outdated)
    return repaired


@contextlib.contextmanager
def _when_there_is_room(what: str) -> Iterator[None]:
    """A full disk is no reason not to serve what there is; the next start tries again."""
    try:
        yield
    except Exhausted as error:
        log.warning("%s when the disk takes it: %s", what, error.message)


def _load_lecture(
    store: LectureStore, catalog: SqliteCatalog, sealing: Sealing, recorder: Recorder, outdated: bool
) -> list[str]:
    repaired = []
    try:
        told = sealing.load(store)
        if told is not None:
            repaired.append(told)
        if outdated:
            recorder.index_everything(store)
            repaired.append(f"{store.lecture_id}: its passages were of another model, or damaged; indexed again")
        if catalog.late(store):
            recorder.index_everything(store)
            fed = catalog.publish(store)
            repaired.append(f"{store.lecture_id}: put {fed} records on the feed, indexed it again")
    except DataDamaged as error:
        catalog.set_aside(store, error.message)
        repaired.append(f"{store.lecture_id}: {error.message}; it is not served, its files were left as they are")
    return repaired
