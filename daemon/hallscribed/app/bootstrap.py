"""Puts the daemon together."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hallscribed.adapters.index.shelf import IndexShelf
from hallscribed.adapters.models.bundle import (
    Bundle,
    default_encoder_path,
    default_projection_path,
    default_text_path,
    glance,
    load,
)
from hallscribed.adapters.models.minilm import MiniLmEncoder
from hallscribed.adapters.models.projection import TEXT, HeadsProjection, OrthogonalProjection, check_joins
from hallscribed.adapters.models.vjepa import single_picture
from hallscribed.adapters.runtime.factory import open_runtime
from hallscribed.adapters.source.file import FileSource
from hallscribed.adapters.store.catalog import SqliteCatalog
from hallscribed.adapters.store.corpus import TEXT_ROUTES, SqliteCorpus
from hallscribed.adapters.store.derived import FolderFiles
from hallscribed.adapters.worker.merging import Passages, ShelfArchive
from hallscribed.adapters.worker.ondemand import RemoteSummariser, SummariserSettings
from hallscribed.adapters.worker.process import Worker, WorkerLost, WorkerRefused
from hallscribed.adapters.worker.remote import RemotePerception, RemoteReader
from hallscribed.app.config import Config
from hallscribed.app.recovery import load_lectures, open_catalog
from hallscribed.domain.embedding import JOINT_DIMENSIONS, EmbeddingSpace
from hallscribed.domain.errors import HallscribeError, Misconfigured, Reason, TemporarilyBlocked
from hallscribed.domain.moment import Route
from hallscribed.domain.record import SystemNotice
from hallscribed.pipeline.archiving import Archiving, Part, sealed_lectures
from hallscribed.pipeline.feed import Feed
from hallscribed.pipeline.generating import Generating, settle
from hallscribed.pipeline.ingest import FramePath
from hallscribed.pipeline.jobs import Jobs
from hallscribed.pipeline.ladder import Ladder
from hallscribed.pipeline.lectures import Lectures
from hallscribed.pipeline.maintenance import Sealing
from hallscribed.pipeline.meter import Meter
from hallscribed.pipeline.query import Sources as QuerySources
from hallscribed.pipeline.recorder import Recorder
from hallscribed.pipeline.reembedding import Reembedding
from hallscribed.pipeline.sources import Sources
from hallscribed.pipeline.turns import Turns
from hallscribed.ports import LectureStore

CATALOG = "catalog.db"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Daemon:
    """Everything that runs, put together."""

    config: Config
    encoder: Bundle
    catalog: SqliteCatalog
    feed: Feed
    lectures: Lectures
    sources: Sources
    query: QuerySources
    perception: RemotePerception
    jobs: Jobs
    summaries: Generating | None
    archiving: Archiving
    reembedding: Reembedding
    workers: tuple[Worker, ...]
    meter: Meter
    ladder: Ladder
    recovery: tuple[str, ...]
    started: float


def build(config: Config, storage_failed: Callable[[str], None], progress: Callable[[], None]) -> Daemon:
    """Check the bundles, open and repair the data, start the workers, which ``wait_for_workers`` waits for.

    Args:
        storage_failed: called when the disk failed a write, so that the daemon can stop and verify.
        progress: called with every lecture that was checked, and that was loaded.

    Raises:
        Misconfigured: a bundle is at fault.
    """
    started = time.time()
    encoder = load(config.encoder.bundle or default_encoder_path())
    single_picture(encoder)
    # It loads its model beside all that follows.
    perception_worker = Worker(
        "perception",
        {"bundle": str(encoder.path), "runtime": config.encoder.runtime, "threads": config.encoder.threads},
    )
    text_bundle = load(config.text.bundle or default_text_path())
    text = MiniLmEncoder(text_bundle, open_runtime(config.text.runtime, text_bundle, config.text.threads))
    projection = open_projection(config, encoder, text_bundle)
    heads = projection if isinstance(projection, HeadsProjection) else None
    language = _language(config)
    meter = Meter()
    data = config.storage.data_dir

    catalog_file, repaired = open_catalog(data / CATALOG)
    catalog = SqliteCatalog(data, catalog_file, encoder.space.name, keep_pictures=config.storage.keep_pictures)

    def checking(lecture: str) -> None:
        log.info("checking lecture %s", lecture)
        progress()

    repaired += catalog.recover(checking)
    feed = Feed(catalog)
    ladder = Ladder(feed.announce)
    visual = IndexShelf(JOINT_DIMENSIONS, spill=data)
    shelves = {route: IndexShelf(text.space.dimensions) for route in TEXT_ROUTES}
    seen_archive = ShelfArchive(data / "archive", projection.space.name, visual)
    text_archives = {route: _text_archive(data, catalog, text.space, route, shelf) for route, shelf in shelves.items()}
    for archive in (seen_archive, *text_archives.values()):
        repaired += archive.open()
    corpus = SqliteCorpus(catalog_file, text.space, shelves)
    recorder = Recorder(data, config.storage.reserve_bytes, feed, projection, visual, corpus, text, meter)
    sealing = Sealing(projection, visual, FolderFiles())
    repaired += load_lectures(catalog, sealing, corpus, recorder, progress)
    if language is None:
        _settle(catalog, recorder)

    lost = _announcer(feed, meter)
    perception_worker.lost = lost
    reading_worker = Worker(
        "reading", {"threads": config.reading.threads}, patience_s=config.reading.patience_s, lost=lost
    )
    perception = RemotePerception(perception_worker, aside=reading_worker)
    summaries: Generating | None = None
    if language is not None:

        def busy() -> bool:
            return not ladder.rung.summaries or lectures.queue_depths()[0] > 0 or jobs.depth() > 0

        summariser = _summariser(config, language)
        summaries = Generating(
            catalog, recorder, summariser, feed, busy, storage_failed, meter, idle_s=config.summariser.idle_s
        )

    def seal(store: LectureStore) -> None:
        corpus.rest(store.uid)
        sealing.seal(store)

    jobs = Jobs(
        catalog,
        recorder,
        RemoteReader(reading_worker),
        feed,
        seal,
        storage_failed,
        meter,
        may_read=lambda: ladder.rung.reading,
        ask_model=None if summaries is None else summaries.wake,
    )

    def index_again(store: LectureStore) -> None:
        recorder.index_everything(store)
        corpus.rest(store.uid)

    parts = [
        Part(
            seen_archive,
            partial(sealed_lectures, catalog, projection.space.name),
            lambda store: log.warning("%s", sealing.rebuild(store)),
        ),
        *(Part(archive, partial(corpus.resting, route), index_again) for route, archive in text_archives.items()),
    ]
    archiving = Archiving(
        catalog,
        parts,
        lambda: lectures.queue_depths()[0] > 0 or jobs.depth() > 0,
        recorder.check_space,
        meter,
    )

    turns = Turns()

    def frame_path(store: LectureStore) -> FramePath:
        rate, heartbeat_s = config.ingest.frames_per_second, config.ingest.heartbeat_s
        return FramePath(store, perception, recorder, meter, ladder, turns, encoder.space.name, rate, heartbeat_s)

    lectures = Lectures(catalog, recorder, feed, visual, corpus, frame_path, jobs.wake, storage_failed)
    reembedding = Reembedding(
        catalog,
        recorder,
        sealing,
        perception,
        lambda: lectures.live() > 0 or jobs.depth() > 0,
        storage_failed,
        meter,
    )
    sources = Sources(lectures, lambda path: FileSource(path, config.ingest.source_roots), feed.announce)
    query = QuerySources(
        corpus=corpus,
        text_encoder=text,
        visual=visual,
        projection=projection,
        catalog=catalog,
        project_text=None if heads is None else heads.project_text,
        match_cosine=-1.0 if heads is None else heads.match_cosine,
    )
    return Daemon(
        config=config,
        encoder=encoder,
        catalog=catalog,
        feed=feed,
        lectures=lectures,
        sources=sources,
        query=query,
        perception=perception,
        jobs=jobs,
        summaries=summaries,
        archiving=archiving,
        reembedding=reembedding,
        workers=(perception_worker, reading_worker),
        meter=meter,
        ladder=ladder,
        recovery=tuple(repaired),
        started=started,
    )


def _text_archive(
    data: Path, catalog: SqliteCatalog, space: EmbeddingSpace, route: Route, shelf: IndexShelf
) -> ShelfArchive:
    """The archive of what was said, or written. Its rows are told by the catalog's ids: another's are not of it."""
    source = Passages(data / CATALOG, route, space.name)
    return ShelfArchive(data / f"archive-{route.value}", f"{space.name} of {catalog.epoch}", shelf, source)


def open_projection(config: Config, encoder: Bundle, text: Bundle) -> HeadsProjection | OrthogonalProjection:
    """The projection that is configured, or that comes with the bundles where none of them is configured.

    Misconfigured when it does not join the two.
    """
    path = config.projection.bundle
    if path is None and config.encoder.bundle is None and config.text.bundle is None:
        path = default_projection_path()
    if path is None:
        return OrthogonalProjection(encoder.space)
    bundle = load(path)
    match_cosine = check_joins(bundle, encoder, text)
    visual, words = (open_runtime(config.projection.runtime, bundle, 1, part) for part in (None, TEXT))
    return HeadsProjection(bundle, visual, words, match_cosine)


def _language(config: Config) -> Bundle | None:
    """The summariser's bundle, looked at; its large files are hashed before it is first loaded."""
    if config.summariser.bundle is None:
        return None
    bundle = glance(config.summariser.bundle)
    if bundle.manifest.language is None:
        raise bundle.is_not("language")
    bundle.graph("openvino")
    return bundle


