from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hallscribed.adapters.worker.ondemand import RemoteSummariser, SummariserSettings
from hallscribed.domain.errors import Interrupted, SummaryFailed
from hallscribed.domain.event import TextState

LIMIT = 128 << 20
Begin = Callable[..., RemoteSummariser]


@pytest.fixture
def begin(monkeypatch: pytest.MonkeyPatch) -> Iterator[Begin]:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    begun: list[RemoteSummariser] = []

    def start(what: str, patience_s: float = 20.0, load_s: float = 20.0) -> RemoteSummariser:
        settings = SummariserSettings(what, 1, 150, LIMIT)
        begun.append(RemoteSummariser(settings, "fake 1", patience_s, load_s=load_s, module="support.fake_language"))
        return begun[-1]

    yield start
    for each in begun:
        each.unload()


def failure(summariser: RemoteSummariser) -> SummaryFailed:
    with pytest.raises(SummaryFailed) as failed:
        summariser.summarise("title", "page", "speech")
    return failed.value


def test_it_runs_only_while_it_is_needed(begin: Begin) -> None:
    summariser = begin("answer")
    assert summariser.report().pid == 0
    assert summariser.summarise("title", "page", "speech") == "title | page | speech"
    first = summariser.report()
    assert first.pid > 0
    assert 0 < first.memory_bytes < LIMIT
    assert not first.loading
    assert not first.working
    assert summariser.summarise("again", "", "") == "again |  | "
    assert summariser.report().pid == first.pid
    summariser.unload()
    assert summariser.report().pid == 0
    assert not Path(f"/proc/{first.pid}").exists()
    assert summariser.summarise("anew", "", "") == "anew |  | "


@pytest.mark.parametrize(
    ("what", "state", "told"),
    [
        ("exit", TextState.MODEL_CRASHED, "ended with code 3"),
        ("killed", TextState.MODEL_CRASHED, "ended by signal 9"),
        ("memory", TextState.MODEL_OUT_OF_MEMORY, "too much memory in summary"),
        ("too big", TextState.MODEL_OUT_OF_MEMORY, "too much memory in loading"),
        ("no memory", TextState.MODEL_OUT_OF_MEMORY, "bad allocation"),
        ("fail", TextState.MODEL_FAILED, "shapes do not match"),
        ("broken", TextState.MODEL_FAILED, "in loading: ValueError: the bundle is broken"),
    ],
)
def test_what_went_wrong_is_told_and_nothing_is_left_running(
    begin: Begin, what: str, state: TextState, told: str
) -> None:
    summariser = begin(what)
    failed = failure(summariser)
    assert failed.state is state
    assert told in failed.detail
    assert summariser.report().pid == 0
    assert failure(summariser).state is state, "it is started anew, and fails anew"


def test_a_summary_that_takes_too_long_is_ended(begin: Begin) -> None:
    summariser = begin("hang", patience_s=0.3)
    failed = failure(summariser)
    assert (failed.state, failed.detail) == (
        TextState.MODEL_TIMED_OUT,
        "the summariser's summary took more than 0.3 s",
    )
    assert summariser.report().pid == 0


def test_loading_that_takes_too_long_is_ended(begin: Begin) -> None:
    failed = failure(begin("slow to load", load_s=0.3))
    assert failed.state is TextState.MODEL_TIMED_OUT
    assert "loading" in failed.detail


def test_a_stopped_process_counts_as_hung_even_when_it_reads_nothing(begin: Begin) -> None:
    summariser = begin("answer", patience_s=0.5)
    summariser.summarise("title", "", "")
    os.kill(summariser.report().pid, signal.SIGSTOP)
    with pytest.raises(SummaryFailed) as failed:
        summariser.summarise("t" * 10_000, "\U0001f600" * 100_000, "\U0001f600" * 1_000_000)
    assert failed.value.state is TextState.MODEL_TIMED_OUT


@pytest.mark.parametrize("what", ["hang", "slow to load"])
def test_stopping_interrupts_it_from_another_thread_for_good(begin: Begin, what: str) -> None:
    summariser = begin(what)
    raised: list[BaseException] = []

    def ask() -> None:
        try:
            summariser.summarise("title", "", "")
        except (Interrupted, SummaryFailed) as error:
            raised.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    while not (summariser.report().working or (what != "hang" and summariser.report().loading)):
        time.sleep(0.01)
    summariser.stop()
    asking.join(10)
    assert [type(error) for error in raised] == [Interrupted]
    with pytest.raises(Interrupted):
        summariser.summarise("title", "", "")
