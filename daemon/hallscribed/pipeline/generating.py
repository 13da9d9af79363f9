"""Summaries by the language model: later than everything else, and never in its way.

Extractive text stands until the model has answered, and keeps standing when it does not. A summary is begun only when
no frame and no slide waits; the model's process has idle priority besides, so that one under way costs the rest little.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable

from hallscribed.domain.errors import DataDamaged, Interrupted, NotFound, Reason, SummaryFailed
from hallscribed.domain.event import TextState
from hallscribed.domain.record import SystemNotice
from hallscribed.domain.recording import Job, JobKind, SummariserReport
from hallscribed.pipeline.answer import cleaned
from hallscribed.pipeline.feed import Feed
from hallscribed.pipeline.meter import Meter
from hallscribed.pipeline.notes import material_of
from hallscribed.pipeline.recorder import Recorder
from hallscribed.pipeline.rounds import Rounds
from hallscribed.ports import Catalog, LectureStore, Summariser

ATTEMPTS = 3
_BUSY_S = 1.0
_FIRST_BACK_OFF_S = 5.0
_LAST_BACK_OFF_S = 600.0
_LOST = (TextState.MODEL_TIMED_OUT, TextState.MODEL_CRASHED, TextState.MODEL_OUT_OF_MEMORY)

log = logging.getLogger(__name__)


class Generating:
    """Works through the jobs for the language model in a thread of its own.

    Args:
        busy: True while the box has something better to do.
        storage_failed: called when the disk failed a write.
        idle_s: after so long without work the model is unloaded.
        back_off_s: the wait after a failure; twice as long after each further one in a row, ten minutes at most.
    """

    def __init__(
        self,
        catalog: Catalog,
        recorder: Recorder,
        summariser: Summariser,
        feed: Feed,
        busy: Callable[[], bool],
        storage_failed: Callable[[str], None],
        meter: Meter,
        *,
        idle_s: float,
        back_off_s: float = _FIRST_BACK_OFF_S,
        retry_s: float = 5.0,
    ) -> None:
        self._catalog = catalog
        self._recorder = recorder
        self._summariser = summariser
        self._feed = feed
        self._busy = busy
        self._meter = meter
        self._idle_s = idle_s
        self._back_off_s = back_off_s
        self._used = time.monotonic()
        self._not_before = 0.0
        self._in_a_row = 0
        self.failure_detail = ""
        self._rounds = Rounds(
            "summaries", catalog, _next, self._do, storage_failed, meter, retry_s=retry_s, rest=self._rest
        )
        self.start = self._rounds.start
        self.wake = self._rounds.wake

    def stop(self) -> None:
        """End at once: the job in hand is durable and begins anew at the next start."""
        self._summariser.stop()
        self._rounds.stop()

    def depth(self) -> int:
        """Summaries that wait for the model."""
        depth = 0
        for store in self._rounds.waiting():
            with contextlib.suppress(NotFound, DataDamaged):  # deleted this very moment, or told elsewhere
                depth += sum(job.kind is JobKind.GENERATE for job in store.jobs())
        return depth

    @property
    def backing_off(self) -> bool:
        """True while it waits after a failure."""
        return time.monotonic() < self._not_before

    def report(self) -> SummariserReport:
        """How the model's process is."""
        return self._summariser.report()

    def _rest(self) -> float | None:
        """Unload the model when its time has come; seconds until then, None when it is not loaded."""
        if not self._summariser.report().pid:
            return None
        left = self._used + self._idle_s - time.monotonic()
        if left > 0:
            return left
        self._summariser.unload()
        return None

    def _do(self, store: LectureStore, job: Job) -> None:
        wait = max(self._not_before - time.monotonic(), _BUSY_S if self._busy() else 0.0)
        if wait > 0:
            self._rest()
            self._rounds.pause(min(wait, _BUSY_S))
            return
        self._recorder.check_space()
        material = material_of(store, job.segment)
        if material is None:  # its event was withdrawn, and the job with it
            return
        try:
            with self._meter.stage(job.kind.value):
                text = self._ask(material)
        except Interrupted:
            return
        except SummaryFailed as failed:
            self._failed(store, job, failed)
            return
        finally:
            self._used = time.monotonic()
        self._in_a_row, self.failure_detail = 0, ""
        self._save(store, job, material, text)

    def _ask(self, material: tuple[str, str, str]) -> str:
        text = cleaned(self._summariser.summarise(*material))
        if not text:
            raise SummaryFailed(TextState.MODEL_EMPTY, "the language model's answer had nothing in it to use")
        return text

    def _save(self, store: LectureStore, job: Job, material: tuple[str, str, str], text: str) -> None:
        def still() -> bool:
            # Captions or the slide's text may have come meanwhile: then the job stands, and is done on those.
            return job in store.jobs() and material_of(store, job.segment) == material

        if self._recorder.save_generated(store, job, text, still):
            self._meter.count("generated")

    def _failed(self, store: LectureStore, job: Job, failed: SummaryFailed) -> None:
        self._meter.count("error")
        self._meter.count("generation_failed")
        self._in_a_row += 1
        wait = min(self._back_off_s * 2.0 ** (self._in_a_row - 1), _LAST_BACK_OFF_S)
        self._not_before = time.monotonic() + wait
        again = job.attempts + 1 < ATTEMPTS
        after = "it is tried again later" if again else "it is not tried again"
        detail = f"{failed.detail} (attempt {job.attempts + 1} of {ATTEMPTS}; {after})"
        self.failure_detail = f"lecture {store.lecture_id}, segment {job.segment}: {detail}"
        log.warning("no summary by the language model: %s; the next in %.0f s", self.failure_detail, wait)
        self._recorder.keep_summary(store, job, failed.state, detail, again=again)
        reason = Reason.WORKER_LOST if failed.state in _LOST else Reason.INTERNAL
        told = f"the summariser failed, the extractive summary stands: {self.failure_detail}"
        self._feed.announce(SystemNotice(reason, told))


def settle(store: LectureStore, recorder: Recorder) -> None:
    """Without a language model: its jobs end, and the extractive text is what there is."""
    for job in store.jobs():
        if job.kind is JobKind.GENERATE:
            recorder.keep_summary(store, job, TextState.DONE, "", again=False)


def _next(store: LectureStore) -> Job | None:
    """The job for the model that failed least often, of a segment that nothing else is to be done to before."""
    jobs = store.jobs()
    unsettled = {job.segment for job in jobs if job.kind is not JobKind.GENERATE}
    ours = [job for job in jobs if job.kind is JobKind.GENERATE and job.segment not in unsettled]
    return min(ours, key=lambda job: job.urgency, default=None)
