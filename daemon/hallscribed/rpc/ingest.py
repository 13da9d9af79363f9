"""IngestService: frames, captions, files."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence

from hallscribe.v1 import ingest_pb2, ingest_pb2_grpc
from hallscribed.domain.errors import HallscribeError, InvalidRequest, Reason
from hallscribed.domain.lecture import Cue
from hallscribed.pipeline.ingest import FramePath
from hallscribed.pipeline.lectures import Lectures
from hallscribed.pipeline.sources import Sources
from hallscribed.pipeline.streams import FRAME_QUEUE, Ended, FrameStream, Progress
from hallscribed.ports import LectureStore
from hallscribed.rpc import convert
from hallscribed.rpc.interceptor import Context
from hallscribed.rpc.paging import after_token, page_size, page_token
from hallscribed.rpc.slowly import slowly

MAX_IMAGE_BYTES = 8 << 20
_MAX_CAPTIONS_BYTES = 4 << 20

Requests = AsyncIterator[ingest_pb2.StreamFramesRequest]
ParseCaptions = Callable[[bytes, str], Sequence[Cue]]

_CAPTIONS = {ingest_pb2.CAPTIONS_FORMAT_WEBVTT: "webvtt", ingest_pb2.CAPTIONS_FORMAT_SRT: "srt"}


class IngestServicer(ingest_pb2_grpc.IngestServiceServicer):
    """See proto/hallscribe/v1/ingest.proto."""

    def __init__(
        self, lectures: Lectures, sources: Sources, parse_captions: ParseCaptions, frames_per_second: float
    ) -> None:
        self._lectures = lectures
        self._sources = sources
        self._parse_captions = parse_captions
        self._frames_per_second = frames_per_second

    async def StreamFrames(
        self, request_iterator: Requests, context: Context
    ) -> AsyncIterator[ingest_pb2.StreamFramesResponse]:
        """Take a producer's frames and tell it what became of them."""
        opening = await _opening(request_iterator)
        news: asyncio.Queue[Progress | Ended] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def tell(what: Progress | Ended) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: the daemon has stopped meanwhile
                loop.call_soon_threadsafe(news.put_nowait, what)

        store, path, stream = await self._begin(opening, tell)
        room = asyncio.Semaphore(FRAME_QUEUE)
        reader = asyncio.create_task(_hand_over(request_iterator, stream, room))
        reader.add_done_callback(lambda done: _closed(done, stream))
        try:
            yield self._opened(store.uid, path)
            while not isinstance(what := await news.get(), Ended):
                for _ in range(what.taken):
                    room.release()
                yield _progress(what, max(0, FRAME_QUEUE - stream.depth))
            if what.error is not None:
                raise what.error
        finally:
            reader.cancel()
            stream.close()

    async def _begin(
        self, opening: ingest_pb2.FrameStreamOpen, tell: Callable[[Progress | Ended], None]
    ) -> tuple[LectureStore, FramePath, FrameStream]:
        """Begin the stream. A producer that goes meanwhile must not hold the lecture: its stream is closed again."""
        beginning = asyncio.ensure_future(
            asyncio.to_thread(self._lectures.stream, opening.lecture_id, opening.producer_id, opening.track, tell)
        )
        try:
            return await asyncio.shield(beginning)
        except asyncio.CancelledError:
            beginning.add_done_callback(_close_again)
            raise

    def _opened(self, uid: str, path: FramePath) -> ingest_pb2.StreamFramesResponse:
        opened = ingest_pb2.FrameStreamOpened(
            next_position=path.received_position + 1,
            max_image_bytes=MAX_IMAGE_BYTES,
            wanted_frames_per_second=self._frames_per_second,
            lecture_uid=uid,
            last_media_time_s=path.last_media_time or 0.0,
            last_capture_time=None if path.last_capture_time is None else convert.timestamp(path.last_capture_time),
        )
        return ingest_pb2.StreamFramesResponse(
            opened=opened,
            received_position=path.received_position,
            durable_position=path.durable_position,
            credit=FRAME_QUEUE,
        )

    async def PutCaptions(
        self, request: ingest_pb2.PutCaptionsRequest, context: Context
    ) -> ingest_pb2.PutCaptionsResponse:
        """Replace a lecture's captions."""
        if len(request.captions) > _MAX_CAPTIONS_BYTES:
            raise InvalidRequest(
                Reason.INVALID_CAPTIONS, "captions may have at most 4 MiB; nothing was changed", field="captions"
            )
        await asyncio.to_thread(self._lectures.open, request.lecture_id)
        cues = await asyncio.to_thread(self._parse_captions, request.captions, _CAPTIONS.get(request.format, "auto"))
        passages = await slowly(lambda: self._lectures.put_captions(request.lecture_id, cues))
        return ingest_pb2.PutCaptionsResponse(cues=len(cues), passages=passages)

    async def AttachSource(
        self, request: ingest_pb2.AttachSourceRequest, context: Context
    ) -> ingest_pb2.AttachSourceResponse:
        """Read a file."""
        source = await slowly(lambda: self._sources.attach(request.lecture_id, request.path, request.realtime))
        return ingest_pb2.AttachSourceResponse(source=convert.source(source))

    async def ListSources(
        self, request: ingest_pb2.ListSourcesRequest, context: Context
    ) -> ingest_pb2.ListSourcesResponse:
        """List a page."""
        size = page_size(request.page_size)
        after = after_token("sources", request.page_token)
        found = await asyncio.to_thread(self._sources.page, request.lecture_id, after, size + 1)
        following = page_token("sources", found[size - 1].source_id) if len(found) > size else ""
        return ingest_pb2.ListSourcesResponse(
            sources=[convert.source(source) for source in found[:size]], next_page_token=following
        )

    async def DetachSource(
        self, request: ingest_pb2.DetachSourceRequest, context: Context
    ) -> ingest_pb2.DetachSourceResponse:
        """Stop reading a file."""
        source = await slowly(lambda: self._sources.detach(request.source_id))
        return ingest_pb2.DetachSourceResponse(source=convert.source(source))


