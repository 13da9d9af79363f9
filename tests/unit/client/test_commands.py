"""The commands, run in this process against a scripted daemon: what they ask for and what they print."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import cv2
import grpc
import numpy as np
import pytest

from hallscribe import AsyncClient, Conflict, DaemonLost, HallscribeError, InvalidRequest, NotFound, Route
from hallscribe.commands.delete import delete
from hallscribe.commands.events import events
from hallscribe.commands.ingest import IngestOptions, ingest
from hallscribe.commands.lectures import lectures
from hallscribe.commands.notes import notes
from hallscribe.commands.search import search
from hallscribe.commands.status import status
from hallscribe.output import printable
from hallscribe.v1 import event_pb2, ingest_pb2, lecture_pb2, notes_pb2, search_pb2, system_pb2
from hallscribe.values import SourceState
from hallscribe.video import NotAVideo
from support.printed import Printed


async def run(daemon: Any, command: Any, *arguments: Any, as_json: bool = True, **options: Any) -> Printed:
    printed = Printed(as_json)
    async with AsyncClient(daemon.target, connect_for_s=0.2) as client:
        await command(client, printed.output, *arguments, **options)
    return printed


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("video") / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 5, (32, 18))
    for _ in range(30):
        writer.write(np.zeros((18, 32, 3), np.uint8))
    writer.release()
    return path


def an_event(event_id: str, time_s: float = 1.0, title: str = "") -> event_pb2.Event:
    return event_pb2.Event(
        event_id=event_id,
        kind=event_pb2.EVENT_KIND_SLIDE_CHANGE,
        time_s=time_s,
        confidence=0.5,
        evidence={"novelty": 0.25, "area": 0.5},
        title=title,
    )


PROGRESS = {"received_position", "durable_position", "kept", "reused", "skipped", "rejected"}


async def test_captions_that_are_refused_leave_no_new_lecture_behind(daemon: Any, film: Path, tmp_path: Path) -> None:
    captions = tmp_path / "c.vtt"
    captions.write_text("no captions at all")
    daemon.refuse_next("PutCaptions", grpc.StatusCode.INVALID_ARGUMENT, "INVALID_CAPTIONS", "line 3 is no time")
    with pytest.raises(InvalidRequest):
        await run(daemon, ingest, IngestOptions(film, "new", captions))
    assert "new" not in daemon.lectures
    assert "StreamFrames" not in [name for name, _ in daemon.calls]


async def test_captions_that_are_none_by_their_length_are_not_sent(daemon: Any, film: Path, tmp_path: Path) -> None:
    captions = tmp_path / "c.vtt"
    captions.write_bytes(b"WEBVTT" + bytes(5 << 20))
    with pytest.raises(InvalidRequest, match="more than 4 MiB"):
        await run(daemon, ingest, IngestOptions(film, "new", captions))
    assert daemon.calls == []


async def test_a_file_that_the_daemon_may_not_read_leaves_no_new_lecture_behind(daemon: Any, film: Path) -> None:
    daemon.refuse_next("AttachSource", grpc.StatusCode.INVALID_ARGUMENT, "SOURCE_NOT_ALLOWED", "not under a root")
    with pytest.raises(InvalidRequest):
        await run(daemon, ingest, IngestOptions(film, "new", pull=True))
    assert "new" not in daemon.lectures


async def test_captions_that_are_refused_leave_an_older_lecture_alone(daemon: Any, film: Path, tmp_path: Path) -> None:
    captions = tmp_path / "c.vtt"
    captions.write_text("no captions at all")
    daemon.lectures["old"] = lecture_pb2.Lecture(lecture_id="old", uid=daemon.uid, state=lecture_pb2.LECTURE_STATE_OPEN)
    daemon.refuse_next("PutCaptions", grpc.StatusCode.INVALID_ARGUMENT, "INVALID_CAPTIONS", "line 3 is no time")
    with pytest.raises(InvalidRequest):
        await run(daemon, ingest, IngestOptions(film, "old", captions))
    assert "old" in daemon.lectures


async def test_ingest_makes_the_lecture_sends_finishes_and_waits(daemon: Any, film: Path, tmp_path: Path) -> None:
    captions = tmp_path / "c.vtt"
    captions.write_text("WEBVTT")
    printed = await run(daemon, ingest, IngestOptions(film, "new", captions))
    order = [name for name, _ in daemon.calls]
    assert order[:4] == ["GetLecture", "CreateLecture", "PutCaptions", "StreamFrames"]
    assert order[4:6] == ["FinishLecture", "GetLecture"]
    assert daemon.made("PutCaptions")[0].captions == b"WEBVTT"
    assert daemon.media_times == pytest.approx({number: number - 1.0 for number in range(1, 7)})
    assert all(line.keys() >= PROGRESS for line in printed.lines)
    assert (printed.lines[-1]["durable_position"], printed.lines[-1]["kept"]) == (6, 6)
    assert printed.err.getvalue() == ""


async def test_ingest_for_people_ends_with_one_line(daemon: Any, film: Path) -> None:
    printed = await run(daemon, ingest, IngestOptions(film, "algebra"), as_json=False)
    assert printed.out.getvalue() == "algebra: 6 frames (6 kept), 0:05 long, finished\n"


async def test_ingest_goes_on_where_a_killed_one_ended(daemon: Any, film: Path) -> None:
    daemon.durable, daemon.media_times = {1: 1, 2: 1}, {1: 0.0, 2: 1.0}
    printed = await run(daemon, ingest, IngestOptions(film, "algebra"))
    assert [round(time) for _, time in daemon.seen_frames] == [2, 3, 4, 5]
    assert printed.lines[0]["kept"] == 2, "frames of the earlier run count"
    assert printed.lines[-1]["durable_position"] == printed.lines[-1]["kept"] == 6


async def test_another_recording_is_not_taken_for_one_that_has_been_sent(daemon: Any, film: Path) -> None:
    daemon.durable, daemon.media_times = {1: 1, 2: 1}, {1: 0.0, 2: 60.0}
    with pytest.raises(Conflict, match="a lecture of its own"):
        await run(daemon, ingest, IngestOptions(film, "algebra"))
    assert daemon.made("FinishLecture") == []
    daemon.media_times = {1: 0.0, 2: 5.2}
    await run(daemon, ingest, IngestOptions(film, "algebra"))
    assert len(daemon.made("FinishLecture")) == 1


async def test_ingest_can_leave_the_lecture_open(daemon: Any, film: Path) -> None:
    await run(daemon, ingest, IngestOptions(film, "algebra", keep_open=True))
    assert daemon.made("FinishLecture") == []


async def test_ingest_waits_until_every_slide_is_read(daemon: Any, film: Path) -> None:
    lecture = lecture_pb2.Lecture(lecture_id="algebra", state=lecture_pb2.LECTURE_STATE_OPEN)
    pending = [lecture_pb2.GetLectureResponse(lecture=lecture) for _ in range(4)]
    for number, reply in enumerate(pending):
        reply.lecture.pending_jobs = [0, 2, 1, 0][number]
    daemon.replies["GetLecture"] = pending
    printed = await run(daemon, ingest, IngestOptions(film, "algebra"))
    assert [line["pending_jobs"] for line in printed.lines if "pending_jobs" in line] == [2, 1, 0, 0]


async def test_ingest_need_not_wait(daemon: Any, film: Path) -> None:
    await run(daemon, ingest, IngestOptions(film, "algebra", wait=False))
    assert daemon.calls[-1][0] == "FinishLecture"


async def test_a_file_that_is_no_video_is_refused_before_anything_is_asked(daemon: Any, tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_text("no film")
    with pytest.raises(NotAVideo):
        await run(daemon, ingest, IngestOptions(tmp_path / "x.mp4", "new"))
    assert daemon.calls == []


async def test_captions_that_are_none_are_refused_before_any_frame(daemon: Any, film: Path) -> None:
    daemon.refuse_next("PutCaptions", grpc.StatusCode.INVALID_ARGUMENT, "INVALID_CAPTIONS", "line 3 is no time")
    with pytest.raises(InvalidRequest, match="line 3"):
        await run(daemon, ingest, IngestOptions(film, "algebra", film))
    assert daemon.made("StreamFrames") == []
    with pytest.raises(InvalidRequest, match=r"none\.vtt cannot be read"):
        await run(daemon, ingest, IngestOptions(film, "algebra", Path("none.vtt")))


async def test_a_finished_lecture_takes_nothing_more(daemon: Any, film: Path) -> None:
    daemon.lectures["algebra"].state = lecture_pb2.LECTURE_STATE_FINISHED
    with pytest.raises(Conflict, match="hallscribe delete algebra"):
        await run(daemon, ingest, IngestOptions(film, "algebra", film))
    assert daemon.made("PutCaptions") == []


async def test_a_lost_daemon_is_told_with_what_is_kept(daemon: Any, film: Path) -> None:
    daemon.durable, daemon.media_times = {1: 1, 2: 1, 3: 1}, {3: 2.0}
    daemon.hold.set()

    async def lose() -> None:
        while not daemon.seen_frames:
            await asyncio.sleep(0.01)
        await daemon.stop()

    losing = asyncio.create_task(lose())
    with pytest.raises(DaemonLost, match="after the 3 frames of algebra that are kept"):
        await run(daemon, ingest, IngestOptions(film, "algebra", retry_for_s=0.3))
    daemon.hold.clear()
    await losing


async def test_a_daemon_that_is_lost_while_it_reads_has_the_whole_lecture(daemon: Any, film: Path) -> None:
    finished = lecture_pb2.Lecture(lecture_id="algebra", state=lecture_pb2.LECTURE_STATE_FINISHED, pending_jobs=2)
    daemon.replies["FinishLecture"] = lecture_pb2.FinishLectureResponse(lecture=finished)

    async def lose() -> None:
        while not daemon.made("FinishLecture"):
            await asyncio.sleep(0.01)
        await daemon.stop()

    reading = lecture_pb2.GetLectureResponse(lecture=daemon.lectures["algebra"])
    reading.lecture.pending_jobs = 2
    daemon.replies["GetLecture"] = [reading] * 100
    losing = asyncio.create_task(lose())
    with pytest.raises(DaemonLost, match=r"algebra is finished and all its 6 frames are kept: .* nothing left to do"):
        await run(daemon, ingest, IngestOptions(film, "algebra", retry_for_s=0.3))
    await losing


async def test_every_step_outlasts_a_moment_without_daemon(daemon: Any, film: Path) -> None:
    for call in ("GetLecture", "CreateLecture", "StreamFrames", "FinishLecture"):
        daemon.refuse_next(call, grpc.StatusCode.UNAVAILABLE, "SHUTTING_DOWN")
    printed = await run(daemon, ingest, IngestOptions(film, "new"))
    assert printed.lines[-1]["durable_position"] == 6


async def test_a_video_cut_off_is_sent_as_far_as_it_goes(daemon: Any, film: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.avi"
    cut.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
    printed = await run(daemon, ingest, IngestOptions(cut, "algebra"))
    assert "cut off or damaged" in json.loads(printed.err.getvalue())["warning"]["message"]
    assert 1 <= len(daemon.durable) < 6


def a_source(state: int, **more: Any) -> ingest_pb2.ListSourcesResponse:
    source = ingest_pb2.Source(source_id="s0", lecture_id="algebra", path="/talks/a.mp4", state=state, **more)
    return ingest_pb2.ListSourcesResponse(sources=[source])


async def test_pull_has_the_daemon_read_the_file(daemon: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hallscribe.commands.pull._LOOK_AGAIN_S", 0.0)
    daemon.replies["ListSources"] = [
        ingest_pb2.ListSourcesResponse(),
        a_source(ingest_pb2.SOURCE_STATE_RUNNING, kept=2, durable_position=2),
        # The daemon was restarted and has forgotten its sources.
        ingest_pb2.ListSourcesResponse(),
        ingest_pb2.ListSourcesResponse(),
        a_source(ingest_pb2.SOURCE_STATE_ENDED, kept=3, skipped=1, durable_position=4, detail="ended early at 3.0 s"),
    ]
    # The second attachment has another id.
    daemon.replies["ListSources"][4].sources[0].source_id = "s1"
    printed = await run(daemon, ingest, IngestOptions(Path("/talks/a.mp4"), "algebra", pull=True))
    attached = daemon.made("AttachSource")
    assert [(request.path, request.realtime) for request in attached] == [("/talks/a.mp4", False)] * 2
    assert [line["durable_position"] for line in printed.lines][:2] == [0, 2]
    assert "ended early" in printed.err.getvalue()
    assert daemon.made("StreamFrames") == []


async def test_pull_goes_on_after_a_daemon_that_was_restarted_in_order(
    daemon: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hallscribe.commands.pull._LOOK_AGAIN_S", 0.0)
    daemon.replies["ListSources"] = [
        ingest_pb2.ListSourcesResponse(),
        a_source(ingest_pb2.SOURCE_STATE_DETACHED, durable_position=2),
        *[(grpc.StatusCode.UNAVAILABLE, "SHUTTING_DOWN")] * 12,
        ingest_pb2.ListSourcesResponse(),  # another daemon
        a_source(ingest_pb2.SOURCE_STATE_ENDED, durable_position=4),
    ]
    daemon.replies["ListSources"][-1].sources[0].source_id = "s1"
    monkeypatch.setattr("hallscribe.commands.pull._GOES_S", {SourceState.DETACHED: 0.3})
    printed = await run(daemon, ingest, IngestOptions(Path("/talks/a.mp4"), "algebra", pull=True))
    assert len(daemon.made("AttachSource")) == 2
    assert printed.err.getvalue() == ""


async def test_pull_goes_on_with_what_the_daemon_reads_already(daemon: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hallscribe.commands.pull._LOOK_AGAIN_S", 0.0)
    daemon.replies["ListSources"] = [
        a_source(ingest_pb2.SOURCE_STATE_RUNNING, kept=2, durable_position=2, detail="the disk is full"),
        a_source(ingest_pb2.SOURCE_STATE_ENDED, durable_position=4),
    ]
    daemon.durable, daemon.media_times = {1: 1, 2: 1}, {1: 0.0, 2: 1.0}
    printed = await run(daemon, ingest, IngestOptions(Path("/talks/a.mp4"), "algebra", pull=True))
    assert daemon.made("AttachSource") == daemon.made("DetachSource") == []
    assert (printed.lines[0]["trouble"], printed.lines[0]["kept"]) == ("the disk is full", 2)
    assert printed.err.getvalue().count("the disk is full") == 1


async def test_pull_that_is_interrupted_leaves_no_source_behind(daemon: Any) -> None:
    daemon.replies["ListSources"] = [
        ingest_pb2.ListSourcesResponse(),
        *[a_source(ingest_pb2.SOURCE_STATE_RUNNING, durable_position=2)] * 100,
    ]
    pulling = asyncio.create_task(run(daemon, ingest, IngestOptions(Path("/talks/a.mp4"), "algebra", pull=True)))
    while not daemon.made("AttachSource"):
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)
    pulling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await pulling
    assert len(daemon.made("DetachSource")) == 1


async def test_pull_that_fails_says_why(daemon: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hallscribe.commands.pull._LOOK_AGAIN_S", 0.0)
    monkeypatch.setattr("hallscribe.commands.pull._GOES_S", {})
    daemon.replies["ListSources"] = a_source(ingest_pb2.SOURCE_STATE_FAILED, detail="the file vanished")
    with pytest.raises(HallscribeError, match="the file vanished"):
        await run(daemon, ingest, IngestOptions(Path("/talks/a.mp4"), "algebra", pull=True))
    assert daemon.made("FinishLecture") == []


async def test_lectures_are_listed_over_pages(daemon: Any) -> None:
    one, two = (lecture_pb2.Lecture(lecture_id=name, uid=f"01{name}", state=1, duration_s=2.5) for name in "ab")
    pages = [
        lecture_pb2.ListLecturesResponse(lectures=[one], next_page_token="p2"),
        lecture_pb2.ListLecturesResponse(lectures=[two]),
    ]
    daemon.replies["ListLectures"] = pages
    printed = await run(daemon, lectures)
    assert [line["lecture"] for line in printed.lines] == ["a", "b"]
    expected = {"lecture": "a", "uid": "01a", "state": "open", "frames": 0, "durable_position": 0, "duration_s": 2.5}
    assert printed.lines[0].items() >= expected.items()
    assert [request.page_token for request in daemon.made("ListLectures")] == ["", "p2"]
    assert "algebra" in (await run(daemon, lectures, as_json=False)).out.getvalue()


async def test_events_are_listed(daemon: Any) -> None:
    daemon.replies["ListEvents"] = event_pb2.ListEventsResponse(events=[an_event("e1", 62.0, "Kernels")])
    (line,) = (await run(daemon, events, "algebra", False, 1.0)).lines
    expected = {"id": "e1", "time_s": 62.0, "kind": "slide_change", "confidence": 0.5, "title": "Kernels"}
    assert line.items() >= expected.items()
    assert list(line["evidence"].items()) == [("area", 0.5), ("novelty", 0.25)]
    assert "record" not in line
    text = (await run(daemon, events, "algebra", False, 1.0, as_json=False)).out.getvalue()
    assert text.split() == ["1:02", "slide", "change", "0.50", "Kernels"]


async def test_following_tells_the_present_then_every_change_once(daemon: Any) -> None:
    daemon.replies["ListEvents"] = event_pb2.ListEventsResponse(events=[an_event("e1")])
    record = event_pb2.SubscribeResponse
    daemon.feed = [
        record(event_added=event_pb2.EventAdded(event=an_event("e1"))),
        record(event_added=event_pb2.EventAdded(event=an_event("e2", 5.0))),
        record(event_changed=event_pb2.EventChanged(event=an_event("e2", 5.0, "Title"))),
        record(event_withdrawn=event_pb2.EventWithdrawn(event_id="e1", detail="a shadow")),
        record(event_withdrawn=event_pb2.EventWithdrawn(event_id="e0", detail="never seen")),
        record(lecture_changed=event_pb2.LectureChanged(change=event_pb2.LECTURE_CHANGE_DELETED)),
    ]
    lines = (await run(daemon, events, "algebra", True, 1.0)).lines
    assert [(line["record"], line.get("id"), line.get("title")) for line in lines] == [
        ("present", "e1", ""),
        ("added", "e2", ""),
        ("changed", "e2", "Title"),
        ("withdrawn", "e1", ""),
        ("lecture_deleted", None, None),
    ]
    assert lines[3]["detail"] == "a shadow"


async def test_following_a_feed_that_was_rebuilt_tells_what_changed_meanwhile(daemon: Any) -> None:
    daemon.replies["ListEvents"] = [
        event_pb2.ListEventsResponse(events=[an_event("e1"), an_event("e2", 2.0)]),
        event_pb2.ListEventsResponse(events=[an_event("e2", 2.0, "Title"), an_event("e3", 3.0)]),
    ]
    daemon.feed = [event_pb2.SubscribeResponse(system=event_pb2.SystemNotice())]
    daemon.refusals_after_record = [(grpc.StatusCode.OUT_OF_RANGE, "HISTORY_GONE")]
    deleted = event_pb2.LectureChanged(change=event_pb2.LECTURE_CHANGE_DELETED)
    daemon.feed_after_refusal = [event_pb2.SubscribeResponse(lecture_changed=deleted)]
    lines = (await run(daemon, events, "algebra", True, 1.0)).lines
    assert [(line["record"], line.get("id")) for line in lines] == [
        ("present", "e1"),
        ("present", "e2"),
        ("withdrawn", "e1"),
        ("changed", "e2"),
        ("added", "e3"),
        ("lecture_deleted", None),
    ]


async def test_following_an_unknown_lecture_ends_at_once(daemon: Any) -> None:
    daemon.refuse_next("Subscribe", grpc.StatusCode.NOT_FOUND, "UNKNOWN_LECTURE", "no lecture geometry")
    with pytest.raises(NotFound, match="geometry"):
        await run(daemon, events, "geometry", True, 1.0)


async def test_search_prints_moments_and_what_could_not_answer(daemon: Any) -> None:
    hits = [
        search_pb2.RouteHit(route=search_pb2.SEARCH_ROUTE_SAID, method=method, rank=1, score=0.5)
        for method in ("full_text", "dense")
    ]
    moment = search_pb2.Moment(
        lecture_id="algebra", start_s=60, end_s=80, score=0.03, hits=hits, title="Kernels", snippet="the kernel is"
    )
    seen = search_pb2.RouteReport(route=search_pb2.SEARCH_ROUTE_SEEN, detail="not available with this bundle")
    daemon.replies["Search"] = search_pb2.SearchResponse(
        moments=[moment], routes=[seen], partial=True, warnings=["query cut at 256 tokens"]
    )
    printed = await run(daemon, search, "kernel", ["algebra"], 5, [Route.SAID])
    (line,) = printed.lines
    expected = {"lecture": "algebra", "start_s": 60.0, "end_s": 80.0, "score": 0.03, "routes": ["said"]}
    assert line.items() >= {**expected, "title": "Kernels", "snippet": "the kernel is"}.items()
    warnings = [json.loads(line)["warning"]["message"] for line in printed.err.getvalue().splitlines()]
    assert warnings[0] == "query cut at 256 tokens"
    assert "time ran out" in warnings[1]
    asked = daemon.made("Search")[0]
    assert (asked.text, list(asked.lecture_ids), asked.k, list(asked.routes)) == ("kernel", ["algebra"], 5, [2])
    asked_for_it = await run(daemon, search, "kernel", [], None, [Route.SEEN])
    assert "seen: not available with this bundle" in asked_for_it.err.getvalue()
    for_people = await run(daemon, search, "kernel", [], None, [], as_json=False)
    assert "1:00–1:20" in for_people.out.getvalue()
    assert "seen: not available with this bundle" in for_people.err.getvalue()


def some_notes() -> notes_pb2.GetNotesResponse:
    segments = [
        event_pb2.Segment(segment_number=1, end_s=9, title="Start", has_picture=True),
        event_pb2.Segment(segment_number=2, start_s=9, end_s=20, title="Kernels", has_picture=True),
    ]
    sections = [notes_pb2.NotesSection(segment=segment, speech="so it begins") for segment in segments]
    sections[1].event.CopyFrom(an_event("e1", 9.0, "Kernels"))
    return notes_pb2.GetNotesResponse(lecture=lecture_pb2.Lecture(lecture_id="algebra"), sections=sections)


async def test_notes_as_markdown_and_as_one_json_object(daemon: Any) -> None:
    daemon.replies["GetNotes"] = some_notes()
    markdown = (await run(daemon, notes, "algebra", False, None, as_json=False)).out.getvalue()
    assert "Kernels" in markdown
    assert "so it begins" in markdown
    (found,) = (await run(daemon, notes, "algebra", True, None)).lines
    assert found["lecture"]["lecture"] == "algebra"
    assert [section["start_s"] for section in found["sections"]] == [0.0, 9.0]
    assert found["sections"][1]["event"]["id"] == "e1"
    assert daemon.made("GetPicture") == []


async def test_notes_into_a_folder_bring_their_pictures(daemon: Any, tmp_path: Path) -> None:
    daemon.replies["GetNotes"] = some_notes()
    daemon.refuse_next("GetPicture", grpc.StatusCode.NOT_FOUND, "NO_PICTURE")
    await run(daemon, notes, "algebra", False, tmp_path / "out", as_json=False)
    assert sorted(path.name for path in (tmp_path / "out").rglob("*.*")) == ["002.jpg", "notes.md"]
    markdown = (tmp_path / "out" / "notes.md").read_text()
    assert "pictures/002.jpg" in markdown
    assert "pictures/001.jpg" not in markdown


async def test_status_for_technicians(daemon: Any) -> None:
    daemon.replies["GetStatus"] = system_pb2.GetStatusResponse(
        version="1.2",
        skip_rate=0.5,
        error_count=3,
        queues=[system_pb2.QueueStatus(name="frame", depth=2, capacity=10)],
        workers=[
            system_pb2.WorkerStatus(name="reading", restarts=4),
            system_pb2.WorkerStatus(name="perception", pid=12, memory_bytes=80 << 20),
        ],
        frames=lecture_pb2.FrameCounts(kept=3, reused=4, rejected=1),
        lag_s=2.5,
        load=system_pb2.LoadStatus(step=1, steps=4, name="no_summaries", detail="summaries wait"),
        encoder=system_pb2.EncoderStatus(model="vjepa-tiny", runtime="openvino"),
        recovery=["algebra: 2 rows were completed"],
    )
    (line,) = (await run(daemon, status)).lines
    assert line["queues"] == [{"name": "frame", "depth": 2, "capacity": 10}]
    assert (line["error_count"], line["skip_rate"], line["lag_s"]) == (3, 0.5, 2.5)
    assert line["frames"] == {"kept": 3, "reused": 4, "skipped": 0, "rejected": 1, "failed": 0, "dropped": 0}
    assert (line["load"]["step"], line["load"]["name"]) == (1, "no_summaries")
    text = (await run(daemon, status, as_json=False)).out.getvalue()
    for words in (
        "vjepa-tiny on openvino; untrained weights: visual text search not available",
        "3 kept, 4 reused, 0 skipped, 1 rejected; 50% were not encoded",
        "2.5 s behind live; step 1 of 4: summaries wait",
        "process 12 with 80 MiB of its own memory, replaced 0 times",
        "2 waiting of 10 a lecture",
        "not running, replaced 4 times",
        "algebra: 2 rows were completed",
        "taking frames",
    ):
        assert words in text


async def test_status_tells_how_the_summariser_is(daemon: Any) -> None:
    daemon.replies["GetStatus"] = system_pb2.GetStatusResponse(version="1.2")
    text = (await run(daemon, status, as_json=False)).out.getvalue()
    assert "absent: summaries are extractive" in text
    daemon.replies["GetStatus"] = system_pb2.GetStatusResponse(
        version="1.2",
        summariser=system_pb2.SummariserStatus(
            state=system_pb2.SUMMARISER_STATE_BACKING_OFF,
            model="gemma-2b-it 7",
            pid=12,
            memory_bytes=3 << 30,
            memory_limit_bytes=4 << 30,
            waiting_jobs=5,
            written=2,
            failures=1,
            failure_detail="it took more than 300 s",
        ),
    )
    (line,) = (await run(daemon, status)).lines
    assert line["summariser"]["state"] == "backing_off"
    assert (line["summariser"]["memory_bytes"], line["summariser"]["waiting_jobs"]) == (3 << 30, 5)
    text = " ".join((await run(daemon, status, as_json=False)).out.getvalue().split())
    assert "gemma-2b-it 7 backing off, process 12 with 3.0 of 4.0 GiB, 5 waiting, 2 written, 1 failed" in text
    assert "it took more than 300 s" in text


async def test_delete_asks_on_a_terminal_only(daemon: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def no(question: str) -> bool:
        asked.append(question)
        return False

    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": lambda self: True})())
    await run(daemon, delete, "algebra", False, no, as_json=False)
    assert len(asked) == 1
    assert "algebra" in daemon.lectures
    await run(daemon, delete, "algebra", True, no, as_json=False)
    assert "algebra" not in daemon.lectures
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(NotFound):
        await run(daemon, delete, "algebra", False, no)
    assert len(asked) == 1


async def test_a_damaged_lecture_can_be_deleted_on_a_terminal(daemon: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def yes(question: str) -> bool:
        asked.append(question)
        return True

    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": lambda self: True})())
    daemon.refuse_next("GetLecture", grpc.StatusCode.DATA_LOSS, "DATA_DAMAGED", "metadata.db is damaged")
    await run(daemon, delete, "algebra", False, yes, as_json=False)
    assert "algebra" not in daemon.lectures
    assert "damaged" in asked[0]


def test_a_slide_cannot_drive_the_terminal() -> None:
    assert printable("a\x1b[31mb\x07c\u202e\n") == "a [31mb c \n"
