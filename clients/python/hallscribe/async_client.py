"""The client: every call of the API as one method, with values in and out."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from types import TracebackType

from hallscribe import convert, values
from hallscribe.channel import target_of
from hallscribe.connection import Connection
from hallscribe.convert import request
from hallscribe.errors import InvalidRequest
from hallscribe.feed import Following, Start
from hallscribe.push import FrameSource, Push
from hallscribe.retry import Patience
from hallscribe.v1 import event_pb2, ingest_pb2, lecture_pb2, notes_pb2, search_pb2, system_pb2

_LONG_CALL_S = 120.0
_ROUTES = search_pb2.SearchRoute.DESCRIPTOR


class AsyncClient:
    """A connection to a daemon, for asyncio; open it inside ``async with``, or close it.

    Every method raises HallscribeError (see ``hallscribe.errors``) and nothing of gRPC's own. gRPC allows one event
    loop a process: use either this class in one loop or ``hallscribe.Client``, not both.

    Args:
        target: "unix:///path" or "host:port"; else HALLSCRIBE_TARGET, else unix:///run/hallscribe/hallscribe.sock.
        timeout_s: for each unary call.
        connect_for_s: how long a unary call waits for a daemon that does not answer before it raises DaemonLost.
    """

    def __init__(self, target: str | None = None, *, timeout_s: float = 30.0, connect_for_s: float = 5.0) -> None:
        self.target = target_of(target)
        self._daemon = Connection(self.target, timeout_s, connect_for_s)
        self._producer_id = f"{socket.gethostname()}-{os.getpid()}-{os.urandom(4).hex()}"[-100:]

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End all calls and the connection; a second time does nothing."""
        await self._daemon.close()

    # Lectures

    async def create_lecture(self, lecture_id: str, title: str = "") -> values.Lecture:
        """Create an open lecture. AlreadyExists when the id is taken."""
        message = request(lecture_pb2.CreateLectureRequest, lecture_id=lecture_id, title=title)
        return convert.lecture((await self._daemon.ask(self._daemon.lectures.CreateLecture, message)).lecture)

    async def get_lecture(self, lecture_id: str) -> values.Lecture:
        """Read a lecture. NotFound."""
        message = request(lecture_pb2.GetLectureRequest, lecture_id=lecture_id)
        return convert.lecture((await self._daemon.ask(self._daemon.lectures.GetLecture, message)).lecture)

    async def list_lectures(self, page_size: int = 0) -> AsyncGenerator[values.Lecture]:
        """All lectures, oldest first, fetched a page at a time."""

        def request_for(token: str) -> lecture_pb2.ListLecturesRequest:
            return request(lecture_pb2.ListLecturesRequest, page_size=page_size, page_token=token)

        async for page in self._daemon.pages(self._daemon.lectures.ListLectures, request_for):
            for lecture in page.lectures:
                yield convert.lecture(lecture)

    async def finish_lecture(self, lecture_id: str) -> values.Lecture:
        """End a lecture; finishing twice is no error."""
        message = request(lecture_pb2.FinishLectureRequest, lecture_id=lecture_id)
        reply = await self._daemon.ask(self._daemon.lectures.FinishLecture, message, _LONG_CALL_S)
        return convert.lecture(reply.lecture)

    async def delete_lecture(self, lecture_id: str) -> None:
        """Remove a lecture with all its data. NotFound."""
        message = request(lecture_pb2.DeleteLectureRequest, lecture_id=lecture_id)
        await self._daemon.ask(self._daemon.lectures.DeleteLecture, message)

    # What goes in

    async def push(
        self,
        lecture_id: str,
        frames: FrameSource,
        *,
        producer_id: str | None = None,
        track: str = "",
        retry_for_s: float | None = 20.0,
    ) -> AsyncGenerator[values.Progress]:
        """Push frames into an open lecture to their end, and say how it goes.

        Owns positions, credit, and what is lost on the way: after an interruption, a restart of the daemon included,
        every frame that is not known to be durable is sent again. Nothing happens until it is iterated. Ends when
        every frame is durable.

        Args:
            lecture_id: must exist and be open.
            frames: an iterable (read in a thread, so it may block) or an async iterable of frames in order of media
                time, or a function that makes one of where the stream goes on.
            producer_id: the same name takes over its own half-dead stream; else one of this client's.
            track: empty means "main".
            retry_for_s: how long to try again since the last progress before DaemonLost; None for ever.

        Raises:
            DaemonLost: with what was durable still kept; push again to go on.
            TakenOver: another stream of the same producer took this one's place.
            Conflict: another producer streams to this lecture, or it is finished.
        """
        opening = request(
            ingest_pb2.FrameStreamOpen, lecture_id=lecture_id, producer_id=producer_id or self._producer_id, track=track
        )
        pushing = Push(lambda: self._daemon.ingest.StreamFrames(), opening, frames, Patience(retry_for_s, self.target))
        async with aclosing(pushing.run()) as steps:
            async for progress in steps:
                yield progress

    async def put_captions(self, lecture_id: str, captions: bytes) -> values.CaptionsKept:
        """Put a WebVTT or SubRip file in place of earlier captions; InvalidRequest changes nothing."""
        message = request(ingest_pb2.PutCaptionsRequest, lecture_id=lecture_id, captions=captions)
        reply = await self._daemon.ask(self._daemon.ingest.PutCaptions, message, _LONG_CALL_S)
        return values.CaptionsKept(reply.cues, reply.passages)

    async def attach_source(self, lecture_id: str, path: str, *, realtime: bool = False) -> values.Source:
        """Have the daemon read a file on its own machine; ``path`` is absolute and beneath a configured root."""
        message = request(ingest_pb2.AttachSourceRequest, lecture_id=lecture_id, path=path, realtime=realtime)
        return convert.source((await self._daemon.ask(self._daemon.ingest.AttachSource, message)).source)

    async def list_sources(self, lecture_id: str = "", page_size: int = 0) -> AsyncGenerator[values.Source]:
        """Sources attached since the daemon started, in order of attaching."""

        def request_for(token: str) -> ingest_pb2.ListSourcesRequest:
            return request(ingest_pb2.ListSourcesRequest, lecture_id=lecture_id, page_size=page_size, page_token=token)

        async for page in self._daemon.pages(self._daemon.ingest.ListSources, request_for):
            for source in page.sources:
                yield convert.source(source)

    async def detach_source(self, source_id: str) -> values.Source:
        """Stop reading a source; what it brought stays. NotFound."""
        message = request(ingest_pb2.DetachSourceRequest, source_id=source_id)
        return convert.source((await self._daemon.ask(self._daemon.ingest.DetachSource, message)).source)

    # What was understood

    async def list_events(self, lecture_id: str, page_size: int = 0) -> AsyncGenerator[values.Event]:
        """A lecture's events as they stand now, in order of time. NotFound."""

        def request_for(token: str) -> event_pb2.ListEventsRequest:
            return request(event_pb2.ListEventsRequest, lecture_id=lecture_id, page_size=page_size, page_token=token)

        async for page in self._daemon.pages(self._daemon.events.ListEvents, request_for):
            for event in page.events:
                yield convert.event(event)

    async def subscribe(
        self,
        lecture_id: str = "",
        start: Start = "now",
        *,
        resume: bool = True,
        heartbeats: bool = False,
        retry_for_s: float | None = None,
    ) -> AsyncGenerator[values.Record]:
        """Follow what happens, for ever: every record at least once, in order, each with a token.

        Args:
            lecture_id: only this lecture; empty for all.
            start: "now", "beginning", the token of a record to go on after, or a wall-clock time.
            resume: go on after the last record when the daemon restarts, closes or finds this reader slow.
            heartbeats: give these out, too; they carry the low watermark and a token.
            retry_for_s: how long to try again before DaemonLost; None for ever.

        Raises:
            HistoryGone: the token's feed is no more; list the events, then subscribe from now.
        """
        following = Following(
            lambda message: self._daemon.events.Subscribe(message),
            lecture_id,
            start,
            Patience(retry_for_s, self.target) if resume else None,
            heartbeats,
        )
        async with aclosing(following.run()) as records:
            async for record in records:
                yield record

    async def search(
        self,
        text: str | None = None,
        *,
        image: bytes | None = None,
        frame: tuple[str, float] | None = None,
        lecture_ids: Sequence[str] = (),
        k: int | None = None,
        routes: Sequence[values.Route] = (),
        timeout_s: float | None = None,
    ) -> values.SearchAnswer:
        """Find moments, best first.

        Args:
            text, image, frame: exactly one: words, a JPEG or PNG, or a recorded frame as (lecture id, seconds).
            lecture_ids: only these; none means all.
            k: how many, 1 to 1000; 10 when not said.
            routes: only these; none means all that can answer.
            timeout_s: an answer cut short by it is ``partial``.
        """
        if sum(query is not None for query in (text, image, frame)) != 1:
            raise InvalidRequest("INVALID_FIELD", "give exactly one of text, image and frame")
        words_or_picture = {"text": text} if text is not None else {"image": image} if image is not None else {}
        message = request(
            search_pb2.SearchRequest,
            **words_or_picture,
            frame=request(search_pb2.FrameReference, lecture_id=frame[0], time_s=frame[1]) if frame else None,
            lecture_ids=lecture_ids,
            k=k,
            routes=[search_pb2.SearchRoute.ValueType(convert.number_of(_ROUTES, route)) for route in routes],
        )
        return convert.answer(await self._daemon.ask(self._daemon.searches.Search, message, timeout_s))

    async def notes(self, lecture_id: str) -> values.Notes:
        """A lecture's notes as they stand. NotFound."""
        message = request(notes_pb2.GetNotesRequest, lecture_id=lecture_id)
        return convert.notes(await self._daemon.ask(self._daemon.notes.GetNotes, message))

    async def picture(self, lecture_id: str, segment_number: int) -> bytes:
        """A segment's key frame as JPEG. NotFound with reason NO_PICTURE when none is kept."""
        message = request(notes_pb2.GetPictureRequest, lecture_id=lecture_id, segment_number=segment_number)
        return (await self._daemon.ask(self._daemon.notes.GetPicture, message)).jpeg

    async def timeline(self, lecture_id: str) -> values.Timeline:
        """The novelty curve. NotFound."""
        message = request(notes_pb2.GetTimelineRequest, lecture_id=lecture_id)
        return convert.timeline(await self._daemon.ask(self._daemon.notes.GetTimeline, message))

    async def status(self) -> values.Status:
        """The daemon about itself."""
        return convert.status(await self._daemon.ask(self._daemon.system.GetStatus, system_pb2.GetStatusRequest()))
