"""The run from top to bottom, with a client that plays the daemon's part."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from rich.console import Console

from hallscribe.demo import flow
from hallscribe.demo.daemon import DaemonFailed
from hallscribe.demo.flow import Material, demonstrate
from hallscribe.demo.lecture import TruthRow
from hallscribe.demo.questions import Question
from hallscribe.demo.sample import Sample
from hallscribe.demo.telling import Teller
from hallscribe.errors import DaemonLost
from hallscribe.values import (
    CaptionsKept,
    Event,
    EventAdded,
    EventChanged,
    EventKind,
    FrameCounts,
    Lecture,
    LectureState,
    Moment,
    Notes,
    NotesSection,
    Progress,
    Record,
    Route,
    RouteHit,
    SearchAnswer,
    Segment,
    StreamStart,
    SummaryKind,
    TextState,
    Timeline,
)

CREATED = datetime(2026, 1, 1, tzinfo=UTC)
EVENT = Event("e", "a-talk", "u", EventKind.SLIDE_CHANGE, 4.0, 0.9, {}, "", 2, 0, 5)


class FakeDaemon:
    """A daemon that is ready at once; ``died`` is what it says when it is looked at."""

    target = "unix:///nowhere"
    died: str = ""

    def __init__(self, folder: Path, log: Path) -> None:
        log.touch()

    async def __aenter__(self) -> FakeDaemon:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def ready(self) -> None:
        return None

    def check(self) -> None:
        if self.died:
            raise DaemonFailed(self.died)

    async def stop(self) -> int:
        return 0


class FakeClient:
    """One lecture of two segments; reading takes two looks."""

    lose: bool = False

    def __init__(self, _: str) -> None:
        self.calls: list[str] = []
        self.pushed: list[float] = []
        self.pending = 2
        self.title = ""
        FakeClient.last = self

    last: FakeClient

    async def __aenter__(self) -> FakeClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    def lecture(self) -> Lecture:
        counts = FrameCounts(kept=2, reused=len(self.pushed) - 2)
        state = LectureState.FINISHED
        return Lecture("a-talk", "u", self.title, state, 8, 8, 8.0, CREATED, self.pending, counts)

    async def create_lecture(self, lecture_id: str, title: str) -> None:
        self.calls.append(f"create {lecture_id}")
        self.title = title

    async def put_captions(self, lecture_id: str, captions: bytes) -> CaptionsKept:
        assert captions.startswith(b"WEBVTT")
        return CaptionsKept(3, 1)

    async def subscribe(self, lecture_id: str, start: str, **_: object) -> AsyncIterator[Record]:
        titled = replace(EVENT, title="Light")
        for happening in (EventAdded(EVENT), EventChanged(titled)):
            yield Record(b"t", CREATED, lecture_id, "u", happening)

    async def push(self, lecture_id: str, frames: Any) -> AsyncIterator[Progress]:
        if self.lose:
            raise DaemonLost("CONNECTION", "gone")
        for position, frame in enumerate(frames(StreamStart(1, None, 1.0, 1 << 20, "u")), 1):
            self.pushed.append(frame.media_time_s)
            yield Progress(position, position, FrameCounts(kept=1, reused=position - 1))

    async def finish_lecture(self, lecture_id: str) -> None:
        self.calls.append("finish")

    async def get_lecture(self, lecture_id: str) -> Lecture:
        self.pending = max(0, self.pending - 1)
        return self.lecture()

    async def list_events(self, lecture_id: str) -> AsyncIterator[Event]:
        yield replace(EVENT, title="Light")

    async def search(self, text: str | None = None, **_: object) -> SearchAnswer:
        self.calls.append(f"search {text}")
        hit = RouteHit(Route.WRITTEN, "full_text", 1, 2.0)
        return SearchAnswer([Moment("a-talk", "u", 4.0, 8.0, 1.0, [hit], "Light", "a mixture", 2)], False, [], [])

    async def notes(self, lecture_id: str) -> Notes:
        def segment(number: int, start: float, title: str) -> Segment:
            done = TextState.DONE
            return Segment(
                number, start, start + 4, title, title, done, "A.", SummaryKind.EXTRACTIVE, done, number == 2
            )

        second = NotesSection(segment(2, 4.0, "Light"), replace(EVENT, title="Light"), "")
        return Notes(self.lecture(), [NotesSection(segment(1, 0.0, "Opening"), None, ""), second])

    async def picture(self, lecture_id: str, segment_number: int) -> bytes:
        picture = np.full((90, 160, 3), 200, np.uint8)
        return bytes(cv2.imencode(".jpg", picture)[1])

    async def timeline(self, lecture_id: str) -> Timeline:
        return Timeline([0.0, 4.0], [0.0, 1.0])


@pytest.fixture
def material(sample: Sample) -> Material:
    return Material(sample.video, sample.captions, "A Talk!", 1.0)


@pytest.fixture
def teller(monkeypatch: pytest.MonkeyPatch) -> Teller:
    monkeypatch.setattr(flow, "LocalDaemon", FakeDaemon)
    monkeypatch.setattr(flow, "AsyncClient", FakeClient)
    monkeypatch.setattr(flow, "_LOOK_EVERY_S", 0.01)
    return Teller(Console(file=io.StringIO(), width=150, force_terminal=False))


def said(teller: Teller) -> str:
    file = teller.console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


async def test_a_video_of_the_users_own(material: Material, teller: Teller, tmp_path: Path) -> None:
    await demonstrate(material, tmp_path, teller)
    client = FakeClient.last
    assert client.calls[:2] == ["create a-talk", "finish"]
    assert [round(time) for time in client.pushed] == list(range(18))
    assert "search Light" in client.calls
    assert "made from a slide's title" in said(teller)
    assert "↻ refined      title “Light”" in said(teller)
    assert "![Light](<pictures/0002.jpg>)" in (tmp_path / "notes.md").read_text(encoding="utf-8")
    assert (tmp_path / "pictures" / "0002.jpg").is_file()
    assert cv2.imread(str(tmp_path / "timeline.png")) is not None
    assert "exit code 0" in said(teller)


async def test_the_built_in_lecture_is_judged(material: Material, teller: Teller, tmp_path: Path) -> None:
    questions = [Question("One?", "slide", (3.0, 5.0)), Question("Two?", "speech", (20.0, 30.0))]
    known = replace(material, questions=questions, truth=[TruthRow(4.0, "slide", 4.0), TruthRow(7.0, "build", 7.0)])
    await demonstrate(known, tmp_path, teller)
    assert "1 of 2 boundaries found within 2 s, 0 false" in said(teller)
    assert "1 of 2 first answers" in said(teller)


async def test_a_daemon_that_dies_is_named(
    material: Material, teller: Teller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeClient, "lose", True)
    monkeypatch.setattr(FakeDaemon, "died", "the daemon ended with exit code 70")
    with pytest.raises(DaemonFailed, match="exit code 70"):
        await demonstrate(material, tmp_path, teller)


async def test_a_lost_call_to_a_living_daemon_is_told_as_it_is(
    material: Material, teller: Teller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeClient, "lose", True)
    with pytest.raises(DaemonLost, match="gone"):
        await demonstrate(material, tmp_path, teller)


@pytest.mark.parametrize(
    ("title", "lecture_id"), [("Über: 3/4 — Talk", "ber-3-4-talk"), ("…", "lecture"), ("a" * 99, "a" * 60)]
)
def test_lecture_id(title: str, lecture_id: str) -> None:
    assert Material(Path("v"), None, title, 1.0).lecture_id == lecture_id
