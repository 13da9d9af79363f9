"""What is printed, without a terminal."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from hallscribe.demo.questions import Question
from hallscribe.demo.telling import Teller, counts_words
from hallscribe.values import (
    Event,
    EventAdded,
    EventChanged,
    EventKind,
    EventWithdrawn,
    FrameCounts,
    Moment,
    Route,
    RouteHit,
    RouteReport,
    SearchAnswer,
    SystemNotice,
)

EVENT = Event("e1", "l", "u", EventKind.BUILD, 65.0, 0.87, {}, "", 2, 0, 66)


@pytest.fixture
def teller() -> Teller:
    return Teller(Console(file=io.StringIO(), width=200, force_terminal=False))


def said(teller: Teller) -> str:
    file = teller.console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def test_an_event_and_what_became_of_it(teller: Teller) -> None:
    changed = replace(EVENT, kind=EventKind.SLIDE_CHANGE, title="[b]Light[/b]")
    for happening in (EventAdded(EVENT), EventAdded(EVENT), EventChanged(changed), EventWithdrawn("e1", "a person")):
        teller.happening(happening)
    lines = [line.strip() for line in said(teller).splitlines()]
    assert lines == [
        "1:05  ● build         confidence 0.87",
        "1:05  ↻ refined      it is a slide change, was build, title “[b]Light[/b]”",
        "1:05  ✕ withdrawn  a person",
    ]
    assert teller.events == {}


def test_a_change_that_nobody_would_see_is_not_told(teller: Teller) -> None:
    teller.happening(EventAdded(EVENT))
    before = said(teller)
    teller.happening(EventChanged(replace(EVENT, confidence=0.871)))
    assert said(teller) == before
    assert teller.events["e1"].confidence == 0.871


def test_trouble_is_told(teller: Teller) -> None:
    teller.happening(SystemNotice("WORKER_LOST", "the perception worker [1] died"))
    assert "WORKER_LOST: the perception worker [1] died" in said(teller)


def test_an_answer(teller: Teller) -> None:
    hits = [RouteHit(Route.SAID, "dense", 1, 0.7), RouteHit(Route.WRITTEN, "full_text", 2, 3.0)]
    hits.append(RouteHit(Route.WRITTEN, "dense", 4, 0.4))
    moments = [
        Moment("l", "u", 130.0, 150.0, 1.0, hits, "Why Sunsets Are Red", "what remains is warm", 9),
        Moment("l", "u", 46.0, 66.0, 0.5, hits[:1], "", "", 3),
    ]
    teller.answer(1, Question("Why red?", "speech only", (129, 150)), SearchAnswer(moments, False, [], []))
    lines = [line.strip() for line in said(teller).strip().splitlines()]
    assert lines == [
        "1  Why red?  (speech only)",
        "✓ 2:10  Why Sunsets Are Red  found by: said (dense), written (full text, dense)",
        "“what remains is warm”",
        "also at 0:46",
    ]


def test_no_answer_says_why(teller: Teller) -> None:
    reports = [RouteReport(Route.SEEN, False, "not available with this bundle")]
    teller.answer(2, Question("What?", "the frame itself"), SearchAnswer([], False, reports, []))
    assert "nothing found (not available with this bundle)" in said(teller)


def test_a_bar_without_a_terminal_prints_lines_now_and_then(teller: Teller, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("hallscribe.demo.telling.time.monotonic", lambda: now)
    with teller.bar("streaming") as bar:
        bar.show(0.1, "kept 1")
        now += 6.0
        bar.show(0.5, "kept 5")
        bar.show(0.6, "kept 6")
    assert said(teller) == "  streaming:  50% kept 5\n"


def test_a_bar_of_unknown_length_says_no_share(teller: Teller, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("hallscribe.demo.telling.time.monotonic", lambda: now)
    with teller.bar("starting") as bar:
        now += 6.0
        bar.show(0.0)
    assert said(teller) == "  starting …\n"


def test_counts_words() -> None:
    assert counts_words(FrameCounts(3, 4, 5), 12.34) == "12.3 frames/s · kept 3 · reused 4 · skipped 5"
    assert counts_words(FrameCounts(rejected=1, failed=2), 1.0).endswith("lost 3")
