"""Durable work on segments, after the commit and never in front of it: reading, summing up, sealing."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from functools import partial

from hallscribed.domain.errors import DataDamaged, HallscribeError, NotFound, Reason
from hallscribed.domain.record import SystemNotice
from hallscribed.domain.recording import Job, JobKind, Reading
from hallscribed.pipeline.earlier import EarlierPages
from hallscribed.pipeline.feed import Feed
from hallscribed.pipeline.meter import Meter
from hallscribed.pipeline.notes import material_of
from hallscribed.pipeline.reading import Page, Refinement, page_of, refine, template_of
from hallscribed.pipeline.recorder import Recorder
from hallscribed.pipeline.rounds import Rounds
from hallscribed.pipeline.summaries import summarise
from hallscribed.ports import Catalog, LectureStore, Reader

ATTEMPTS = 3
_BUSY_S = 1.0
_LECTURES = 32

log = logging.getLogger(__name__)


class Jobs:
    """Works through all lectures' jobs but those for the language model, one at a time, the most urgent kind first.

    Args:
        seal: called for a finished lecture that has no more work.
        storage_failed: called when the disk failed a write.
        retry_s: how long to wait after trouble that may pass.
        may_read: False while the box has no time to read slides: they wait.
        ask_model: called with the uid of a lecture that has, or may go on with, work for the language model; None
            without one.
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
        may_read: Callable[[], bool] = lambda: True,
        ask_model: Callable[[str], None] | None = None,
    ) -> None:
        self._recorder = recorder
        self._reader = reader
        self._feed = feed
        self._seal = seal
        self._meter = meter
        self._may_read = may_read
        self._earlier: dict[str, EarlierPages] = {}
        self._ask_model = ask_model
        self._rounds = Rounds("jobs", catalog, self._look, self._do, storage_failed, meter, retry_s=retry_s)
        self.start = self._rounds.start
        self.wake = self._rounds.wake
        self.stop = self._rounds.stop

    def depth(self) -> int:
        """Jobs waiting."""
        depth = 0
        for store in self._rounds.waiting():
            with contextlib.suppress(NotFound, DataDamaged):  # deleted this very moment, or told elsewhere
                depth += len(_own(store))
        return depth

    def _look(self, store: LectureStore) -> Job | None:
        """A lecture's most urgent job; one without is sealed when it is over."""
        jobs = _own(store)
        if jobs:
            return jobs[0]
        if store.is_finished():
            self._earlier.pop(store.uid, None)
            self._seal(store)
        return None

    def _do(self, store: LectureStore, job: Job) -> None:
        if job.kind is JobKind.READ and not self._may_read():
            self._rounds.pause(_BUSY_S)
            return
        try:
            with self._meter.stage(job.kind.value):
                if job.kind is JobKind.READ:
                    self._read(store, job)
                else:
                    self._summarise(store, job)
        except HallscribeError:
            raise
        except Exception as error:
            final = job.attempts + 1 >= ATTEMPTS
            log.warning("%s of %s segment %d failed: %s", job.kind, store.lecture_id, job.segment, error)
            self._meter.count("error")
            self._recorder.fail_job(store, job, str(error), final)
            if final:
                detail = f"{job.kind} of lecture {store.lecture_id}, segment {job.segment} was given up: {error}"
                self._feed.announce(SystemNotice(Reason.INTERNAL, detail), store)
        if self._ask_model is not None:
            self._ask_model(store.uid)

    def _read(self, store: LectureStore, job: Job) -> None:
        picture = store.picture_to_read(job.segment)
        if picture is None:
            self._recorder.fail_job(store, job, "its key frame is gone", final=True)
            return
        lines = self._reader.read(picture)
        earlier = self._earlier_of(store)
        latest = earlier.latest(job.segment)
        template = template_of(latest)
        page = page_of(lines, template, store.grid(job.segment))
        event, told = store.event_of(job.segment), Refinement()
        if event is not None:
            # What is refined is what became of the page before: not where that one could not be read.
            was_read = bool(latest) and earlier.last_before(job.segment) == store.segment_before(job.segment)
            before = latest[-1] if was_read else None
            told = refine(event, before, page, template, partial(earlier.alike, job.segment))
        reading = Reading(job.segment, page.title, page.text, page.to_json(), told.event, told.withdrawn)
        self._recorder.save_reading(store, job, reading)
        if not told.withdrawn:
            earlier.add(job.segment, page)

    def _earlier_of(self, store: LectureStore) -> EarlierPages:
        """What was read of a lecture; of the lectures worked on last it is kept, so that a page costs what it costs."""
        earlier = self._earlier.pop(store.uid, None)
        if earlier is None:
            bodies = store.pages().items()
            earlier = EarlierPages(((number, Page.from_json(body)) for number, body in bodies), partial(_page, store))
        self._earlier[store.uid] = earlier
        while len(self._earlier) > _LECTURES:
            del self._earlier[next(iter(self._earlier))]
        return earlier

    def _summarise(self, store: LectureStore, job: Job) -> None:
        material = material_of(store, job.segment)
        text = "" if material is None else summarise(*material)

        def still() -> bool:
            return material_of(store, job.segment) == material

        # Where no sentence was found there is nothing that a model could know.
        self._recorder.save_summary(store, job, text, still, ask_model=self._ask_model is not None and bool(text))


def _page(store: LectureStore, number: int) -> Page | None:
    body = store.page(number)
    return None if body is None else Page.from_json(body)


def _own(store: LectureStore) -> list[Job]:
    return [job for job in store.jobs() if job.kind is not JobKind.GENERATE]
