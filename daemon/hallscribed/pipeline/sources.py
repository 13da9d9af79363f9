"""Attached sources: files that the daemon reads by itself, through the same frame path as a producer's stream."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from hallscribed.domain.errors import HallscribeError, NotFound, Reason, Unavailable
from hallscribed.domain.frame import EncodedFrame, Outcome
from hallscribed.domain.lecture import MAIN_TRACK
from hallscribed.pipeline.ingest import FramePath
from hallscribed.pipeline.lectures import Lectures
from hallscribed.pipeline.streams import Ended, FrameStream, Progress

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
    """One attached file, with a thread of its own."""

    def __init__(
        self, source_id: str, lecture_id: str, path: str, video: VideoFile, realtime: bool, lectures: Lectures
    ) -> None:
        self.source_id = source_id
        self.lecture_id = lecture_id
        self._path = path
        self._video = video
        self._realtime = realtime
        self._counts: Counter[Outcome] = Counter()
        self._state = SourceState.RUNNING
        self._detail = ""
        self._position_s = 0.0
        self._stopped = threading.Event()
        self._over = threading.Event()
        self._error: HallscribeError | None = None
        self._durable_position = 0
        # Neither is kept here: a source is listed for ever, its frames need not stay as long.
        _, frame_path, stream = lectures.stream(lecture_id, f"source {source_id}", MAIN_TRACK, self._told)
        self._durable_position = max(self._durable_position, frame_path.durable_position)
        self._thread = threading.Thread(
            target=self._run, args=(frame_path, stream), name=f"source {source_id}", daemon=True
        )
        self._thread.start()

    def _told(self, news: Progress | Ended) -> None:
        if isinstance(news, Ended):
            self._error = news.error
            self._over.set()
            self._stopped.set()
            return
        self._durable_position = news.durable_position
        for told in news.acknowledgements:
            self._counts[told.outcome] += told.count

    def _run(self, path: FramePath, stream: FrameStream) -> None:
        failed: HallscribeError | None = None
        try:
            self._feed_stream(path, stream)
        except HallscribeError as error:
            failed = error
        except Exception:
            log.exception("source %s failed", self.source_id)
            failed = Unavailable(
                Reason.INTERNAL, "a defect in the daemon ended this source; what it brought is kept, the log says more"
            )
        stream.close()
        self._over.wait()
        failed = failed or self._error
        self._video.close()
        if self._state is SourceState.RUNNING:
            self._state = SourceState.ENDED if failed is None else SourceState.FAILED
            self._detail = failed.message if failed is not None else self._ending()

    def _ending(self) -> str:
        early = self._video.ended_early_at_s
        if early is None:
            return ""
        return f"the file ends early, at {early:.0f} s of {self._video.duration_s:.0f} s; what it held is kept"

    def _feed_stream(self, path: FramePath, stream: FrameStream) -> None:
        begun = time.monotonic()
        first: float | None = None
        for frame in self._video.frames(path.received_position + 1, path.last_media_time):
            first = frame.media_time if first is None else first
            if self._realtime:
                self._stopped.wait(max(0.0, begun + frame.media_time - first - time.monotonic()))
            while not self._stopped.is_set() and not stream.offer(frame, timeout=0.5):
                pass
            if self._stopped.is_set():
                return
            self._position_s = frame.media_time

    def detach(self) -> None:
        """Stop reading; what it brought stays."""
        if self._state is SourceState.RUNNING:
            self._state = SourceState.DETACHED
        self._stopped.set()
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
    """All sources attached since the start."""

    def __init__(self, lectures: Lectures, open_video: Callable[[str], VideoFile]) -> None:
        self._lectures = lectures
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
                source = Source(source_id, lecture_id, path, video, realtime, self._lectures)
                self._sources[source_id] = source
        except HallscribeError:
            video.close()
            raise
        return source.report()

    def page(self, lecture_id: str, after: str, limit: int) -> list[SourceReport]:
        """Sources in order of attaching, those after an id."""
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
