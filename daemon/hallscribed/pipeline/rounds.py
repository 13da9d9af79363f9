"""A thread that goes round the lectures that may have work and does one job at a time, the most urgent first."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hallscribed.domain.errors import DataDamaged, Exhausted, HallscribeError, NotFound, Reason, Unavailable
from hallscribed.domain.recording import Job
from hallscribed.pipeline.meter import Meter
from hallscribed.ports import Catalog, LectureStore

log = logging.getLogger(__name__)


def _nothing() -> float | None:
    return None


class Rounds:
    """Work on lectures, apart from what brings it.

    Args:
        name: of the thread.
        look: a lecture's most urgent job; None lets go of the lecture until it is woken.
        do: does the job.
        storage_failed: called when the disk failed a write.
        retry_s: how long to wait after trouble that may pass.
        rest: called while there is nothing to do; after how many seconds to call it again, None for not at all.
    """

    def __init__(
        self,
        name: str,
        catalog: Catalog,
        look: Callable[[LectureStore], Job | None],
        do: Callable[[LectureStore, Job], None],
        storage_failed: Callable[[str], None],
        meter: Meter,
        *,
        retry_s: float = 5.0,
        rest: Callable[[], float | None] = _nothing,
    ) -> None:
        self._catalog = catalog
        self._look = look
        self._do = do
        self._storage_failed = storage_failed
        self._meter = meter
        self._retry_s = retry_s
        self._rest = rest
        self._waiting = {store.uid for store in catalog.stores()}
        self._news = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def wake(self, uid: str) -> None:
        """A lecture may have work."""
        with self._news:
            self._waiting.add(uid)
            self._news.notify()

    def waiting(self) -> list[LectureStore]:
        """The lectures that may have work."""
        with self._news:
            uids = sorted(self._waiting)
        return [store for uid in uids if (store := self._catalog.by_uid(uid)) is not None]

    def stop(self) -> None:
        """End after the job in hand; what waits is durable and goes on at the next start."""
        with self._news:
            self._stopping = True
            self._news.notify()
        if self._thread.ident is not None:
            self._thread.join(5.0)

    def pause(self, seconds: float) -> None:
        """Wait, unless it ends or there is news."""
        with self._news:
            if not self._stopping:
                self._news.wait(seconds)

    def _run(self) -> None:
        while self._await_work():
            try:
                self._step()
            except HallscribeError as error:
                log.warning("work on lectures waits: %s", error.message)
                if error.reason is Reason.STORAGE_FAILED:
                    self._storage_failed(error.message)
                self.pause(self._retry_s)
            except Exception:
                log.exception("work on lectures failed")
                self._meter.count("error")
                self.pause(self._retry_s)

    def _await_work(self) -> bool:
        """True when there may be some, False at the end."""
        while True:
            with self._news:
                if self._stopping or self._waiting:
                    return not self._stopping
            again_s = self._rest()
            with self._news:
                if not self._stopping and not self._waiting:
                    self._news.wait(again_s)

    def _step(self) -> None:
        """Do the most urgent job there is, or let go of lectures that have none.

        Trouble with one lecture, such as a database that another process holds, keeps no other one waiting.
        """
        with self._news:
            waiting = sorted(self._waiting)
        best: tuple[LectureStore, Job] | None = None
        trouble: HallscribeError | None = None
        for uid in waiting:
            store = self._catalog.by_uid(uid)
            with self._apart(uid):
                try:
                    job = self._next(uid, store)
                except (Exhausted, Unavailable) as error:
                    self.wake(uid)
                    if error.reason is Reason.STORAGE_FAILED:
                        raise
                    trouble = error
                    continue
                if store is not None and job is not None and (best is None or job.urgency < best[1].urgency):
                    best = store, job
        if best is not None:
            with self._apart(best[0].uid):
                self._do(*best)
        elif trouble is not None:
            raise trouble

    def _next(self, uid: str, store: LectureStore | None) -> Job | None:
        self._forget(uid)  # before looking: what is added while we look wakes us again
        if store is None:
            return None
        job = self._look(store)
        if job is not None:
            self.wake(uid)
        return job

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
