"""Durable work on segments, after the commit and never in front of it: reading, summing up, sealing."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hallscribed.domain.errors import DataDamaged, Exhausted, HallscribeError, NotFound, Reason, Unavailable
from hallscribed.domain.lecture import LectureState
from hallscribed.domain.record import SystemNotice
from hallscribed.domain.recording import Job, Reading
from hallscribed.pipeline.feed import Feed
from hallscribed.pipeline.meter import Meter
from hallscribed.pipeline.notes import speech_during
from hallscribed.pipeline.reading import Page, page_of, refine
from hallscribed.pipeline.recorder import Recorder
from hallscribed.pipeline.summaries import summarise
from hallscribed.ports import Catalog, LectureStore, Reader

_ATTEMPTS = 3

log = logging.getLogger(__name__)


class Jobs:
    """Works through all lectures' jobs, one at a time, the most urgent kind first.

    Args:
        seal: called for a finished lecture that has no more work.
        storage_failed: called when the disk failed a write.
        retry_s: how long to wait after trouble that may pass.
    """

    def __init__(
        self,
        catalog: Catalog,
        recorder: Recorder,
        reader: Reader,
        feed: Feed,
        seal: Callable[[LectureStore], None],
        storage_failed: Callable[[str], None],
        meter: Meter,
        *,
        retry_s: float = 5.0,
    ) -> None:
        self._catalog = catalog
        self._recorder = recorder
        self._reader = reader
        self._feed = feed
        self._seal = seal
        self._storage_failed = storage_failed
        self._meter = meter
        self._retry_s = retry_s
        self._waiting = {store.uid for store in catalog.stores()}
        self._news = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def wake(self, uid: str) -> None:
        """A lecture may have work."""
        with self._news:
            self._waiting.add(uid)
            self._news.notify()

    def stop(self) -> None:
        """End after the job in hand; what waits is durable and goes on at the next start."""
        with self._news:
            self._stopping = True
            self._news.notify()
        self._thread.join(5.0)

    def depth(self) -> int:
        """Jobs waiting."""
        with self._news:
            waiting = list(self._waiting)
        depth = 0
        for uid in waiting:
            store = self._catalog.by_uid(uid)
            with contextlib.suppress(NotFound, DataDamaged):  # deleted this very moment, or told elsewhere
                depth += 0 if store is None else len(store.jobs())
        return depth

    def _run(self) -> None:
        while True:
            with self._news:
                while not self._waiting and not self._stopping:
                    self._news.wait()
                if self._stopping:
                    return
            try:
                self._step()
            except HallscribeError as error:
                log.warning("work on lectures waits: %s", error.message)
                if error.reason is Reason.STORAGE_FAILED:
                    self._storage_failed(error.message)
                self._pause(self._retry_s)
            except Exception:
                log.exception("work on lectures failed")
                self._meter.count("error")
                self._pause(self._retry_s)

    def _pause(self, seconds: float) -> None:
        with self._news:
            if not self._stopping:
                self._news.wait(seconds)

    def _step(self) -> None:
        """Do the most urgent job there is, or let go of lectures that have none."""
        with self._news:
            waiting = sorted(self._waiting)
        best: tuple[LectureStore, Job] | None = None
        for uid in waiting:
            store = self._catalog.by_uid(uid)
            with self._apart(uid):
                jobs = self._jobs(uid, store)
                if store is not None and jobs and (best is None or jobs[0].kind < best[1].kind):
                    best = store, jobs[0]
        if best is not None:
            with self._apart(best[0].uid):
                self._do(*best)

    def _jobs(self, uid: str, store: LectureStore | None) -> list[Job]:
        """A lecture's jobs; one without is let go of, and sealed when it is over."""
        self._forget(uid)  # before looking: what is added while we look wakes us again
        if store is None:
            return []
        jobs = store.jobs()
        if jobs:
            self.wake(uid)
        elif store.lecture().state is LectureState.FINISHED:
            try:
                self._seal(store)
            except (Exhausted, Unavailable):
                self.wake(uid)
                raise
        return jobs

    def _forget(self, uid: str) -> None:
        with self._news:
            self._waiting.discard(uid)

    @contextmanager
    def _apart(self, uid: str) -> Iterator[None]:
        """A lecture that is damaged, or was just deleted, keeps no other one waiting."""
        try:
            yield
        except NotFound:
            self._forget(uid)
        except DataDamaged as error:
            log.warning("work on lecture %s is left: %s", uid, error.message)
            self._meter.count("error")
            self._forget(uid)

    def _do(self, store: LectureStore, job: Job) -> None:
        try:
            with self._meter.stage(job.kind):
                if job.kind == "read":
                    self._read(store, job)
                else:
                    self._summarise(store, job)
        except HallscribeError:
            raise
        except Exception as error:
            final = job.attempts + 1 >= _ATTEMPTS
            log.warning("%s of %s segment %d failed: %s", job.kind, store.lecture_id, job.segment, error)
            self._meter.count("error")
            self._recorder.fail_job(store, job, str(error), final)
            if final:
                detail = f"{job.kind} of lecture {store.lecture_id}, segment {job.segment} was given up: {error}"
                self._feed.announce(SystemNotice(Reason.INTERNAL, detail))

    def _read(self, store: LectureStore, job: Job) -> None:
        picture = store.picture_to_read(job.segment)
        if picture is None:
            self._recorder.fail_job(store, job, "its key frame is gone", final=True)
            return
        lines = self._reader.read(picture)
        pages = {number: Page.from_json(body) for number, body in store.pages().items()}
        earlier = [(number, pages[number]) for number in sorted(pages) if number < job.segment]
        page = page_of(lines, [page for _, page in earlier])
        event = next((event for event in store.events() if event.segment == job.segment), None)
        if event is None:
            reading = Reading(job.segment, page.title, page.text, page.to_json(), None, "")
        else:
            before = earlier[-1][1] if earlier else None
            told = refine(event, before, page, earlier)
            reading = Reading(job.segment, page.title, page.text, page.to_json(), told.event, told.withdrawn)
        self._recorder.save_reading(store, job, reading)

    def _summarise(self, store: LectureStore, job: Job) -> None:
        segments = store.segments()
        segment = next((s for s in segments if s.number == job.segment), None)
        text = ""
        if segment is not None:
            speech = speech_during(store.cues(), segment, last=segment is segments[-1])
            text = summarise(segment.title, segment.text, speech)
        self._recorder.save_summary(store, job, text)
