"""Frame streams: one producer at a time on a lecture's track, each with a thread of its own."""

from __future__ import annotations

import contextlib
import logging
import math
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hallscribed.domain.errors import Conflict, HallscribeError, InvalidRequest, Reason, Superseded, Unavailable
from hallscribed.domain.frame import Acknowledgement, EncodedFrame
from hallscribed.pipeline.ingest import FramePath
from hallscribed.ports import LectureStore

FRAME_QUEUE = 10
_IDLE_S = 0.1
_LET_GO_S = 30.0
# A stream that is so far ahead of the clock does not come live.
_AHEAD_S = 2.0
# Frames that come in so much of the time that lies between them come as things happen.
_PACE = 0.5

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stream has come; ``taken`` frames left the queue since the last one."""

    received_position: int
    durable_position: int
    acknowledgements: Sequence[Acknowledgement]
    taken: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The stream is over; ``error`` is None when it was closed by its producer."""

    error: HallscribeError | None


class FrameStream:
    """One producer's stream. ``tell`` is called on the stream's own thread."""

    def __init__(
        self, producer_id: str, store: LectureStore, path: FramePath, tell: Callable[[Progress | Ended], None]
    ) -> None:
        self.producer_id = producer_id
        self._store = store
        self._path = path
        self._tell = tell
        self._queue: queue.Queue[tuple[float, EncodedFrame] | None] = queue.Queue(FRAME_QUEUE)
        self._first: tuple[float, float] | None = None
        self._latest: tuple[float, float] | None = None
        self._oldest: tuple[float, float] | None = None
        self._twice: list[int] = []
        self._halt: HallscribeError | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=f"stream {store.lecture_id}", daemon=True)
        self._thread.start()

    def offer(self, frame: EncodedFrame, timeout: float | None = None) -> bool:
        """Hand over a frame, waiting for room; False when the stream is over or no room came in time."""
        try:
            self._queue.put((time.monotonic(), frame), timeout=timeout)
        except queue.Full:
            return False
        return self._thread.is_alive()

    def close(self) -> None:
        """No more frames: what was handed over is still taken, committed and acknowledged."""
        self._closed = True
        with contextlib.suppress(queue.Full):  # there is enough to wake it, or it has ended with frames left over
            self._queue.put_nowait(None)

    def halt(self, error: HallscribeError) -> None:
        """End the stream with an error, after committing what was looked at; frames in the queue are left."""
        self._halt = error

    def join(self) -> bool:
        """Wait for the stream's end; False when it does not come."""
        self._thread.join(_LET_GO_S)
        return not self._thread.is_alive()

    @property
    def depth(self) -> int:
        """Frames waiting; none once it has ended, whatever is left over."""
        return self._queue.qsize() if self.alive else 0

    @property
    def alive(self) -> bool:
        """Whether it still takes frames."""
        return self._thread.is_alive()

    @property
    def lag_s(self) -> float:
        """How far it is behind a producer that sends as things happen; 0 for one that is faster than that.

        The age of the oldest frame without a durable outcome, unless the stream as a whole is less behind: a file
        that is sent as fast as it is taken always has frames that wait, and is ahead of its own time.
        """
        first, oldest = self._first, self._oldest
        if first is None or oldest is None or not self.alive:
            return 0.0
        now = time.monotonic()
        behind = (now - first[0]) - (oldest[1] - first[1])
        return max(0.0, min(now - oldest[0], behind))

    @property
    def owed_s(self) -> float:
        """Seconds of a whole picture for which no vector was made, as others had the encoder."""
        return self._path.owed_s if self.alive else 0.0

    def _run(self) -> None:
        error: HallscribeError | None = None
        try:
            self._take_until_closed()
            error = self._halt
        except HallscribeError as refused:
            error = refused
        except Exception:
            log.exception("stream of lecture %s failed", self._store.lecture_id)
            error = Unavailable(
                Reason.INTERNAL,
                "a defect in the daemon ended this stream; all that was acknowledged is kept, the log names the "
                "cause: go on from next_position",
            )
        self._tell(Ended(error))

    def _take_until_closed(self) -> None:
        while self._halt is None and not (self._closed and self._queue.empty()):
            frame = self._next()
            live = frame is not None and self._is_live(frame)
            with self._path.undisturbed() if live else contextlib.nullcontext():
                repeated = [] if frame is None else self._take(frame, live)
                told = self._commit() if self._path.due(self._queue.empty()) else []
            if not self._path.pending:
                self._oldest = None
            taken = 0 if frame is None else 1
            if taken or told:
                self._report([*repeated, *told], taken)
        self._report(self._commit(), 0)

    def _commit(self) -> list[Acknowledgement]:
        """What became durable; and for the second time, of what was sent twice, behind it."""
        told = list(self._path.commit())
        durable = self._path.durable_position
        again = [self._store.acknowledgement(position) for position in self._twice if position <= durable]
        self._twice = [position for position in self._twice if position > durable]
        return [*told, *(each for each in again if each is not None)]

    def _next(self) -> EncodedFrame | None:
        """The next frame; None when none came for a while."""
        awaited = self._queue.empty()
        try:
            item = self._queue.get(timeout=_IDLE_S)
        except queue.Empty:
            return None
        if item is None:
            return None
        self._note(*item, awaited=awaited)
        return item[1]

    def _note(self, arrived: float, frame: EncodedFrame, *, awaited: bool) -> None:
        """Keep when a frame came; ``awaited``: none was there before it.

        One that is awaited for about as long as it lies after the one before is sent as things happen, whatever came
        before: a producer that held frames back while it could not send them then sends them all at once.
        """
        if not (math.isfinite(frame.media_time) and frame.media_time >= 0):
            return  # it is refused
        came, before = (arrived, frame.media_time), self._latest
        self._latest = came
        paced = before is not None and came[0] - before[0] >= _PACE * (came[1] - before[1]) > 0
        if self._first is None or (awaited and paced):
            self._first = came
        self._oldest = self._oldest or came

    def _take(self, frame: EncodedFrame, live: bool) -> list[Acknowledgement]:
        if frame.position > self._path.durable_position:
            if frame.position <= self._path.received_position:
                self._twice.append(frame.position)  # within one stream, and its outcome is on its way
                return []
            try:
                self._path.take(frame, live=live)
            except InvalidRequest as refused:
                self.halt(refused)  # what came before it is still committed and told
            return []
        first = self._store.acknowledgement(frame.position)
        if first is None:
            self.halt(InvalidRequest(Reason.INVALID_FIELD, "frames are numbered from 1", field="position"))
            return []
        return [first]

    def _is_live(self, frame: EncodedFrame) -> bool:
        if self._first is None:
            return True
        begun, media_time = self._first
        return frame.media_time - media_time < time.monotonic() - begun + _AHEAD_S

    def _report(self, told: Sequence[Acknowledgement], taken: int) -> None:
        self._tell(Progress(self._path.received_position, self._path.durable_position, told, taken))


