"""Another encoder than a lecture was recorded with: its key frames are encoded anew, when there is time."""

from __future__ import annotations

import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from hallscribed.domain.embedding import Vector
from hallscribed.domain.errors import DataDamaged, NotFound, Reason, Unavailable
from hallscribed.domain.frame import Refusal
from hallscribed.domain.recording import UnseenSegment
from hallscribed.pipeline.chore import Chore
from hallscribed.pipeline.maintenance import Sealing
from hallscribed.pipeline.meter import Meter
from hallscribed.pipeline.recorder import Recorder
from hallscribed.ports import Catalog, LectureStore, Perception

_LOOK_S, _BUSY_S = 60.0, 1.0
_ATTEMPTS = 3

log = logging.getLogger(__name__)


class Reembedding:
    """Looks through the finished lectures, in a thread of its own; what they had of other encoders stays.

    Args:
        busy: True while the box has something better to do; asked before each picture.
    """

    def __init__(
        self,
        catalog: Catalog,
        recorder: Recorder,
        sealing: Sealing,
        perception: Perception,
        busy: Callable[[], bool],
        storage_failed: Callable[[str], None],
        meter: Meter,
        *,
        look_s: float = _LOOK_S,
    ) -> None:
        self._catalog = catalog
        self._recorder = recorder
        self._sealing = sealing
        self._perception = perception
        self._busy = busy
        self._meter = meter
        self._looked_at: set[str] = set()
        self._failures: Counter[str] = Counter()
        self._chore = Chore("encoding of older lectures", self.look, meter, look_s, storage_failed)
        self.start = self._chore.start
        self.stop = self._chore.stop

    def look(self) -> int:
        """Encode what no vector of this encoder shows, lecture by lecture; how many pictures.

        Raises:
            Unavailable: the encoder's process was lost at a lecture, which is tried three times; others were seen.
            Exhausted: the disk is too full.
        """
        made, lost = 0, None
        for store in self._catalog.stores():
            if self._chore.wait(0):
                break
            if store.uid in self._looked_at:
                continue
            try:
                made += self._looked_through(store)
            except Unavailable as error:
                if error.reason is not Reason.WORKER_LOST:
                    raise
                lost = error
                self._failures[store.uid] += 1
                if self._failures[store.uid] >= _ATTEMPTS:
                    self._looked_at.add(store.uid)
        if lost is not None:
            raise lost
        return made

    def _looked_through(self, store: LectureStore) -> int:
        """How many of a lecture's pictures were given a vector; it is not looked at again unless it was cut short."""
        with contextlib.suppress(NotFound, DataDamaged):  # deleted this very moment, or told elsewhere
            if store.is_finished():
                made = self._seen(store, store.unseen())
                if made is not None:
                    self._looked_at.add(store.uid)
                return made or 0
        return 0

    def _seen(self, store: LectureStore, segments: Sequence[UnseenSegment]) -> int | None:
        """How many pictures have a vector now; None when the daemon stops."""
        spans, vectors = [], []
        if segments:
            self._recorder.check_space()
        for segment in segments:
            while self._busy():
                if self._chore.wait(_BUSY_S):
                    return None
            if self._chore.wait(0):
                return None
            vector = self._vector(store, segment.number)
            if vector is not None:
                spans.append((segment.start, segment.end))
                vectors.append(vector)
        if vectors:
            self._recorder.add_vectors(store, spans, np.stack(vectors))
            log.info("%s: %d key frames were encoded with the encoder in use", store.lecture_id, len(vectors))
        self._sealing.seal(store)  # also what could not be sealed the last time
        return len(vectors)

    def _vector(self, store: LectureStore, segment: int) -> Vector | None:
        """None where there is no picture any more, or it cannot be encoded."""
        picture = store.picture(segment)
        if picture is None:
            return None
        with self._meter.stage("reembed"):
            vector = self._perception.embed(picture)
        if not isinstance(vector, Refusal):
            return vector
        if vector.reason is Reason.WORKER_LOST:
            raise Unavailable(vector.reason, vector.detail, retry_after_s=_LOOK_S)
        log.warning("%s, segment %d: its key frame could not be encoded: %s", store.lecture_id, segment, vector.detail)
        return None
