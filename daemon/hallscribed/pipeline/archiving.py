"""The box-wide archive: sealed lectures are merged into one index when the box has nothing better to do."""

from __future__ import annotations

import contextlib
import logging
import math
import time
from collections.abc import Callable, Iterator

from hallscribed.domain.errors import DataDamaged, NotFound
from hallscribed.domain.recording import SealedLecture
from hallscribed.pipeline.chore import Chore
from hallscribed.pipeline.maintenance import INDEX, Sealing
from hallscribed.pipeline.meter import Meter
from hallscribed.ports import BoxArchive, Catalog

# Fewer rows are searched one lecture after the other in a few milliseconds, and take 60 MB of memory.
FROM_ROWS = 20_000
# It is written anew once so large a share of it is missing; and once in so long if a lecture that it holds is gone, so
# that nothing of it stays.
_MISSING, _GONE_S = 1 / 40, 24 * 3600.0
# While it is written its parts lie beside it.
_BYTES_PER_ROW = 2 * 800
_LOOK_S = 60.0

log = logging.getLogger(__name__)


class Archiving:
    """Looks now and then whether the archive should be written anew, in a thread of its own.

    Args:
        space: name of the joint space.
        busy: True while the box has something better to do.
        check_space: Exhausted unless so many bytes are free beyond the reserve.
        from_rows: fewer rows outside the archive are left there.
    """

    def __init__(
        self,
        catalog: Catalog,
        sealing: Sealing,
        archive: BoxArchive,
        space: str,
        busy: Callable[[], bool],
        check_space: Callable[[int], None],
        meter: Meter,
        *,
        from_rows: int = FROM_ROWS,
        look_s: float = _LOOK_S,
    ) -> None:
        self._catalog = catalog
        self._sealing = sealing
        self._archive = archive
        self._space = space
        self._busy = busy
        self._check_space = check_space
        self._meter = meter
        self._from_rows = from_rows
        self._written = -math.inf
        self._chore = Chore("archive", self.look, meter, look_s)
        self.start = self._chore.start

    def stop(self) -> None:
        """End; an archive that is half written is thrown away."""
        self._chore.stopping()
        self._archive.stop()
        self._chore.stop()

    def look(self) -> bool:
        """Mend what was found damaged, and write the archive if it is due and there is time; whether it was."""
        self._mend()
        if not self._is_due() or self._busy():
            return False
        lectures = list(self._sealed())
        if lectures:
            self._check_space(_BYTES_PER_ROW * sum(lecture.rows for lecture in lectures))
            with self._meter.stage("archive"):
                self._archive.build(lectures)
        else:
            self._archive.drop()
        self._written = time.monotonic()
        return True

    def _is_due(self) -> bool:
        outside, rows = self._archive.outside(), self._archive.rows()
        gone = rows - sum(self._archive.archived().values())
        return outside >= max(self._from_rows, _MISSING * rows) or (
            gone > 0 and time.monotonic() - self._written >= _GONE_S
        )

    def _sealed(self) -> Iterator[SealedLecture]:
        for store in self._catalog.stores():
            with contextlib.suppress(NotFound, DataDamaged):  # deleted this very moment, or told elsewhere
                derived = store.derived(INDEX)
                if derived is not None and derived.space == self._space and derived.rows > 0 and store.is_finished():
                    yield SealedLecture(store.uid, store.folder / INDEX, derived.sha256, derived.rows)

    def _mend(self) -> None:
        for uid in self._archive.take_damaged():
            store = self._catalog.by_uid(uid)
            if store is not None:
                log.warning("%s", self._sealing.rebuild(store))
