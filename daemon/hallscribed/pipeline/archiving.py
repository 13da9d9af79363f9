"""The box-wide archives: lectures at rest are merged into one index when the box has nothing better to do.

One is of what was seen, one of what was said, one of what was written.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from hallscribed.domain.errors import DataDamaged, NotFound
from hallscribed.domain.recording import SealedLecture
from hallscribed.pipeline.chore import Chore
from hallscribed.pipeline.maintenance import INDEX
from hallscribed.pipeline.meter import Meter
from hallscribed.ports import BoxArchive, Catalog, LectureStore

# Fewer rows are searched one lecture after the other in a few milliseconds, and take 60 MB of memory.
FROM_ROWS = 20_000
# It is written anew once so large a share of it is missing; and once in so long if a lecture that it holds is gone, so
# that nothing of it stays.
_MISSING, _GONE_S = 1 / 40, 24 * 3600.0
# While it is written its parts lie beside it.
_BYTES_PER_ROW = 2 * 800
_LOOK_S = 60.0


@dataclass(frozen=True, slots=True)
class Part:
    """One of the archives.

    Attributes:
        lectures: those that it may take up, as they are now.
        mend: writes a lecture's damaged rows again.
    """

    archive: BoxArchive
    lectures: Callable[[], Iterable[SealedLecture]]
    mend: Callable[[LectureStore], None]


class Archiving:
    """Looks now and then whether an archive should be written anew, in a thread of its own.

    Args:
        busy: True while the box has something better to do.
        check_space: Exhausted unless so many bytes are free beyond the reserve.
        from_rows: fewer rows outside an archive are left there.
    """

    def __init__(
        self,
        catalog: Catalog,
        parts: Sequence[Part],
        busy: Callable[[], bool],
        check_space: Callable[[int], None],
        meter: Meter,
        *,
        from_rows: int = FROM_ROWS,
        look_s: float = _LOOK_S,
    ) -> None:
        self._catalog = catalog
        self._parts = parts
        self._busy = busy
        self._check_space = check_space
        self._meter = meter
        self._from_rows = from_rows
        self._written = [-math.inf] * len(parts)
        self._damaged = [set[str]() for _ in parts]
        self._chore = Chore("archive", self.look, meter, look_s)
        self.start = self._chore.start

    def stop(self) -> None:
        """End; an archive that is half written is thrown away."""
        self._chore.stopping()
        for part in self._parts:
            part.archive.stop()
        self._chore.stop()

    def look(self) -> bool:
        """Mend what was found damaged, and write what is due, one after the other; whether anything was.

        One archive's trouble keeps no other from being looked at; the first is raised in the end.
        """
        written, trouble = False, list[Exception]()
        for number, part in enumerate(self._parts):
            try:
                self._mend(number, part)
                written |= self._looked_at(number, part)
            except Exception as error:
                trouble.append(error)
        if trouble:
            raise trouble[0]
        return written

    def _looked_at(self, number: int, part: Part) -> bool:
        if not self._is_due(part.archive, self._written[number]) or self._busy():
            return False
        lectures = list(part.lectures())
        if lectures:
            self._check_space(_BYTES_PER_ROW * sum(lecture.rows for lecture in lectures))
            with self._meter.stage("archive"):
                part.archive.build(lectures)
        else:
            part.archive.drop()
        self._written[number] = time.monotonic()
        return True

    def _is_due(self, archive: BoxArchive, written: float) -> bool:
        outside, rows = archive.outside(), archive.rows()
        gone = rows - sum(archive.archived().values())
        return outside >= max(self._from_rows, _MISSING * rows) or (gone > 0 and time.monotonic() - written >= _GONE_S)

    def _mend(self, number: int, part: Part) -> None:
        damaged = self._damaged[number]
        damaged |= part.archive.take_damaged()
        for uid in sorted(damaged):
            store = self._catalog.by_uid(uid)
            if store is not None:
                with contextlib.suppress(NotFound):  # deleted this very moment
                    part.mend(store)
            damaged.discard(uid)


def sealed_lectures(catalog: Catalog, space: str) -> Iterator[SealedLecture]:
    """The lectures whose index file is of a joint space."""
    for store in catalog.stores():
        with contextlib.suppress(NotFound, DataDamaged):  # deleted this very moment, or told elsewhere
            derived = store.derived(INDEX)
            if derived is not None and derived.space == space and derived.rows > 0 and store.is_finished():
                yield SealedLecture(store.uid, store.folder / INDEX, derived.sha256, derived.rows)