class Track:
    """A lecture's track: who streams to it now, and its frame path."""

    def __init__(self, store: LectureStore, path: FramePath) -> None:
        self.store = store
        self.path = path
        self.stream: FrameStream | None = None
        self._lock = threading.Lock()

    def open(self, producer_id: str, tell: Callable[[Progress | Ended], None]) -> FrameStream:
        """Begin a stream. Conflict while another producer streams; the same one takes over its older stream."""
        with self._lock:
            if self.store.is_finished():
                raise finished(self.store.lecture_id)
            if self.stream is not None and self.stream.alive:
                if self.stream.producer_id != producer_id:
                    raise Conflict(
                        Reason.STREAM_BUSY,
                        f"producer {self.stream.producer_id!r} streams to lecture {self.store.lecture_id}; end its "
                        "stream first, or open this one with its producer_id to take over",
                    )
                self._end(
                    Superseded(Reason.STREAM_TAKEN_OVER, "the same producer opened the stream again; this one ends")
                )
            self.stream = FrameStream(producer_id, self.store, self.path, tell)
            return self.stream

    def finish(self, end: Callable[[LectureStore], None]) -> None:
        """End the stream, if any, decide what the detector's window still holds, and ``end`` the lecture.

        No stream begins in between; a second time does nothing.
        """
        with self._lock:
            if not self.store.is_finished():
                self._end(finished(self.store.lecture_id))
                self.path.finish()
                end(self.store)

    def drain(self, error: HallscribeError) -> None:
        """End the stream, if any, after committing what was looked at."""
        with self._lock:
            self._end(error)

    def _end(self, error: HallscribeError) -> None:
        if self.stream is None:
            return
        self.stream.halt(error)
        if not self.stream.join():
            raise Unavailable(
                Reason.STREAM_BUSY, "the older stream does not end; try again in a few seconds", retry_after_s=5.0
            )
        self.stream = None


def finished(lecture_id: str) -> Conflict:
    """What is told to those who have frames for a lecture that is over."""
    return Conflict(
        Reason.LECTURE_FINISHED, f"lecture {lecture_id} is finished and takes no more frames; what it has is kept"
    )
