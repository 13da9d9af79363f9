"""NotesService: notes, key frames, the novelty curve."""

from __future__ import annotations

import asyncio

from hallscribe.v1 import notes_pb2, notes_pb2_grpc
from hallscribed.domain.errors import NotFound, Reason
from hallscribed.pipeline.lectures import Lectures
from hallscribed.pipeline.notes import sections
from hallscribed.rpc import convert
from hallscribed.rpc.interceptor import Context


class NotesServicer(notes_pb2_grpc.NotesServiceServicer):
    """See proto/hallscribe/v1/notes.proto."""

    def __init__(self, lectures: Lectures) -> None:
        self._lectures = lectures

    async def GetNotes(self, request: notes_pb2.GetNotesRequest, context: Context) -> notes_pb2.GetNotesResponse:
        """Read the notes."""
        store = await asyncio.to_thread(self._lectures.open, request.lecture_id)
        found = await asyncio.to_thread(sections, store)
        lecture = await asyncio.to_thread(store.lecture)
        return notes_pb2.GetNotesResponse(
            lecture=convert.lecture(lecture),
            sections=[convert.section(section, store.lecture_id, store.uid) for section in found],
        )

    async def GetPicture(self, request: notes_pb2.GetPictureRequest, context: Context) -> notes_pb2.GetPictureResponse:
        """Read a key frame."""
        store = await asyncio.to_thread(self._lectures.open, request.lecture_id)
        picture = await asyncio.to_thread(store.picture, request.segment_number)
        if picture is None:
            raise NotFound(
                Reason.NO_PICTURE,
                f"no key frame is kept for segment {request.segment_number} of lecture {request.lecture_id}",
                field="segment_number",
            )
        return notes_pb2.GetPictureResponse(jpeg=picture)

    async def GetTimeline(
        self, request: notes_pb2.GetTimelineRequest, context: Context
    ) -> notes_pb2.GetTimelineResponse:
        """Read the novelty curve."""
        store = await asyncio.to_thread(self._lectures.open, request.lecture_id)
        times, novelty = await asyncio.to_thread(store.timeline)
        return notes_pb2.GetTimelineResponse(time_s=times, novelty=novelty)
