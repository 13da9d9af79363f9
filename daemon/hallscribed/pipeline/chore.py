"""What the box does for itself now and then, when it has nothing better to do."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from hallscribed.domain.errors import HallscribeError, Reason
from hallscribed.pipeline.meter import Meter

# What went wrong is tried again ever later, in an hour at the latest.
_PATIENCE_S = 3600.0

log = logging.getLogger(__name__)


class Chore:
    """Looks now and then whether there is something to do, in a thread of its own.

    Args:
        name: of the thread and in the log.
        look: called each time; what it raises is told, and no more.
        look_s: between two looks, and before the first; longer while there is trouble.
        storage_failed: called when the disk failed a write.
    """

    def __init__(
        self,
        name: str,
        look: Callable[[], object],
        meter: Meter,
        look_s: float,
        storage_failed: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._name = name
        self._storage_failed = storage_failed
        self._look = look
        self._meter = meter
        self._look_s = look_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stopping(self) -> None:
        """Begin no further look, and wait for nothing."""
        self._stopping.set()

    def stop(self) -> None:
        """The same, and wait for the look that is under way."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(5.0)

    def wait(self, seconds: float) -> bool:
        """Pause within a look; whether it is to end."""
        return self._stopping.wait(seconds)

    def _run(self) -> None:
        wait_s = self._look_s
        while not self._stopping.wait(wait_s):
            wait_s = self._look_s if self._looked() else min(2 * wait_s, _PATIENCE_S)

    def _looked(self) -> bool:
        """Whether there was no trouble, which is told."""
        try:
            self._look()
            return True
        except HallscribeError as error:
            log.warning("the %s waits: %s", self._name, error.message)
            if error.reason is Reason.STORAGE_FAILED:
                self._storage_failed(error.message)
        except Exception:
            log.exception("the %s waits", self._name)
            self._meter.count("error")
        return False
