"""Lectures as they are used: created, streamed to, captioned, finished, deleted."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence

from hallscribed.domain.errors import Conflict, HallscribeError, InvalidRequest, Reason, Superseded, Unavailable
from hallscribed.domain.lecture import MAIN_TRACK, Cue, Lecture
from hallscribed.pipeline.feed import Feed
from hallscribed.pipeline.ingest import FramePath
from hallscribed.pipeline.recorder import Recorder
from hallscribed.pipeline.streams import Ended, FrameStream, Progress, Track, finished
from hallscribed.ports import Catalog, Corpus, LectureStore, VisualIndex

_TITLE_LENGTH = 300
_PRODUCER_LENGTH = 100


class Lectures:
    """All lectures of the box, and the tracks that take frames now.

    Args:
        work_waits: called with the uid of a lecture that may have work.
        storage_failed: called when the disk failed a stream's write, whether or not anybody still reads the stream.
    """

    def __init__(
        self,
        catalog: Catalog,
        recorder: Recorder,
        feed: Feed,
        visual: VisualIndex,
        corpus: Corpus,
        frame_path: Callable[[LectureStore], FramePath],
        work_waits: Callable[[str], None],
        storage_failed: Callable[[str], None],
    ) -> None:
        self._catalog = catalog
        self._recorder = recorder
        self._feed = feed
        self._visual = visual
        self._corpus = corpus
        self._frame_path = frame_path
        self._work_waits = work_waits
        self._storage_failed = storage_failed
        self._tracks: dict[str, Track] = {}
        self._lock = threading.RLock()
        self._stopping = False

    def create(self, lecture_id: str, title: str) -> Lecture:
        """A new, open lecture."""
        if len(title) > _TITLE_LENGTH:
            raise InvalidRequest(
                Reason.INVALID_FIELD,
                f"the title has {len(title)} characters; {_TITLE_LENGTH} are allowed",
                field="title",
            )
        self._recorder.check_space()
        store = self._catalog.create(lecture_id, title)
        self._feed.publish(store)
        return store.lecture()

    def get(self, lecture_id: str) -> Lecture:
        """One lecture as it stands."""
        return self._catalog.open(lecture_id).lecture()

    def page(self, after: str, limit: int) -> list[Lecture]:
        """Lectures by age, those after a uid."""
        return self._catalog.page(after, limit)

    def open(self, lecture_id: str) -> LectureStore:
        """One lecture's data."""
        return self._catalog.open(lecture_id)

    def stream(
        self, lecture_id: str, producer_id: str, track: str, tell: Callable[[Progress | Ended], None]
    ) -> tuple[LectureStore, FramePath, FrameStream]:
        """Begin to stream frames to an open lecture."""
        if (track or MAIN_TRACK) != MAIN_TRACK:
            raise InvalidRequest(
                Reason.UNKNOWN_TRACK, f'there is no track {track[:80]!r}: this version records "main"', field="track"
            )
        if not 0 < len(producer_id) <= _PRODUCER_LENGTH:
            raise InvalidRequest(
                Reason.INVALID_FIELD, f"producer_id needs 1 to {_PRODUCER_LENGTH} characters", field="producer_id"
            )
        found = self._track(lecture_id)
        return found.store, found.path, found.open(producer_id, lambda news: self._relay(found.store, news, tell))

    def _relay(self, store: LectureStore, news: Progress | Ended, tell: Callable[[Progress | Ended], None]) -> None:
        if isinstance(news, Ended) or news.acknowledgements:
            self._work_waits(store.uid)
        if isinstance(news, Ended) and news.error is not None and news.error.reason is Reason.STORAGE_FAILED:
            self._storage_failed(news.error.message)
        tell(news)

    def _track(self, lecture_id: str) -> Track:
        with self._lock:
            if self._stopping:
                raise Unavailable(Reason.SHUTTING_DOWN, "the daemon is stopping; try again soon", retry_after_s=2.0)
            store = self._catalog.open(lecture_id)
            if store.is_finished():
                raise finished(lecture_id)
            if store.uid not in self._tracks:
                self._tracks[store.uid] = Track(store, self._frame_path(store))
            return self._tracks[store.uid]

    def put_captions(self, lecture_id: str, cues: Sequence[Cue]) -> int:
        """Replace a lecture's captions; how many passages they made."""
        store = self._catalog.open(lecture_id)
        passages = self._recorder.put_cues(store, cues)
        self._work_waits(store.uid)
        return passages

    def finish(self, lecture_id: str) -> Lecture:
        """End a lecture; a second time only sees to it that what follows from that is done."""
        store = self._catalog.open(lecture_id)
        with contextlib.suppress(Conflict):  # it is finished
            self._track(lecture_id).finish(self._recorder.finish)
        with self._lock:
            self._tracks.pop(store.uid, None)
        self._feed.publish(store)
        self._work_waits(store.uid)
        return store.lecture()

    def delete(self, lecture_id: str) -> None:
        """Remove a lecture with all its data."""
        with self._lock:
            tracks = [track for track in self._tracks.values() if track.store.lecture_id == lecture_id]
        for track in tracks:
            track.drain(Superseded(Reason.UNKNOWN_LECTURE, f"lecture {lecture_id} was deleted"))
        lecture = self._catalog.delete(lecture_id)
        with self._lock:
            self._tracks.pop(lecture.uid, None)
        self._corpus.forget(lecture.uid)
        self._visual.forget(lecture.uid)
        self._feed.wake_after_delete()

    def queue_depths(self) -> tuple[int, int]:
        """Frames waiting to be looked at, and outcomes waiting to become durable, over all lectures."""
        with self._lock:
            pending = sum(track.path.pending for track in self._tracks.values())
        return sum(stream.depth for stream in self._streams()), pending

    def live(self) -> int:
        """How many streams take frames."""
        return sum(stream.alive for stream in self._streams())

    def lag_s(self) -> float:
        """How far the stream that is furthest behind is behind its producer, seconds."""
        return max((stream.lag_s for stream in self._streams()), default=0.0)

    def load_s(self) -> float:
        """The same, where a second of a picture without its vector counts as a second behind."""
        return max((max(stream.lag_s, stream.owed_s) for stream in self._streams()), default=0.0)

    def _streams(self) -> list[FrameStream]:
        with self._lock:
            return [track.stream for track in self._tracks.values() if track.stream is not None]

    def drain(self, error: HallscribeError) -> None:
        """The daemon stops: end every stream, with what it brought made durable."""
        with self._lock:
            self._stopping = True
            tracks = list(self._tracks.values())
        for track in tracks:
            if (stream := track.stream) is not None:
                stream.halt(error)
        for track in tracks:
            track.drain(error)
