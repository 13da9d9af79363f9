"""Bad input: a clear error with its reason, and what was acknowledged before is still there."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from hallscribe.v1 import error_pb2, event_pb2, ingest_pb2, lecture_pb2, search_pb2
from support.daemon import Daemon, acknowledged, requests
from support.frames import picture, shown

REJECTED = ingest_pb2.FRAME_OUTCOME_REJECTED
KEPT = ingest_pb2.FRAME_OUTCOME_KEPT


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    folder = tmp_path_factory.mktemp("box")
    (folder / "roots").mkdir()
    running = Daemon(folder, f'[ingest]\nsource_roots = ["{folder}/roots"]\n').start()
    yield running
    running.close()


@pytest.fixture
def lecture(box: Daemon, request: pytest.FixtureRequest) -> Iterator[str]:
    """A lecture with three acknowledged frames, checked at the end to have them still."""
    name = f"l{zlib.crc32(request.node.name.encode()):08x}"
    box.create(name)
    assert box.push(name, shown([1, 2, 3]))[-1].durable_position == 3
    yield name
    assert box.lecture(name).durable_position >= 3
    assert box.lecture(name).counts.kept >= 3


def reason_of(error: grpc.RpcError) -> tuple[grpc.StatusCode, str]:
    status = rpc_status.from_call(error)
    assert status is not None, f"no details: {error}"
    for detail in status.details:
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            assert info.domain == "hallscribe"
            return error.code(), info.reason
    raise AssertionError("no ErrorInfo")


def png_header(width: int, height: int) -> bytes:
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    end = b"IEND"
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
        + struct.pack(">I", 0) + end + struct.pack(">I", zlib.crc32(end))
    )  # fmt: skip


BAD_PICTURES = {
    "not an image": (ingest_pb2.Frame(image=b"this is no picture at all"), "NOT_AN_IMAGE"),
    "empty": (ingest_pb2.Frame(image=b""), "NOT_AN_IMAGE"),
    "truncated JPEG": (ingest_pb2.Frame(image=picture(1)[: len(picture(1)) // 2]), "DAMAGED_IMAGE"),
    "20000x20000 header": (ingest_pb2.Frame(image=png_header(20000, 20000)), "IMAGE_TOO_LARGE"),
    "wrong raw size": (
        ingest_pb2.Frame(image=b"\0" * 100, format=ingest_pb2.IMAGE_FORMAT_RAW_RGB, width=64, height=64),
        "WRONG_RAW_SIZE",
    ),
}


@pytest.mark.parametrize("name", BAD_PICTURES)
def test_a_bad_picture_is_refused_in_its_acknowledgement(box: Daemon, lecture: str, name: str) -> None:
    bad, reason = BAD_PICTURES[name]
    bad = ingest_pb2.Frame(
        position=4, media_time_s=3.0, image=bad.image, format=bad.format, width=bad.width, height=bad.height
    )
    told = acknowledged(box.push(lecture, [bad, *shown([4], first=5, start=4.0)]))
    assert told[4].outcome == REJECTED
    assert error_pb2.ErrorReason.Name(told[4].reason) == f"ERROR_REASON_{reason}"
    assert told[4].detail
    assert told[5].outcome == KEPT, "the stream goes on"


@pytest.mark.parametrize(
    ("time_s", "reason"),
    [(math.nan, "TIME_INVALID"), (1e12, "TIME_INVALID"), (-5.0, "TIME_INVALID"), (0.5, "TIME_BACKWARDS")],
)
def test_bad_times_are_refused_in_the_acknowledgement(box: Daemon, lecture: str, time_s: float, reason: str) -> None:
    bad = ingest_pb2.Frame(position=4, media_time_s=time_s, image=picture(4))
    told = acknowledged(box.push(lecture, [bad, *shown([4], first=5, start=4.0)]))
    assert told[4].outcome == REJECTED
    assert error_pb2.ErrorReason.Name(told[4].reason) == f"ERROR_REASON_{reason}"
    assert told[5].outcome == KEPT


def test_a_message_over_the_limit(box: Daemon, lecture: str) -> None:
    with pytest.raises(grpc.RpcError) as told:
        box.push(lecture, [ingest_pb2.Frame(position=4, media_time_s=3.0, image=b"\0" * (9 << 20))])
    assert told.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


@pytest.mark.parametrize(
    ("lecture_id", "code", "reason"),
    [
        ("", grpc.StatusCode.INVALID_ARGUMENT, "INVALID_LECTURE_ID"),
        ("../../etc", grpc.StatusCode.INVALID_ARGUMENT, "INVALID_LECTURE_ID"),
        ("x" * 10_000, grpc.StatusCode.INVALID_ARGUMENT, "INVALID_LECTURE_ID"),
        ("never-made", grpc.StatusCode.NOT_FOUND, "UNKNOWN_LECTURE"),
    ],
)
def test_ids_that_name_no_lecture(box: Daemon, lecture_id: str, code: grpc.StatusCode, reason: str) -> None:
    calls = (
        lambda: box.push(lecture_id, shown([1])),
        lambda: box.lecture(lecture_id),
        lambda: box.events.ListEvents(event_pb2.ListEventsRequest(lecture_id=lecture_id)),
        lambda: box.ingest.PutCaptions(ingest_pb2.PutCaptionsRequest(lecture_id=lecture_id, captions=b"WEBVTT\n")),
        lambda: box.lectures.DeleteLecture(lecture_pb2.DeleteLectureRequest(lecture_id=lecture_id)),
    )
    for call in calls:
        with pytest.raises(grpc.RpcError) as told:
            call()
        assert reason_of(told.value) == (code, reason)


def test_a_lecture_is_created_once(box: Daemon, lecture: str) -> None:
    with pytest.raises(grpc.RpcError) as told:
        box.create(lecture)
    assert reason_of(told.value) == (grpc.StatusCode.ALREADY_EXISTS, "LECTURE_EXISTS")


def test_the_same_position_twice_gets_its_first_outcome(box: Daemon, lecture: str) -> None:
    told = acknowledged(box.push(lecture, shown([9, 9, 9, 4])))
    assert [told[position].duplicate for position in (1, 2, 3, 4)] == [True, True, True, False]
    assert [told[position].outcome for position in (1, 2, 3, 4)] == [KEPT] * 4
    assert box.lecture(lecture).frames == 4


def test_a_position_that_skips_ahead_ends_the_call(box: Daemon, lecture: str) -> None:
    with pytest.raises(grpc.RpcError) as told:
        box.push(lecture, shown([4], first=7, start=3.0))
    assert reason_of(told.value) == (grpc.StatusCode.INVALID_ARGUMENT, "POSITION_GAP")


def test_a_stream_that_does_not_open(box: Daemon, lecture: str) -> None:
    frame = ingest_pb2.StreamFramesRequest(frame=shown([4], first=4)[0])
    with pytest.raises(grpc.RpcError) as told:
        list(box.ingest.StreamFrames(iter([frame]), timeout=10))
    assert reason_of(told.value) == (grpc.StatusCode.INVALID_ARGUMENT, "STREAM_PROTOCOL")


def test_an_unknown_track(box: Daemon, lecture: str) -> None:
    opening = ingest_pb2.FrameStreamOpen(lecture_id=lecture, producer_id="p", track="balcony")
    with pytest.raises(grpc.RpcError) as told:
        list(box.ingest.StreamFrames(requests(opening, []), timeout=10))
    assert reason_of(told.value) == (grpc.StatusCode.INVALID_ARGUMENT, "UNKNOWN_TRACK")


@pytest.mark.parametrize(
    "captions",
    [b"", b"these are no captions", b"WEBVTT\n\n00:99 --> zz\nhello\n", b"\x00\x01\x02" * 50, b"WEBVTT\n\n"],
)
def test_captions_that_do_not_parse_change_nothing(box: Daemon, lecture: str, captions: bytes) -> None:
    good = b"WEBVTT\n\n00:00.000 --> 00:02.000\nthe zebra crossing theorem\n"
    box.ingest.PutCaptions(ingest_pb2.PutCaptionsRequest(lecture_id=lecture, captions=good), timeout=10)
    with pytest.raises(grpc.RpcError) as told:
        box.ingest.PutCaptions(ingest_pb2.PutCaptionsRequest(lecture_id=lecture, captions=captions), timeout=10)
    assert reason_of(told.value) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_CAPTIONS")
    found = box.search.Search(search_pb2.SearchRequest(text="zebra", lecture_ids=[lecture]), timeout=10)
    assert found.moments[0].start_s == 0.0, "the earlier captions are still found"


@pytest.mark.parametrize(
    "request_",
    [
        search_pb2.SearchRequest(text=""),
        search_pb2.SearchRequest(text="   "),
        search_pb2.SearchRequest(),
        search_pb2.SearchRequest(text="word " * 200_000),
        search_pb2.SearchRequest(text="word", k=1_000_000_000),
    ],
    ids=["empty", "blank", "none", "1 MB", "k = 10^9"],
)
def test_queries_out_of_range(box: Daemon, request_: search_pb2.SearchRequest) -> None:
    with pytest.raises(grpc.RpcError) as told:
        box.search.Search(request_, timeout=10)
    assert reason_of(told.value) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")


def test_full_text_syntax_is_only_text(box: Daemon, lecture: str) -> None:
    for query in ('"', "a AND", "NEAR(", "*", "title:x", "\0", "😀", "'; DROP TABLE passages; --"):
        box.search.Search(search_pb2.SearchRequest(text=query), timeout=10)


def test_a_token_of_nowhere(box: Daemon) -> None:
    with pytest.raises(grpc.RpcError) as told:
        next(iter(box.events.Subscribe(event_pb2.SubscribeRequest(token=b"nonsense"), timeout=10)))
    assert reason_of(told.value) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")


def test_file_sources_outside_the_roots(box: Daemon, lecture: str, tmp_path: Path) -> None:
    import os

    roots = box.data.parent / "roots"
    outside = tmp_path / "outside.mp4"
    outside.write_bytes(b"\0" * 100)
    if not (roots / "fifo.mp4").exists():
        os.mkfifo(roots / "fifo.mp4")
        (roots / "link.mp4").symlink_to(outside)
        (roots / "folder.mp4").mkdir()
        os.link(outside, roots / "hard.mp4")
    hostile = [outside, roots / "fifo.mp4", roots / "link.mp4", roots / "folder.mp4", roots / "hard.mp4"]
    hostile += [roots / ".." / "daemon.log", Path("/dev/zero"), Path("/proc/self/environ"), roots / "absent.mp4"]
    for path in hostile:
        with pytest.raises(grpc.RpcError) as told:
            box.ingest.AttachSource(ingest_pb2.AttachSourceRequest(lecture_id=lecture, path=str(path)), timeout=20)
        assert reason_of(told.value) == (grpc.StatusCode.INVALID_ARGUMENT, "SOURCE_NOT_ALLOWED"), path


def test_a_file_that_is_no_video(box: Daemon, lecture: str) -> None:
    path = box.data.parent / "roots" / "text.mp4"
    path.write_text("this is no video")
    with pytest.raises(grpc.RpcError) as told:
        box.ingest.AttachSource(ingest_pb2.AttachSourceRequest(lecture_id=lecture, path=str(path)), timeout=20)
    assert reason_of(told.value) == (grpc.StatusCode.INVALID_ARGUMENT, "NOT_A_VIDEO")
