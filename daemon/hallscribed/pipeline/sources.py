"""Attached sources: files that the daemon reads by itself, through the same frame path as a producer's stream."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from hallscribed.domain.errors import HallscribeError, NotFound, Reason, Unavailable
from hallscribed.domain.frame import EncodedFrame, Outcome
from hallscribed.domain.lecture import MAIN_TRACK
from hallscribed.domain.record import SystemNotice
from hallscribed.pipeline.ingest import FramePath
from hallscribed.pipeline.lectures import Lectures
from hallscribed.pipeline.streams import Ended, FrameStream, Progress
from hallscribed.ports import LectureStore

log = logging.getLogger(__name__)


class SourceState(StrEnum):
    """Where a source is in its life."""

    RUNNING = "running"
    ENDED = "ended"
    FAILED = "failed"
    DETACHED = "detached"


class VideoFile(Protocol):
    """A video being read."""

    duration_s: float
    ended_early_at_s: float | None

    def frames(self, next_position: int, after_s: float | None) -> Iterator[EncodedFrame]:
        """Frames at about one a second, numbered from a position, beginning after a media time."""

    def close(self) -> None:
        """Stop reading; safe from another thread."""


OpenVideo = Callable[[str], VideoFile]
Announce = Callable[[SystemNotice, LectureStore], None]


@dataclass(frozen=True, slots=True)
class SourceReport:
    """A source as it stands; times in seconds of media time."""

    source_id: str
    lecture_id: str
    path: str
    state: SourceState
    detail: str
    durable_position: int
    position_s: float
    duration_s: float
    counts: Counter[Outcome] = field(default_factory=Counter)


class Source:
    """One attached file, with a thread of its own.

    Trouble that passes, such as a full disk, is waited out: the file is opened again and goes on where the lecture is.
    """

    def __init__(
        self, source_id: str, lecture_id: str, path: str, open_video: OpenVideo, video: VideoFile, realtime: bool,
        lectures: Lectures, announce: Announce,
    ) -> None:  # fmt: skip
        self.source_id = source_id
        self.lecture_id = lecture_id
        self._path = path
        self._open_video = open_video
        self._video = video
        self._realtime = realtime
        self._lectures = lectures
        self._announce = announce
        self._counts: Counter[Outcome] = Counter()
        self._state = SourceState.RUNNING
        self._detail = ""
        self._position_s = 0.0
        self._detached = threading.Event()
        self._durable_position = 0
        # Neither is kept here: a source is listed for ever, its frames need not stay as long.
        path_and_stream = self._begin()
        self._thread = threading.Thread(target=self._run, args=path_and_stream, name=f"source {source_id}", daemon=True)
        self._thread.start()

    def _begin(self) -> tuple[FramePath, FrameStream, Future[HallscribeError | None]]:
        """A stream to the lecture, and how it will have ended."""
        ended: Future[HallscribeError | None] = Future()

        def told(news: Progress | Ended) -> None:
            if isinstance(news, Ended):
                ended.set_result(news.error)
                return
            self._durable_position = news.durable_position
            if news.acknowledgements:
                self._detail = ""  # what was waited for has passed
            for acknowledged in news.acknowledgements:
                self._counts[acknowledged.outcome] += acknowledged.count

        self._store, path, stream = self._lectures.stream(self.lecture_id, f"source {self.source_id}", MAIN_TRACK, told)
        self._durable_position = max(self._durable_position, path.durable_position)
        return path, stream, ended

    def _run(self, path: FramePath, stream: FrameStream, ended: Future[HallscribeError | None]) -> None:
        failed = self._read(path, stream, ended)
        while failed is not None and _passes(failed):
            if not self._detail:
                self._tell(failed, "waits")
            self._detail = failed.message
            if self._detached.wait(failed.retry_after_s):
                break
            try:
                self._video = self._open_video(self._path)
                path, stream, ended = self._begin()
            except HallscribeError as error:
                self._video.close()
                failed = error
            else:
                failed = self._read(path, stream, ended)
        if self._state is SourceState.RUNNING:
            self._detail = failed.message if failed is not None else self._ending()
            if failed is not None:
                self._tell(failed, "has failed")
            self._state = SourceState.ENDED if failed is None else SourceState.FAILED

    def _read(
        self, path: FramePath, stream: FrameStream, ended: Future[HallscribeError | None]
    ) -> HallscribeError | None:
        """Read the file into a stream until either ends; why it did, None at the file's end."""
        failed: HallscribeError | None = None
        try:
            self._feed_stream(path, stream, ended)
        except HallscribeError as error:
            failed = error
        except Exception:
            log.exception("source %s failed", self.source_id)
            failed = Unavailable(
                Reason.INTERNAL, "a defect in the daemon ended this source; what it brought is kept, the log says more"
            )
        stream.close()
        told = ended.result()
        self._video.close()
        return failed or told

    def _tell(self, failed: HallscribeError, what: str) -> None:
        detail = f"the source {self._path} of lecture {self.lecture_id} {what}: {failed.message}"
        with contextlib.suppress(HallscribeError):  # as of a disk that is too full to be told of
            self._announce(SystemNotice(failed.reason, detail), self._store)

    def _ending(self) -> str:
        early = self._video.ended_early_at_s
        if early is None:
            return ""
        return f"the file ends early, at {early:.0f} s of {self._video.duration_s:.0f} s; what it held is kept"

    def _feed_stream(self, path: FramePath, stream: FrameStream, ended: Future[HallscribeError | None]) -> None:
        begun = time.monotonic()
        first: float | None = None
        for frame in self._video.frames(path.received_position + 1, path.last_media_time):
            first = frame.media_time if first is None else first
            if self._realtime:
                self._detached.wait(max(0.0, begun + frame.media_time - first - time.monotonic()))
            while not self._is_over(ended) and not stream.offer(frame, timeout=0.5):
                pass
            if self._is_over(ended):
                return
            self._position_s = frame.media_time

    def _is_over(self, ended: Future[HallscribeError | None]) -> bool:
        return self._detached.is_set() or ended.done()

    def detach(self) -> None:
        """Stop reading; what it brought stays."""
        if self._state is SourceState.RUNNING:
            self._state = SourceState.DETACHED
        self._detached.set()
        self._video.close()
        self._thread.join(30.0)

    def report(self) -> SourceReport:
        """As it stands."""
        return SourceReport(
            self.source_id,
            self.lecture_id,
            self._path,
            self._state,
            self._detail,
            self._durable_position,
            self._position_s,
            self._video.duration_s,
            Counter(self._counts),
        )


