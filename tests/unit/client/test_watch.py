"""`hallscribe watch`, in this process against a scripted daemon and a camera made here."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from typer.testing import CliRunner

from hallscribe import AsyncClient, Conflict, InvalidRequest
from hallscribe.cli import app
from hallscribe.commands.watch import WatchOptions, watch
from hallscribe.output import Output
from hallscribe.v1 import lecture_pb2
from support.printed import Printed
from support.web_camera import web_camera


@pytest.fixture(scope="module")
def asked() -> Iterator[tuple[str, list[str]]]:
    """A camera's address, and the paths that it was asked for."""
    with web_camera() as (address, paths):
        yield f"{address.replace('//', '//user:geheim@')}/", paths


@pytest.fixture
def camera(asked: tuple[str, list[str]]) -> str:
    return asked[0]


async def watched(
    daemon: Any,
    options: WatchOptions,
    *,
    as_json: bool = True,
    frames: int | None = 2,
    enough: Callable[[Printed], bool] | None = None,
) -> Printed:
    """Let it run until the daemon has some frames, or it is ``enough``, then stop it as a service manager does."""
    daemon.max_image_bytes = 1 << 20
    printed = Printed(as_json)

    async def stop() -> None:
        if enough is None and frames is None:
            return
        while not enough(printed) if enough is not None else len(daemon.seen_frames) < (frames or 0):
            await asyncio.sleep(0.02)
        os.kill(os.getpid(), signal.SIGTERM)

    async with asyncio.timeout(60), AsyncClient(daemon.target, connect_for_s=0.2) as client:
        stopping = asyncio.create_task(stop())
        try:
            await watch(client, printed.output, options)
        finally:
            stopping.cancel()
            await asyncio.gather(stopping, return_exceptions=True)
    return printed


async def test_it_makes_the_lecture_pushes_a_frame_a_second_and_finishes_it(daemon: Any, camera: str) -> None:
    printed = await watched(daemon, WatchOptions(camera, "hall-3", title="Algebra"), frames=3)
    assert [name for name, _ in daemon.calls] == ["GetLecture", "CreateLecture", "StreamFrames", "FinishLecture"]
    assert daemon.made("CreateLecture")[0].title == "Algebra"
    times = [time_s for _, time_s in daemon.seen_frames]
    assert times[0] > 0
    assert [after - before for before, after in pairwise(times)] == pytest.approx([1.0] * 2, abs=0.4)
    assert {"camera": "live", "detail": "", "again_in_s": 0.0} in printed.lines
    assert (printed.lines[-1]["kept"], printed.lines[-1]["pending_jobs"]) == (3, 0)


async def test_its_password_is_told_to_nobody(daemon: Any, camera: str) -> None:
    def told(printed: Printed) -> bool:
        return "nothing at the path" in printed.said

    printed = await watched(daemon, WatchOptions(f"{camera}missing?token=geheim", "hall-3"), enough=told)
    requests = " ".join(str(request) for _, request in daemon.calls)
    assert "geheim" not in printed.said + requests
    people = await watched(daemon, WatchOptions(f"{camera}missing", "hall-4"), as_json=False, enough=told)
    assert "no picture from http://127.0.0.1:" in people.said
    assert "geheim" not in people.said


async def test_the_same_trouble_is_told_once(daemon: Any, asked: tuple[str, list[str]]) -> None:
    camera, paths = asked
    before = len(paths)
    options = WatchOptions(f"{camera}missing", "hall-3")
    printed = await watched(daemon, options, enough=lambda printed: len(paths) >= before + 3)
    assert [line["camera"] for line in printed.lines if "camera" in line] == ["away"]


async def test_it_ends_by_itself_when_its_time_is_over(daemon: Any, camera: str) -> None:
    began = time.monotonic()
    await watched(daemon, WatchOptions(camera, "algebra", for_s=1.5), frames=None)
    assert time.monotonic() - began >= 1.5
    assert daemon.lectures["algebra"].state == lecture_pb2.LECTURE_STATE_FINISHED