def _summariser(config: Config, bundle: Bundle) -> RemoteSummariser:
    asked = config.summariser
    settings = SummariserSettings(str(bundle.path), asked.threads, asked.new_tokens, asked.memory_limit_bytes)
    return RemoteSummariser(settings, f"{bundle.manifest.model_id} {bundle.manifest.revision}", asked.patience_s)


def _settle(catalog: SqliteCatalog, recorder: Recorder) -> None:
    """Without a language model nothing waits for one any more."""
    for store in catalog.stores():
        try:
            settle(store, recorder)
        except HallscribeError as error:
            log.warning("summaries of %s still wait for a language model: %s", store.lecture_id, error.message)


def _announcer(feed: Feed, meter: Meter) -> Callable[[str], None]:
    def announce(what: str) -> None:
        meter.count("error")
        feed.announce(SystemNotice(Reason.WORKER_LOST, what))

    return announce


def wait_for_workers(daemon: Daemon) -> None:
    """Until each has answered for the first time; when one cannot start, all of them are ended.

    Raises:
        Misconfigured: it refuses what it was given.
        TemporarilyBlocked: it died or took too long, which another start may spare it.
    """
    try:
        for worker in daemon.workers:
            worker.wait_ready()
    except (WorkerLost, WorkerRefused) as error:
        for worker in daemon.workers:
            worker.stop()
        if isinstance(error, WorkerRefused):
            raise Misconfigured(f"a worker cannot start: {error}") from error
        raise TemporarilyBlocked(
            f"a worker did not come to start: {error}. Start again; see that there is memory enough"
        ) from error
