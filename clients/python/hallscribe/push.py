"""Pushing frames: positions, credit, resending and reconnecting, in one place.

    frames -> taker -> Window -> writer -> daemon
                         ^                   |
                         +---- settle <-- reader -> Progress

A session is one call of StreamFrames. When it breaks, the next one sends again whatever is not known to be durable;
the daemon gives a frame that it has its first outcome again. The taker and the window outlive sessions.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from typing import Any

from grpc import aio

from hallscribe import convert
from hallscribe.ending import Ending
from hallscribe.errors import Conflict, DataDamaged, HallscribeError, InvalidRequest, Unavailable, translated
from hallscribe.retry import Patience
from hallscribe.v1 import ingest_pb2
from hallscribe.values import Acknowledgement, Frame, FrameCounts, FrameOutcome, Progress, StreamStart
from hallscribe.window import Window

Frames = Iterable[Frame] | AsyncIterable[Frame]
FrameSource = Frames | Callable[[StreamStart], Frames]

_WINDOW_FRAMES = 256
_WINDOW_BYTES = 64 * 1024 * 1024
_STALLED_AFTER_S = 60.0
_LAST_WORDS_S = 2.0


Stream = aio.StreamStreamCall[ingest_pb2.StreamFramesRequest, ingest_pb2.StreamFramesResponse]


class Push:
    """One run of frames into one lecture.

    Args:
        open_stream: starts a call.
        opening: the first message of every session.
        frames: frames, or what makes them once it is known where to go on.
        patience: how long to try again.
    """

    def __init__(
        self,
        open_stream: Callable[[], Stream],
        opening: ingest_pb2.FrameStreamOpen,
        frames: FrameSource,
        patience: Patience,
    ) -> None:
        self._open_stream = open_stream
        self._opening = opening
        self._source = frames
        self._patience = patience
        self._start: StreamStart | None = None
        self._window = Window(1, _WINDOW_FRAMES, _WINDOW_BYTES)
        self._taker: asyncio.Task[None] | None = None
        self._failure: BaseException | None = None
        self._outcomes: Counter[FrameOutcome] = Counter()
        self._counted = 0
        self._sent = 0
        self._received = 0
        self._durable = 0
        self._room = asyncio.Event()
        self._may_send_to = 0
        self._reconnects = 0

    async def run(self) -> AsyncGenerator[Progress]:
        """Push to the end of the frames, and past every loss of the daemon that patience allows."""
        try:
            while not self._window.complete:
                try:
                    async with contextlib.aclosing(self._session()) as session:
                        async for progress in session:
                            yield progress
                except HallscribeError as error:
                    delay = self._patience.delay(error)
                    self._reconnects += 1
                    yield self._progress(trouble=error.message)
                    await asyncio.sleep(delay)
            if self._failure is not None:
                raise self._failure
        finally:
            await _stop(self._taker)

    async def _session(self) -> AsyncGenerator[Progress]:
        writer: asyncio.Task[None] | None = None
        with translated():
            call = self._open_stream()
            ending = Ending(call)
            try:
                # A call that has failed already says why when it is read.
                with contextlib.suppress(asyncio.InvalidStateError):
                    await call.write(ingest_pb2.StreamFramesRequest(open=self._opening))
                self._opened(await self._reply(call, None))
                yield self._progress()
                writer = asyncio.create_task(self._write(call))
                while not self._window.complete and (reply := await self._reply(call, writer)):
                    yield await self._settle(reply)
                async for reply in _last_words(call):
                    yield await self._settle(reply)
            except aio.AioRpcError as error:
                raise ending.error(error) from error
            finally:
                await _stop(writer)
                call.cancel()

    def _opened(self, reply: ingest_pb2.StreamFramesResponse | None) -> None:
        if reply is None or not reply.HasField("opened"):
            raise Unavailable("STREAM_PROTOCOL", "the daemon's first reply did not say where to go on")
        start = convert.stream_start(reply.opened)
        if self._start is None:
            self._window = Window(start.next_position, _WINDOW_FRAMES, _WINDOW_BYTES)
            self._counted = start.next_position - 1
            self._start = start
            self._taker = asyncio.create_task(self._take(start))
        elif start.lecture_uid != self._start.lecture_uid:
            raise Conflict("LECTURE_REPLACED", "the lecture was deleted and created again meanwhile; begin again")
        elif start.next_position > self._window.next_position:
            raise Conflict(
                "STREAM_TAKEN_OVER",
                f"another program pushed frames to lecture {self._opening.lecture_id} as this producer: "
                f"{len(self._window)} frames of this one are not acknowledged; look at it before pushing again",
            )
        elif start.next_position < self._window.oldest:
            raise DataDamaged(
                "DATA_DAMAGED",
                f"the daemon had acknowledged position {self._window.oldest - 1} as durable but now asks for "
                f"{start.next_position}: its data was set back; begin again",
            )
        # Every session begins again with the oldest frame that is not known to be durable.
        self._sent = self._window.oldest - 1
        if not len(self._window):
            self._patience.progressed()
        self._note(reply)

    def _note(self, reply: ingest_pb2.StreamFramesResponse) -> None:
        """Take over positions and credit."""
        if reply.durable_position > self._durable:
            self._patience.progressed()
        self._durable = max(self._durable, reply.durable_position)
        # Not the larger of the two: a daemon that restarted has forgotten what was received and not durable.
        self._received = reply.received_position
        self._may_send_to = reply.received_position + reply.credit
        self._room.set()

    async def _settle(self, reply: ingest_pb2.StreamFramesResponse) -> Progress:
        acknowledgements = [convert.acknowledgement(message) for message in reply.acknowledgements]
        for acknowledgement in acknowledgements:
            self._count(acknowledgement)
        self._note(reply)
        # Frames that are durable but not yet sent again have not been counted: their outcome comes when they are.
        await self._window.settle(min(reply.durable_position, self._sent))
        return self._progress(acknowledgements)

    def _count(self, acknowledgement: Acknowledgement) -> None:
        """Count each of our frames once, however often its outcome is told."""
        last = acknowledgement.position + acknowledgement.count - 1
        self._outcomes[acknowledgement.outcome] += max(0, last - max(self._counted, acknowledgement.position - 1))
        self._counted = max(self._counted, last)

    def _progress(self, acknowledgements: Iterable[Acknowledgement] = (), trouble: str = "") -> Progress:
        counts = FrameCounts(
            **{outcome.value: self._outcomes[outcome] for outcome in FrameOutcome if outcome != "unspecified"}
        )
        return Progress(self._received, self._durable, counts, tuple(acknowledgements), self._reconnects, trouble)

    async def _reply(self, call: Stream, writer: asyncio.Task[None] | None) -> ingest_pb2.StreamFramesResponse | None:
        """The next reply; None at the end; Unavailable when the stream broke, or stands still with frames under way."""
        reading = asyncio.ensure_future(call.read())
        try:
            while not reading.done():
                writing = {writer} if writer is not None and not writer.done() else set()
                done, _ = await asyncio.wait(
                    {reading, *writing}, timeout=_STALLED_AFTER_S, return_when=asyncio.FIRST_COMPLETED
                )
                if not done and (len(self._window) or self._start is None):
                    raise Unavailable("STALLED", f"the daemon said nothing for {_STALLED_AFTER_S:g} s")
                if writer in done and writer is not None and writer.exception() is not None:
                    # Writing fails because the call has ended; reading tells why.
                    await asyncio.wait({reading}, timeout=_LAST_WORDS_S)
                    break
            if not reading.done() or reading.cancelled():
                raise Unavailable("STREAM_ENDED", "the stream to the daemon broke")
            reply = reading.result()
        finally:
            reading.cancel()
        if isinstance(reply, ingest_pb2.StreamFramesResponse):
            return reply
        if self._window.complete:
            return None
        raise Unavailable("STREAM_ENDED", "the daemon ended the stream before every frame was durable")

    async def _write(self, call: Stream) -> None:
        """Send from the oldest frame that is not durable, as far as there is credit."""
        while (frame := await self._window.at(self._sent + 1)) is not None:
            while frame.position > self._may_send_to:
                self._room.clear()
                await self._room.wait()
            await call.write(ingest_pb2.StreamFramesRequest(frame=frame))
            self._sent = frame.position
        await call.done_writing()

    async def _take(self, start: StreamStart) -> None:
        """Move frames from their source into the window, to the end or to the first failure."""
        try:
            frames = self._source(start) if callable(self._source) else self._source
            async for frame in _asynchronous(frames):
                if len(frame.image) > start.max_image_bytes > 0:
                    raise InvalidRequest(
                        "IMAGE_TOO_LARGE",
                        f"the frame at {frame.media_time_s:g} s has {len(frame.image)} bytes, and at most "
                        f"{start.max_image_bytes} are taken; the frames before it are kept. Send it smaller",
                    )
                await self._window.put(convert.frame(frame))
        except Exception as error:
            # Told after the frames before it are durable.
            self._failure = error
        finally:
            await self._window.end()


async def _asynchronous(frames: Frames) -> AsyncIterator[Frame]:
    if isinstance(frames, AsyncIterable):
        async for frame in frames:
            yield frame
        return
    iterator = iter(frames)
    while taken := await _apart(iterator):
        yield taken[0]


async def _apart(frames: Iterator[Frame]) -> list[Frame]:
    """The next frame alone in a list; an empty one at the end.

    Reading a file or a camera blocks, for as long as it likes: so in a thread that nobody waits for at the end, as
    those of asyncio.to_thread are waited for.
    """
    loop = asyncio.get_running_loop()
    told: asyncio.Future[list[Frame]] = loop.create_future()

    def tell(set_outcome: Callable[[Any], None], outcome: object) -> None:
        if not told.done():
            set_outcome(outcome)

    def take() -> None:
        try:
            outcome: tuple[Callable[[Any], None], object] = told.set_result, list(itertools.islice(frames, 1))
        except BaseException as error:
            outcome = told.set_exception, error
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody asks any more
            loop.call_soon_threadsafe(tell, *outcome)

    threading.Thread(target=take, name="frames", daemon=True).start()
    return await told


async def _last_words(call: Stream) -> AsyncGenerator[ingest_pb2.StreamFramesResponse]:
    """What the daemon still says after the last frame is durable, until it ends the stream; 2 s at most."""
    deadline = asyncio.get_running_loop().time() + _LAST_WORDS_S
    while True:
        left = deadline - asyncio.get_running_loop().time()
        try:
            reply = await asyncio.wait_for(call.read(), max(0.0, left))
        except (TimeoutError, aio.AioRpcError):
            return
        if not isinstance(reply, ingest_pb2.StreamFramesResponse):
            return
        yield reply


async def _stop(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
