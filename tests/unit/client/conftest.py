"""A daemon in miniature that speaks the API, keeps to a script and remembers what it was asked."""

# ruff: noqa: N802 - the methods are named by the API.

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import error_details_pb2, status_pb2
from grpc import aio
from grpc_status import rpc_status

from hallscribe.v1 import (
    event_pb2,
    event_pb2_grpc,
    ingest_pb2,
    ingest_pb2_grpc,
    lecture_pb2,
    lecture_pb2_grpc,
    notes_pb2,
    notes_pb2_grpc,
    search_pb2,
    search_pb2_grpc,
    system_pb2,
    system_pb2_grpc,
)

CREDIT = 4


def refusal(
    code: grpc.StatusCode, reason: str, message: str = "no", *, field: str = "", retry_after_s: float = 0.0
) -> status_pb2.Status:
    """A status with details as the daemon attaches them."""
    details = [error_details_pb2.ErrorInfo(reason=reason, domain="hallscribe")]
    if field:
        violation = error_details_pb2.BadRequest.FieldViolation(field=field, description=message)
        details.append(error_details_pb2.BadRequest(field_violations=[violation]))
    if retry_after_s:
        delay = Duration()
        delay.FromMilliseconds(round(retry_after_s * 1000))
        details.append(error_details_pb2.RetryInfo(retry_delay=delay))
    packed = []
    for detail in details:
        packed.append(AnyMessage())
        packed[-1].Pack(detail)
    return status_pb2.Status(code=code.value[0], message=message, details=packed)


async def refuse(context: aio.ServicerContext, status: status_pb2.Status) -> None:
    await context.abort_with_status(rpc_status.to_status(status))