async def test_it_can_leave_the_lecture_open(daemon: Any, camera: str) -> None:
    await watched(daemon, WatchOptions(camera, "algebra", keep_open=True))
    assert daemon.made("FinishLecture") == []


@pytest.mark.parametrize(("captured_s_ago", "away_s"), [(100.0, 100.0), (None, 1.0), (-50.0, 1.0), (1e6, 1.0)])
async def test_begun_again_it_goes_on_at_the_time_that_it_is_by_then(
    daemon: Any, camera: str, captured_s_ago: float | None, away_s: float
) -> None:
    """Where the clock cannot be right, the lecture goes on at once."""
    daemon.durable, daemon.media_times = {1: 1}, {1: 20.0}
    if captured_s_ago is not None:
        daemon.last_capture_time = Timestamp(seconds=int(time.time() - captured_s_ago))
    await watched(daemon, WatchOptions(camera, "algebra"), frames=1)
    assert daemon.seen_frames[0][0] == 2
    assert daemon.seen_frames[0][1] == pytest.approx(20.0 + away_s, abs=10.0)
    assert daemon.seen_frames[0][1] >= 20.0 + away_s


async def test_frames_say_when_they_were_captured(daemon: Any, camera: str) -> None:
    await watched(daemon, WatchOptions(camera, "algebra"), frames=1)
    assert daemon.captured[1] == pytest.approx(time.time(), abs=30)


async def test_a_finished_lecture_is_not_gone_on_with(daemon: Any, camera: str) -> None:
    daemon.lectures["algebra"].state = lecture_pb2.LECTURE_STATE_FINISHED
    with pytest.raises(Conflict, match="is finished"):
        await watched(daemon, WatchOptions(camera, "algebra"), frames=None)


async def test_a_name_with_the_date_gets_a_number_once_that_lecture_is_finished(daemon: Any, camera: str) -> None:
    names = [time.strftime("hall-%Y"), time.strftime("hall-%Y-2")]
    for name in names:
        daemon.lectures[name] = lecture_pb2.Lecture(
            lecture_id=name, uid=daemon.uid, state=lecture_pb2.LECTURE_STATE_FINISHED
        )
    await watched(daemon, WatchOptions(camera, "hall-%Y"), frames=1)
    assert daemon.made("CreateLecture")[0].lecture_id == time.strftime("hall-%Y-3")
    assert daemon.made("StreamFrames")[0].lecture_id == time.strftime("hall-%Y-3")


async def test_a_daemon_that_is_not_there_yet_is_waited_for(daemon: Any, camera: str) -> None:
    for _ in range(8):
        daemon.refuse_next("GetLecture", grpc.StatusCode.UNAVAILABLE, "STARTING", "not yet")
    printed = await watched(daemon, WatchOptions(camera, "algebra"), frames=1, as_json=False)
    assert "not yet; it is tried again until it answers" in printed.err.getvalue()
    assert daemon.lectures["algebra"].state == lecture_pb2.LECTURE_STATE_FINISHED


async def test_a_file_is_no_camera(daemon: Any) -> None:
    with pytest.raises(InvalidRequest, match="see hallscribe ingest"):
        await watched(daemon, WatchOptions(__file__, "algebra"), frames=None)
    assert daemon.calls == []


@pytest.mark.parametrize("span", ["90", "3x", "1h30m"])
def test_how_long_is_read_as_people_write_it(span: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[WatchOptions] = []

    async def noted(client: AsyncClient, output: Output, options: WatchOptions) -> None:
        asked.append(options)

    monkeypatch.setattr("hallscribe.cli.watch_command", noted)
    environment = {"HALLSCRIBE_CAMERA": "rtsp://host/", "HALLSCRIBE_LECTURE": "hall", "HALLSCRIBE_FOR": span}
    result = CliRunner().invoke(app, ["watch"], env=environment)
    if span == "3x":
        assert result.exit_code == 2
        assert "no length of time" in result.output
    else:
        assert asked == [WatchOptions("rtsp://host/", "hall", for_s={"90": 90.0, "1h30m": 5400.0}[span])]
