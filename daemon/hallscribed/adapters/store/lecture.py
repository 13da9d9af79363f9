"""One lecture's folder and its database, behind ports.LectureStore."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import apsw

from hallscribed.adapters.store import frames, understanding
from hallscribed.adapters.store.database import Database, OpenDatabases
from hallscribed.adapters.store.files import write_durably
from hallscribed.adapters.store.outline import Outline, Titles
from hallscribed.adapters.store.pictures import Pictures
from hallscribed.adapters.store.records import from_row, to_row
from hallscribed.adapters.store.schema import LECTURE_MIGRATIONS
from hallscribed.domain.embedding import Matrix, Vector
from hallscribed.domain.errors import Conflict, DataDamaged, Reason
from hallscribed.domain.event import Event, Segment, SummaryKind, TextState
from hallscribed.domain.frame import Acknowledgement, Grid
from hallscribed.domain.lecture import Cue, Lecture, LectureState
from hallscribed.domain.record import (
    EventAdded,
    EventChanged,
    EventWithdrawn,
    LectureChange,
    LectureChanged,
    Record,
    SegmentChanged,
)
from hallscribed.domain.recording import (
    DerivedFile,
    FrameBatch,
    Job,
    JobKind,
    OpenedSegment,
    Reading,
    ResumePoint,
    UnseenSegment,
)

DATABASE = "metadata.db"
PICTURES = "pictures"
# What is written is seldom read again.
_CACHE_KIB = 512


class SqliteLectureStore:
    """The truth about one lecture. Opening one creates nothing: see ``create``.

    Args:
        folder: the lecture's.
        space: of the encoder in use; vectors of another one stay, but are neither compared nor sealed.
        keep_pictures: whether key frames are written.
        open_files: closes the database while it is not used and others are.

    Raises:
        DataDamaged: the database fails its checks or holds no lecture.
    """

    def __init__(
        self, folder: Path, space: str, *, keep_pictures: bool = True, open_files: OpenDatabases | None = None
    ) -> None:
        self.folder = folder
        self._space = space
        self._pictures = Pictures(folder / PICTURES, keep=keep_pictures)
        if not (folder / DATABASE).is_file():
            raise DataDamaged(Reason.DATA_DAMAGED, f"{folder / DATABASE} is missing")
        self._database = Database(folder / DATABASE, LECTURE_MIGRATIONS, open_files, cache_kib=_CACHE_KIB)
        row = self._database.row("SELECT lecture_id, uid, title, created_unix_s FROM lecture")
        if row is None:
            self._database.close()
            raise DataDamaged(Reason.DATA_DAMAGED, f"{folder / DATABASE} holds no lecture")
        self.lecture_id, self.uid, self._title, self._created = row
        self._outlined: tuple[int, Outline] | None = None

    @staticmethod
    def create(folder: Path, lecture_id: str, uid: str, title: str) -> None:
        """Make a new lecture's folder and database, durable when it returns."""
        (folder / PICTURES).mkdir(parents=True)
        database = Database(folder / DATABASE, LECTURE_MIGRATIONS)
        created = time.time()
        with database.transaction() as connection:
            connection.execute("INSERT INTO lecture VALUES (1, ?, ?, ?, ?, NULL)", (lecture_id, uid, title, created))
            lecture = Lecture(lecture_id, uid, title, LectureState.OPEN, created, 0, 0, 0.0, 0, {})
            _record(connection, LectureChanged(LectureChange.CREATED, lecture))
        database.close()
        config = {"lecture_id": lecture_id, "uid": uid, "title": title, "created_unix_s": created}
        write_durably(folder / "config.json", json.dumps(config, indent=2).encode())

    def lecture(self) -> Lecture:
        """As it stands."""
        counts = frames.outcome_counts(self._database)
        return Lecture(
            lecture_id=self.lecture_id,
            uid=self.uid,
            title=self._title,
            state=LectureState.FINISHED if self.is_finished() else LectureState.OPEN,
            created=self._created,
            frames=sum(counts.values()),
            durable_position=frames.durable_position(self._database),
            duration=self._database.value(frames.LAST_TIME) or 0.0,
            pending_jobs=self._database.value("SELECT count(*) FROM jobs WHERE kind <> ?", (JobKind.GENERATE.value,)),
            counts=counts,
        )

    def is_finished(self) -> bool:
        """Whether it takes no more frames."""
        return self._database.value("SELECT finished_unix_s FROM lecture") is not None

    def resume_point(self) -> ResumePoint:
        """Where the frame path goes on."""
        return frames.resume_point(self._database, self._space)

    def commit(self, batch: FrameBatch) -> Sequence[int]:
        """Make frames and segments durable; pictures first, so that no row names a file that is not there."""
        pictures = {s.number: self._pictures.write(s.number, s.picture) for s in batch.segments}
        with self._database.transaction() as connection:
            self._check_open()
            made = frames.insert_frames(self._database, connection, batch)
            for opened in batch.segments:
                frames.insert_segment(connection, opened, pictures[opened.number])
                self._announce(connection, opened)
        return made

    def _announce(self, connection: apsw.Connection, opened: OpenedSegment) -> None:
        closed = understanding.before(self._database, opened.number)
        if closed is not None:
            understanding.add_job(connection, JobKind.SUMMARISE, closed)
        if opened.picture is not None:
            understanding.add_job(connection, JobKind.READ, opened.number)
        if opened.boundary is not None and opened.boundary.kind is not None:
            frames.insert_event(connection, f"{self.uid}-{opened.number:05d}", opened)
            event = understanding.event_of(self._database, opened.number)
            if event is not None:
                _record(connection, EventAdded(event))

    def set_picture(self, segment: int, picture: bytes | None, grid: Grid | None) -> None:
        """Give a segment its key frame once it has settled, or another once more is shown, and have it read.

        Nothing where the segment was withdrawn meanwhile.
        """
        if self._database.value("SELECT merged FROM segments WHERE number = ?", (segment,)):
            return
        name = self._pictures.write(segment, picture)
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE segments SET picture = ?, grid = coalesce(?, grid) WHERE number = ?",
                (name, frames.grid_blob(grid), segment),
            )
            if picture is not None:
                understanding.add_job(connection, JobKind.READ, segment)
            else:
                connection.execute("UPDATE segments SET text_state = 'failed' WHERE number = ?", (segment,))

    def picture(self, segment: int) -> bytes | None:
        """A segment's key frame, JPEG."""
        name = self._database.value("SELECT picture FROM segments WHERE number = ? AND merged = 0", (segment,))
        return self._pictures.read(name)

    def forget_picture(self, segment: int) -> None:
        """A segment was read: its key frame stays, unless it is in memory only or the segment was taken back."""
        self._pictures.forget(segment)
        if self._database.value("SELECT merged FROM segments WHERE number = ?", (segment,)):
            self._pictures.remove(segment)

    def picture_to_read(self, segment: int) -> bytes | None:
        """A segment's key frame; where none is kept, from memory, until it has been read."""
        return self._pictures.unkept(segment) or self.picture(segment)

    def acknowledgement(self, position: int) -> Acknowledgement | None:
        """The first outcome of a frame."""
        return frames.acknowledgement(self._database, position)

    def finish(self) -> None:
        """End the lecture; a second time does nothing."""
        with self._database.transaction() as connection:
            changed = connection.execute(
                "UPDATE lecture SET finished_unix_s = ? WHERE finished_unix_s IS NULL RETURNING uid", (time.time(),)
            ).fetchall()
            if changed:
                last = self._database.value("SELECT max(number) FROM segments WHERE merged = 0")
                if last is not None:
                    understanding.add_job(connection, JobKind.SUMMARISE, last)
                _record(connection, LectureChanged(LectureChange.FINISHED, self.lecture()))

    def put_cues(self, cues: Sequence[Cue]) -> None:
        """Replace the captions and have every closed segment summed up again."""
        with self._database.transaction() as connection:
            understanding.replace_cues(connection, cues)
            for segment in understanding.segments(self._database)[: None if self.is_finished() else -1]:
                understanding.add_job(connection, JobKind.SUMMARISE, segment.number)
            _record(connection, LectureChanged(LectureChange.CAPTIONS, self.lecture()))

    def cues(self) -> list[Cue]:
        """The captions in order of time."""
        return understanding.cues(self._database)

    def events(self, after: float = -1.0, limit: int = 1 << 30) -> list[Event]:
        """Events that stand, by time, later than ``after``."""
        return understanding.events(self._database, after, limit)

    def event_of(self, segment: int) -> Event | None:
        """The event that opened a segment and stands."""
        return understanding.event_of(self._database, segment)

    def segments(self, first: int = 0, limit: int = -1) -> list[Segment]:
        """Segments that stand, by time, from number ``first`` on; at most ``limit``, all with a negative one."""
        return understanding.segments(self._database, first, limit)

    def segment_before(self, number: int) -> int | None:
        """The number of the last segment before one that stands."""
        return understanding.before(self._database, number)

    def pages(self) -> dict[int, Mapping[str, Any]]:
        """What was read, by segment number."""
        return understanding.pages(self._database)

    def page(self, segment: int) -> Mapping[str, Any] | None:
        """What was read from one segment that stands; None when nothing was."""
        return understanding.page(self._database, segment)

    def grid(self, segment: int) -> Grid | None:
        """What a segment showed when it came; None of the first one until it has settled."""
        grid = self._database.value("SELECT grid FROM segments WHERE number = ?", (segment,))
        return None if grid is None else Grid.from_bytes(grid)

    def jobs(self) -> list[Job]:
        """Pending jobs, most urgent first."""
        return understanding.jobs(self._database)

    def save_reading(self, job_id: int | None, reading: Reading) -> None:
        """Record what was read, refine the event, end the job."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE segments SET title = ?, text = ?, page = ?, text_state = 'done' WHERE number = ?",
                (reading.title, reading.text, json.dumps(reading.page), reading.segment),
            )
            before = understanding.event_of(self._database, reading.segment)
            understanding.end_job(connection, job_id)
            if before is not None and reading.withdrawn:
                understanding.withdraw_event(connection, reading.segment)
                self._sum_up_longer(connection, reading.segment)
                _record(connection, EventWithdrawn(before.event_id, reading.withdrawn))
                for revisit in understanding.revisits_of(self._database, reading.segment):
                    _record(connection, EventChanged(revisit))
                return
            if reading.event is not None:
                understanding.update_event(connection, reading.event)
            after = understanding.event_of(self._database, reading.segment)
            if after is not None and (reading.event is not None or reading.title):
                _record(connection, EventChanged(after))
            self._record_segment(connection, reading.segment)

    def _sum_up_longer(self, connection: apsw.Connection, withdrawn: int) -> None:
        """Have the segment that now goes on through a withdrawn one summed up again, if it has ended."""
        longer = understanding.before(self._database, withdrawn)
        if longer is not None and (self.is_finished() or understanding.segments(self._database, withdrawn, 1)):
            understanding.add_job(connection, JobKind.SUMMARISE, longer)

    def save_summary(self, job_id: int | None, segment: int, text: str, *, ask_model: bool = False) -> None:
        """Record an extractive summary and end the job; ``ask_model`` adds one for the language model."""
        state = TextState.AWAITING_MODEL if ask_model else TextState.DONE
        with self._database.transaction() as connection:
            understanding.write_summary(connection, segment, text, SummaryKind.EXTRACTIVE, state)
            understanding.end_job(connection, job_id)
            understanding.end_jobs(connection, JobKind.GENERATE, segment)  # what it asked was of the text before
            if ask_model:
                understanding.add_job(connection, JobKind.GENERATE, segment)
            self._record_segment(connection, segment)

    def save_generated(self, job: Job, text: str) -> None:
        """Put the language model's summary in place of the extractive one and end the job."""
        with self._database.transaction() as connection:
            understanding.write_summary(connection, job.segment, text, SummaryKind.GENERATED, TextState.DONE)
            understanding.end_job(connection, job.job_id)
            self._record_segment(connection, job.segment)

    def keep_summary(self, job: Job, state: TextState, detail: str, *, again: bool) -> None:
        """The language model wrote none: say why, and count the attempt or, unless ``again``, end the job."""
        with self._database.transaction() as connection:
            understanding.keep_summary(connection, job.segment, state, detail)
            connection.execute(
                "UPDATE jobs SET attempts = attempts + 1, error = ? WHERE job_id = ?", (detail, job.job_id)
            )
            if not again:
                understanding.end_job(connection, job.job_id)
            self._record_segment(connection, job.segment)

    def fail_job(self, job: Job, error: str, final: bool) -> None:
        """Count a failed attempt at reading or summing up; ``final`` gives up."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE jobs SET attempts = attempts + 1, error = ? WHERE job_id = ?", (error, job.job_id)
            )
            if final:
                understanding.end_job(connection, job.job_id)
                if job.kind is JobKind.READ:
                    connection.execute("UPDATE segments SET text_state = 'failed' WHERE number = ?", (job.segment,))
                else:
                    understanding.write_summary(
                        connection, job.segment, "", SummaryKind.EXTRACTIVE, TextState.FAILED, error
                    )
                self._record_segment(connection, job.segment)

    def timeline(self) -> tuple[list[float], list[float]]:
        """Media times in seconds and novelty of the frames that were looked at."""
        return frames.timeline(self._database)

    def vectors(self) -> tuple[list[int], Matrix]:
        """Ids and encoder vectors, float32 (N, D), of the space in use."""
        return frames.vectors(self._database, self._space)

    def vector_count(self) -> int:
        """How many vectors of the space in use there are, without reading them."""
        return int(self._database.value("SELECT count(*) FROM embeddings WHERE space = ?", (self._space,)))

    def unseen(self) -> list[UnseenSegment]:
        """Segments with a picture and with vectors, but none of the space in use."""
        return frames.unseen(self._database, self._space)

    def add_vectors(self, spans: Sequence[tuple[float, float]], vectors: Matrix) -> None:
        """Vectors of the space in use, float32 (N, D), beside those of another, of a finished lecture."""
        with self._database.transaction() as connection:
            frames.insert_vectors(connection, self._space, spans, vectors)

    def span_of(self, embedding_ids: Sequence[int]) -> dict[int, tuple[float, float]]:
        """Start and end in seconds during which each embedding was shown."""
        outline = self._outline()
        return frames.spans(self._database, embedding_ids) if outline is None else outline.span_of(embedding_ids)

    def shown_at(self, times: Sequence[float]) -> list[tuple[int, str]]:
        """Number and title of the segment at each time; 0 and no title before the first."""
        outline = self._outline()
        return (Titles.read(self._database) if outline is None else outline.titles).at(times)

    def _outline(self) -> Outline | None:
        """Of a lecture that is finished: kept until something is written."""
        kept, commits = self._outlined, self._database.commits
        if kept is not None and kept[0] == commits:
            return kept[1]
        if not self.is_finished():
            return None
        outline = Outline.read(self._database)
        self._outlined = commits, outline
        return outline

    def vector_at(self, media_time: float) -> Vector | None:
        """The encoder's vector of the frame shown then."""
        return frames.vector_at(self._database, self._space, media_time)

    def record_derived(self, name: str, space: str, sha256: str, rows: int) -> None:
        """Remember a derived file, of vectors of this space, by its hash."""
        with self._database.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO derived VALUES (?, ?, ?, ?)", (name, space, sha256, rows))

    def derived(self, name: str) -> DerivedFile | None:
        """What was last written under that name."""
        row = self._database.row("SELECT space, sha256, rows FROM derived WHERE name = ?", (name,))
        return None if row is None else DerivedFile(*row)

    def records(self, after: int) -> list[tuple[int, float, str]]:
        """Sequence, Unix time and kind of the records after one."""
        return self._database.rows("SELECT sequence, unix_s, kind FROM records WHERE sequence > ?", (after,))

    def last_record(self) -> int:
        """The number of the latest record; 0 without any."""
        return int(self._database.value("SELECT max(sequence) FROM records") or 0)

    def record(self, sequence: int) -> Record | None:
        """One record."""
        row = self._database.row("SELECT kind, body FROM records WHERE sequence = ?", (sequence,))
        return None if row is None else from_row(*row)

    def repair(self) -> list[str]:
        """Check the database and the folder after an unclean end; what was put right, for people."""
        self._database.check()
        named = {row[0] for row in self._database.rows("SELECT picture FROM segments WHERE picture IS NOT NULL")}
        stray = self._pictures.remove_all_but(named)
        repaired = [f"{self.lecture_id}: removed {name}, a key frame that no segment has" for name in stray]
        with self._database.transaction() as connection:
            # A crash between a segment's end and its key frame: nothing will ever read it.
            connection.execute(
                "UPDATE segments SET text_state = 'failed' WHERE text_state = 'pending' AND picture IS NULL"
                " AND number < (SELECT max(number) FROM segments)"
                " AND NOT EXISTS (SELECT 1 FROM jobs WHERE kind = 'read' AND segment = number)"
            )
        gaps = self._database.rows(
            "SELECT position, ahead FROM (SELECT position, position + count AS ahead,"
            " lead(position) OVER (ORDER BY position) AS following FROM frames) WHERE following <> ahead"
        )
        repaired += [f"{self.lecture_id}: frames are missing after position {ahead - 1}" for _, ahead in gaps]
        if self._database.log_was_damaged:
            last = self._database.value("SELECT max(position + count) - 1 FROM frames") or 0
            repaired.append(
                f"{self.lecture_id}: the end of its log was damaged; frames after position {last} that were "
                "acknowledged are missing, and a client that still has them sends them again"
            )
        return repaired

    def rest(self) -> None:
        """Close the files until they are used again; what questions ask of a finished lecture stays in memory."""
        self._outline()
        self._database.rest()

    def held(self) -> AbstractContextManager[object]:
        """Keep the lecture from being written by others, or deleted, meanwhile; all that is written is one commit."""
        return self._database.transaction()

    def close(self) -> None:
        """Let go of the files."""
        self._database.close()

    def _record_segment(self, connection: apsw.Connection, number: int) -> None:
        segment = understanding.segment(self._database, number)
        if segment is not None:
            _record(connection, SegmentChanged(segment))

    def _check_open(self) -> None:
        if self.is_finished():
            raise Conflict(
                Reason.LECTURE_FINISHED,
                f"lecture {self.lecture_id} is finished and takes no more frames; what it has is kept. "
                "Create another lecture for what comes next",
            )


def _record(connection: apsw.Connection, record: Record) -> None:
    kind, body = to_row(record)
    connection.execute("INSERT INTO records (unix_s, kind, body) VALUES (?, ?, ?)", (time.time(), kind, body))