class FakeDaemon(
    lecture_pb2_grpc.LectureServiceServicer,
    ingest_pb2_grpc.IngestServiceServicer,
    event_pb2_grpc.EventServiceServicer,
    search_pb2_grpc.SearchServiceServicer,
    notes_pb2_grpc.NotesServiceServicer,
    system_pb2_grpc.SystemServiceServicer,
):
    """Keeps one set of frames as its durable truth; what a stream has received beyond it dies with ``crash``.

    Attributes:
        calls: (method, request) of every call made.
        refusals: by method, statuses that the next calls end with.
        replies: by method, a reply given instead of the usual one, or a list of them to be given in turn.
        durable: outcome of each durable position.
        feed: what Subscribe sends, from token "0" on; None ends the call with Closing.
        refusals_after_record: what ends a subscription after its next record; the feed is then another one.
        hold: while set, received frames do not become durable.
        captured: Unix seconds that each position was captured at, as it said.
        seen_frames: (position, media time) of every frame as it arrived, repeats included.
        max_image_bytes, last_capture_time: told when a stream is opened.
        violations: what a client must never do.
    """

    def __init__(self, socket: Path) -> None:
        self.target = f"unix://{socket}"
        self.credit = CREDIT
        self.max_image_bytes = 1000
        self.last_capture_time: Timestamp | None = None
        self.calls: list[tuple[str, Any]] = []
        self.refusals: defaultdict[str, deque[status_pb2.Status]] = defaultdict(deque)
        self.replies: dict[str, Any] = {}
        self.durable: dict[int, Any] = {}
        self.lectures: dict[str, lecture_pb2.Lecture] = {}
        self.sources: list[ingest_pb2.Source] = []
        self.feed: list[event_pb2.SubscribeResponse | None] = []
        self.hold = asyncio.Event()
        self.seen_frames: list[tuple[int, float]] = []
        self.media_times: dict[int, float] = {}
        self.captured: dict[int, float] = {}
        self.violations: list[str] = []
        self.uid = "01UID"
        self.crash_after: deque[int] = deque()
        self.taken_over = False
        self.refusals_after_record: list[tuple[grpc.StatusCode, str]] = []
        self.feed_after_refusal: list[event_pb2.SubscribeResponse | None] = []
        self._server: aio.Server | None = None

    async def start(self) -> None:
        self._server = aio.server()
        for add in (
            lecture_pb2_grpc.add_LectureServiceServicer_to_server,
            ingest_pb2_grpc.add_IngestServiceServicer_to_server,
            event_pb2_grpc.add_EventServiceServicer_to_server,
            search_pb2_grpc.add_SearchServiceServicer_to_server,
            notes_pb2_grpc.add_NotesServiceServicer_to_server,
            system_pb2_grpc.add_SystemServiceServicer_to_server,
        ):
            add(self, self._server)
        self._server.add_insecure_port(self.target)
        await self._server.start()

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.stop(0)
            self._server = None

    def made(self, method: str) -> list[Any]:
        """The requests of every call of a method."""
        return [request for name, request in self.calls if name == method]

    def refuse_next(self, method: str, code: grpc.StatusCode, reason: str, message: str = "no", **details: Any) -> None:
        """End the next call of a method so; see ``refusal``."""
        self.refusals[method].append(refusal(code, reason, message, **details))

    async def _asked(self, method: str, request: Any, context: aio.ServicerContext) -> Any:
        self.calls.append((method, request))
        if self.refusals[method]:
            await refuse(context, self.refusals[method].popleft())
        reply = self.replies.get(method)
        if isinstance(reply, list):
            reply = reply.pop(0) if reply else None
        if isinstance(reply, tuple):  # a code and a reason in place of a message
            await refuse(context, refusal(*reply, "no"))
        return reply

    async def _lecture(self, lecture_id: str, context: aio.ServicerContext) -> lecture_pb2.Lecture:
        if lecture_id not in self.lectures:
            await refuse(context, refusal(grpc.StatusCode.NOT_FOUND, "UNKNOWN_LECTURE", f"no lecture {lecture_id}"))
        lecture = self.lectures[lecture_id]
        lecture.frames = lecture.durable_position = len(self.durable)
        lecture.duration_s = max(self.media_times.values(), default=0.0)
        lecture.counts.kept = len(self.durable)
        return lecture

    # LectureService

    async def CreateLecture(self, request: Any, context: Any) -> Any:
        await self._asked("CreateLecture", request, context)
        self.lectures[request.lecture_id] = lecture_pb2.Lecture(
            lecture_id=request.lecture_id, uid=self.uid, title=request.title, state=lecture_pb2.LECTURE_STATE_OPEN
        )
        return lecture_pb2.CreateLectureResponse(lecture=self.lectures[request.lecture_id])

    async def GetLecture(self, request: Any, context: Any) -> Any:
        reply = await self._asked("GetLecture", request, context)
        return reply or lecture_pb2.GetLectureResponse(lecture=await self._lecture(request.lecture_id, context))

    async def ListLectures(self, request: Any, context: Any) -> Any:
        return await self._asked("ListLectures", request, context) or lecture_pb2.ListLecturesResponse(
            lectures=self.lectures.values()
        )

    async def FinishLecture(self, request: Any, context: Any) -> Any:
        await self._asked("FinishLecture", request, context)
        lecture = await self._lecture(request.lecture_id, context)
        lecture.state = lecture_pb2.LECTURE_STATE_FINISHED
        return lecture_pb2.FinishLectureResponse(lecture=lecture)

    async def DeleteLecture(self, request: Any, context: Any) -> Any:
        await self._asked("DeleteLecture", request, context)
        await self._lecture(request.lecture_id, context)
        del self.lectures[request.lecture_id]
        return lecture_pb2.DeleteLectureResponse()

    # IngestService

    async def StreamFrames(self, request_iterator: Any, context: Any) -> Any:
        opening = await anext(request_iterator)
        await self._asked("StreamFrames", opening.open, context)
        received = max(self.durable, default=0)
        opened = ingest_pb2.FrameStreamOpened(
            next_position=received + 1,
            max_image_bytes=self.max_image_bytes,
            wanted_frames_per_second=1.0,
            lecture_uid=self.uid,
            last_media_time_s=max(self.media_times.values(), default=0.0),
            last_capture_time=self.last_capture_time,
        )
        yield ingest_pb2.StreamFramesResponse(
            opened=opened, received_position=received, durable_position=received, credit=CREDIT
        )
        allowed = received + CREDIT
        crash_after = self.crash_after.popleft() if self.crash_after else None
        async for message in request_iterator:
            frame = message.frame
            self.seen_frames.append((frame.position, frame.media_time_s))
            if frame.position > allowed:
                self.violations.append(f"frame {frame.position} without credit (allowed {allowed})")
            if frame.position > received + 1:
                self.violations.append(f"frame {frame.position} after {received}")
            received = max(received, frame.position)
            allowed = received + CREDIT
            while self.hold.is_set():
                await asyncio.sleep(0.01)
                if self.taken_over:
                    await refuse(context, refusal(grpc.StatusCode.ABORTED, "STREAM_TAKEN_OVER"))
            if crash_after is not None and frame.position >= crash_after:
                await context.abort(grpc.StatusCode.UNAVAILABLE, "power cut")
            duplicate = frame.position in self.durable
            outcome = self.durable.setdefault(frame.position, ingest_pb2.FRAME_OUTCOME_KEPT)
            self.media_times.setdefault(frame.position, frame.media_time_s)
            self.captured.setdefault(frame.position, frame.capture_time.ToNanoseconds() / 1e9)
            acknowledgement = ingest_pb2.FrameAcknowledgement(
                position=frame.position, count=1, outcome=outcome, duplicate=duplicate
            )
            yield ingest_pb2.StreamFramesResponse(
                received_position=received,
                durable_position=max(self.durable),
                acknowledgements=[acknowledgement],
                credit=CREDIT,
            )

    async def PutCaptions(self, request: Any, context: Any) -> Any:
        await self._asked("PutCaptions", request, context)
        return ingest_pb2.PutCaptionsResponse(cues=3, passages=2)

    async def AttachSource(self, request: Any, context: Any) -> Any:
        await self._asked("AttachSource", request, context)
        source = ingest_pb2.Source(
            source_id=f"s{len(self.sources)}",
            lecture_id=request.lecture_id,
            path=request.path,
            state=ingest_pb2.SOURCE_STATE_RUNNING,
        )
        self.sources.append(source)
        return ingest_pb2.AttachSourceResponse(source=source)

    async def ListSources(self, request: Any, context: Any) -> Any:
        return await self._asked("ListSources", request, context) or ingest_pb2.ListSourcesResponse(
            sources=self.sources
        )

    async def DetachSource(self, request: Any, context: Any) -> Any:
        await self._asked("DetachSource", request, context)
        return ingest_pb2.DetachSourceResponse(source=ingest_pb2.Source(source_id=request.source_id))

    # EventService

    async def ListEvents(self, request: Any, context: Any) -> Any:
        reply = await self._asked("ListEvents", request, context)
        if reply is None:
            await self._lecture(request.lecture_id, context)
        return reply or event_pb2.ListEventsResponse()

    async def Subscribe(self, request: Any, context: Any) -> Any:
        await self._asked("Subscribe", request, context)
        place = int(request.token or b"0")
        yield event_pb2.SubscribeResponse(token=str(place).encode(), heartbeat=event_pb2.Heartbeat())
        while True:
            while place >= len(self.feed):
                await asyncio.sleep(0.01)
            message = self.feed[place]
            place += 1
            if message is None:
                closing = event_pb2.Closing(retry_after_s=0.05)
                yield event_pb2.SubscribeResponse(token=str(place).encode(), closing=closing)
                return
            message.token = str(place).encode()
            yield message
            if self.refusals_after_record:
                self.feed = self.feed_after_refusal
                await refuse(context, refusal(*self.refusals_after_record.pop(0)))

    # SearchService, NotesService, SystemService

    async def Search(self, request: Any, context: Any) -> Any:
        return await self._asked("Search", request, context) or search_pb2.SearchResponse()

    async def GetNotes(self, request: Any, context: Any) -> Any:
        return await self._asked("GetNotes", request, context) or notes_pb2.GetNotesResponse()

    async def GetPicture(self, request: Any, context: Any) -> Any:
        return await self._asked("GetPicture", request, context) or notes_pb2.GetPictureResponse(jpeg=b"\xff\xd8")

    async def GetTimeline(self, request: Any, context: Any) -> Any:
        return await self._asked("GetTimeline", request, context) or notes_pb2.GetTimelineResponse()

    async def GetStatus(self, request: Any, context: Any) -> Any:
        return await self._asked("GetStatus", request, context) or system_pb2.GetStatusResponse()


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[FakeDaemon]:
    """A running fake, with one open lecture, "algebra"."""
    fake = FakeDaemon(tmp_path / "s.sock")
    fake.lectures["algebra"] = lecture_pb2.Lecture(
        lecture_id="algebra", uid=fake.uid, state=lecture_pb2.LECTURE_STATE_OPEN
    )
    await fake.start()
    yield fake
    await fake.stop()
    assert fake.violations == []