class Sources:
    """All sources attached since the start; their trouble is announced."""

    def __init__(self, lectures: Lectures, open_video: OpenVideo, announce: Announce) -> None:
        self._lectures = lectures
        self._announce = announce
        self._open_video = open_video
        self._sources: dict[str, Source] = {}
        self._lock = threading.Lock()

    def attach(self, lecture_id: str, path: str, realtime: bool) -> SourceReport:
        """Begin to read a file into an open lecture."""
        self._lectures.open(lecture_id)
        video = self._open_video(path)
        try:
            with self._lock:
                source_id = f"source-{len(self._sources) + 1:06d}"
                source = Source(
                    source_id, lecture_id, path, self._open_video, video, realtime, self._lectures, self._announce
                )
                self._sources[source_id] = source
        except HallscribeError:
            video.close()
            raise
        return source.report()

    def page(self, lecture_id: str, after: str, limit: int) -> list[SourceReport]:
        """Sources in order of attaching, those after an id; NotFound of a lecture that there is not."""
        if lecture_id:
            self._lectures.open(lecture_id)
        with self._lock:
            found = [s for s in self._sources.values() if s.source_id > after]
        return [s.report() for s in found if lecture_id in ("", s.lecture_id)][:limit]

    def detach(self, source_id: str) -> SourceReport:
        """Stop reading a source."""
        with self._lock:
            source = self._sources.get(source_id)
        if source is None:
            raise NotFound(
                Reason.UNKNOWN_SOURCE,
                f"there is no source {source_id[:80]!r} since the daemon started",
                field="source_id",
            )
        source.detach()
        return source.report()

    def stop(self) -> None:
        """Stop all of them."""
        with self._lock:
            sources = list(self._sources.values())
        for source in sources:
            source.detach()


def _passes(error: HallscribeError) -> bool:
    """Whether it is worth waiting for: not where the daemon ends."""
    return error.retry_after_s is not None and error.reason not in (Reason.SHUTTING_DOWN, Reason.STORAGE_FAILED)
