"""How the daemon ends when a worker does not start: for good where it refuses, to be tried again where it was lost."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from hallscribed.adapters.worker.process import WorkerLost, WorkerRefused
from hallscribed.app.bootstrap import wait_for_workers
from hallscribed.domain.errors import Misconfigured, TemporarilyBlocked


class Failing:
    def __init__(self, error: Exception) -> None:
        self.error, self.stopped = error, False

    def wait_ready(self) -> None:
        raise self.error

    def stop(self) -> None:
        self.stopped = True


@pytest.mark.parametrize(
    ("error", "ends"),
    [
        (WorkerRefused("no model there"), Misconfigured),
        (WorkerLost("the perception worker died while it started"), TemporarilyBlocked),
        (WorkerLost("the perception worker did not start within 60 s"), TemporarilyBlocked),
    ],
)
def test_only_what_a_worker_refuses_is_a_fault_of_the_configuration(error: Exception, ends: type[Exception]) -> None:
    worker = Failing(error)
    with pytest.raises(ends, match="worker"):
        wait_for_workers(SimpleNamespace(workers=[worker]))  # type: ignore[arg-type]
    assert worker.stopped