async def _opening(requests: Requests) -> ingest_pb2.FrameStreamOpen:
    async for request in requests:
        if request.WhichOneof("payload") == "open":
            return request.open
        break
    raise InvalidRequest(
        Reason.STREAM_PROTOCOL, "the first message of a frame stream must be FrameStreamOpen; nothing was taken"
    )


async def _hand_over(requests: Requests, stream: FrameStream, room: asyncio.Semaphore) -> None:
    """Give frames to the stream as it has room: not reading on is what holds the producer back."""
    async for request in requests:
        if request.WhichOneof("payload") != "frame":
            raise InvalidRequest(
                Reason.STREAM_PROTOCOL,
                "FrameStreamOpen came twice or an empty message came; what was acknowledged is kept",
            )
        if len(request.frame.image) > MAX_IMAGE_BYTES:
            raise InvalidRequest(
                Reason.INVALID_FIELD, f"a picture may have at most {MAX_IMAGE_BYTES} bytes", field="frame.image"
            )
        await room.acquire()
        stream.offer(convert.frame(request.frame), timeout=0)


def _close_again(begun: asyncio.Future[tuple[LectureStore, FramePath, FrameStream]]) -> None:
    if not begun.cancelled() and begun.exception() is None:
        begun.result()[2].close()


def _closed(reader: asyncio.Task[None], stream: FrameStream) -> None:
    """The producer sends no more: end the stream in the way it ended."""
    error = None if reader.cancelled() else reader.exception()
    if isinstance(error, HallscribeError):
        stream.halt(error)
    else:
        stream.close()


def _progress(progress: Progress, credit: int) -> ingest_pb2.StreamFramesResponse:
    return ingest_pb2.StreamFramesResponse(
        received_position=progress.received_position,
        durable_position=progress.durable_position,
        acknowledgements=[convert.acknowledgement(told) for told in progress.acknowledgements],
        credit=credit,
    )
