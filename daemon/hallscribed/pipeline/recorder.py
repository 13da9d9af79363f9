"""The recorder: the only one that writes a lecture. Truth first, then the indexes, then the feed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from hallscribed.domain.embedding import Matrix
from hallscribed.domain.errors import Exhausted, Reason
from hallscribed.domain.event import Segment, TextState
from hallscribed.domain.frame import Grid
from hallscribed.domain.lecture import Cue
from hallscribed.domain.moment import Passage, Route
from hallscribed.domain.recording import FrameBatch, Job, Reading
from hallscribed.pipeline.feed import Feed
from hallscribed.pipeline.meter import Meter
from hallscribed.pipeline.passages import said_passages, written_passage
from hallscribed.ports import Corpus, LectureStore, Projection, TextEncoder, VisualIndex


class Recorder:
    """Makes things durable, then findable, then known.

    Args:
        reserve_bytes: below this much free space nothing more is taken in, so that what is kept stays usable.
    """

    def __init__(
        self,
        data: Path,
        reserve_bytes: int,
        feed: Feed,
        projection: Projection,
        visual: VisualIndex,
        corpus: Corpus,
        text_encoder: TextEncoder,
        meter: Meter,
    ) -> None:
        self._data = data
        self._reserve_bytes = reserve_bytes
        self._feed = feed
        self._projection = projection
        self._visual = visual
        self._corpus = corpus
        self._text_encoder = text_encoder
        self._meter = meter

    def check_space(self, more_bytes: int = 0) -> None:
        """Exhausted while less than the reserve, and so much more, is free."""
        free = shutil.disk_usage(self._data).free - more_bytes
        if free < self._reserve_bytes:
            raise Exhausted(
                Reason.STORAGE_FULL,
                f"only {free >> 20} MiB are free beneath {self._data}, less than the reserve of "
                f"{self._reserve_bytes >> 20} MiB. All that was acknowledged is kept; free some space and it goes "
                "on by itself",
                retry_after_s=5.0,
            )

    def commit(self, store: LectureStore, batch: FrameBatch) -> None:
        """Make frames and segments durable; when it returns they may be acknowledged."""
        self.check_space()
        with self._meter.stage("commit"):
            made = store.commit(batch)
        with self._meter.stage("index"):
            vectors = [frame.vector for frame in batch.frames if frame.vector is not None]
            if vectors:
                self._visual.add(store.uid, made, self._projection.project(np.stack(vectors)))
        self._feed.publish(store)

    def add_vectors(self, store: LectureStore, spans: Sequence[tuple[float, float]], vectors: Matrix) -> None:
        """Vectors of the encoder in use for a lecture that another one saw; sealing makes them findable."""
        self.check_space()
        store.add_vectors(spans, vectors)

    def set_picture(self, store: LectureStore, segment: int, picture: bytes | None, grid: Grid | None) -> None:
        """Give a segment its key frame once it has settled, or another once more is shown."""
        store.set_picture(segment, picture, grid)
        self._feed.publish(store)

    def finish(self, store: LectureStore) -> None:
        """End a lecture."""
        store.finish()
        self._feed.publish(store)

    def put_cues(self, store: LectureStore, cues: Sequence[Cue]) -> int:
        """Replace the captions; how many passages they made."""
        self.check_space()
        passages = said_passages(store.uid, cues, store.segments())
        vectors = self._vectors(passages)
        with store.held():  # else what another call put meanwhile would be kept, and this be found
            store.put_cues(cues)
            self._corpus.replace(store.uid, Route.SAID, None, passages, vectors)
        self._feed.publish(store)
        return len(passages)

    def save_reading(self, store: LectureStore, job: Job, reading: Reading) -> None:
        """Record what a key frame says and what follows from it."""
        with store.held():  # else a full disk in between would end the job and leave the slide unfindable
            store.save_reading(job.job_id, reading)
            self.index_segment(store, reading.segment)
        store.forget_picture(reading.segment)
        self._feed.publish(store)

    def save_summary(
        self, store: LectureStore, job: Job, text: str, still: Callable[[], bool], *, ask_model: bool = False
    ) -> None:
        """Record a summary; its segment is closed now, so its passages get their end.

        Args:
            still: whether what it was made of is what there is; where it is not the job stands.
        """
        with store.held():
            if not still():
                return
            store.save_summary(job.job_id, job.segment, text, ask_model=ask_model)
            self.index_segment(store, job.segment)
        self._feed.publish(store)

    def save_generated(self, store: LectureStore, job: Job, text: str, still: Callable[[], bool]) -> bool:
        """Record the language model's summary, if it is ``still`` wanted; whether it was."""
        with store.held():
            if not still():
                return False
            store.save_generated(job, text)
        self._feed.publish(store)
        return True

    def keep_summary(self, store: LectureStore, job: Job, state: TextState, detail: str, *, again: bool) -> None:
        """Record why the extractive summary stands, and whether the language model is asked again.

        Nothing where the job is gone.
        """
        with store.held():
            if job not in store.jobs():
                return
            store.keep_summary(job, state, detail, again=again)
        self._feed.publish(store)

    def fail_job(self, store: LectureStore, job: Job, error: str, final: bool) -> None:
        """Count a failed attempt."""
        store.fail_job(job, error, final)
        if final:
            store.forget_picture(job.segment)
        self._feed.publish(store)

    def index_segment(self, store: LectureStore, number: int) -> None:
        """Make what was read from one segment searchable."""
        passages: Sequence[Passage] = ()
        for segment in store.segments(number, 1):
            if segment.number != number:  # it is part of the one before
                break
            passages = _written(store, segment)
        self._index_passages(store, Route.WRITTEN, number, passages)

    def index_everything(self, store: LectureStore) -> None:
        """Make all that is known of a lecture searchable again, and no more, as after the catalog was lost.

        What was searchable of it stays so until then; captions that are put meanwhile are not lost.
        """
        known: tuple[list[Cue], list[Segment]] | None = None
        while known != (now := (store.cues(), store.segments())):
            known = now
            said = said_passages(store.uid, *known)
            written = [passage for segment in known[1] for passage in _written(store, segment)]
            vectors = self._vectors(said), self._vectors(written)
            with store.held():
                if (store.cues(), store.segments()) == known:
                    self._corpus.replace(store.uid, Route.SAID, None, said, vectors[0])
                    self._corpus.replace(store.uid, Route.WRITTEN, None, written, vectors[1])

    def _index_passages(
        self, store: LectureStore, route: Route, segment: int | None, passages: Sequence[Passage]
    ) -> None:
        vectors = self._vectors(passages)
        with store.held():  # else a lecture deleted meanwhile would leave passages behind
            self._corpus.replace(store.uid, route, segment, passages, vectors)

    def _vectors(self, passages: Sequence[Passage]) -> Matrix:
        with self._meter.stage("passages"):
            return self._text_encoder.encode([passage.text for passage in passages])


def _written(store: LectureStore, segment: Segment) -> list[Passage]:
    return written_passage(store.uid, segment.number, segment.start, segment.end, segment.title, segment.text)
