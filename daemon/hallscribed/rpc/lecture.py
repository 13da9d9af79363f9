"""LectureService."""

from __future__ import annotations

import asyncio

from hallscribe.v1 import lecture_pb2, lecture_pb2_grpc
from hallscribed.pipeline.lectures import Lectures
from hallscribed.rpc import convert
from hallscribed.rpc.interceptor import Context
from hallscribed.rpc.paging import after_token, page_size, page_token


class LectureServicer(lecture_pb2_grpc.LectureServiceServicer):
    """See proto/hallscribe/v1/lecture.proto."""

    def __init__(self, lectures: Lectures) -> None:
        self._lectures = lectures

    async def CreateLecture(
        self, request: lecture_pb2.CreateLectureRequest, context: Context
    ) -> lecture_pb2.CreateLectureResponse:
        """Create."""
        lecture = await asyncio.to_thread(self._lectures.create, request.lecture_id, request.title)
        return lecture_pb2.CreateLectureResponse(lecture=convert.lecture(lecture))

    async def GetLecture(
        self, request: lecture_pb2.GetLectureRequest, context: Context
    ) -> lecture_pb2.GetLectureResponse:
        """Read one."""
        lecture = await asyncio.to_thread(self._lectures.get, request.lecture_id)
        return lecture_pb2.GetLectureResponse(lecture=convert.lecture(lecture))

    async def ListLectures(
        self, request: lecture_pb2.ListLecturesRequest, context: Context
    ) -> lecture_pb2.ListLecturesResponse:
        """List a page."""
        size = page_size(request.page_size)
        after = after_token("lectures", request.page_token)
        found = await asyncio.to_thread(self._lectures.page, after, size + 1)
        following = page_token("lectures", found[size - 1].uid) if len(found) > size else ""
        return lecture_pb2.ListLecturesResponse(
            lectures=[convert.lecture(lecture) for lecture in found[:size]], next_page_token=following
        )

    async def FinishLecture(
        self, request: lecture_pb2.FinishLectureRequest, context: Context
    ) -> lecture_pb2.FinishLectureResponse:
        """Finish."""
        lecture = await asyncio.to_thread(self._lectures.finish, request.lecture_id)
        return lecture_pb2.FinishLectureResponse(lecture=convert.lecture(lecture))

    async def DeleteLecture(
        self, request: lecture_pb2.DeleteLectureRequest, context: Context
    ) -> lecture_pb2.DeleteLectureResponse:
        """Delete."""
        await asyncio.to_thread(self._lectures.delete, request.lecture_id)
        return lecture_pb2.DeleteLectureResponse()
