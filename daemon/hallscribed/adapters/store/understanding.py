"""Events, segments, summaries, captions and jobs of one lecture: what was understood of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import apsw

from hallscribed.adapters.store.database import Database
from hallscribed.adapters.store.frames import LAST_TIME
from hallscribed.domain.event import Event, EventKind, Segment, SummaryKind, TextState
from hallscribed.domain.lecture import Cue
from hallscribed.domain.recording import URGENCY, Job, JobKind

_EVENTS = """
    SELECT e.event_id, e.kind, e.media_time_s, e.position, e.confidence, e.evidence, s.title, e.segment,
           coalesce((SELECT max(r.number) FROM segments r WHERE r.number <= e.revisited AND r.merged = 0), 0)
    FROM events e JOIN segments s ON s.number = e.segment WHERE e.withdrawn = 0
"""
_SEGMENTS = f"""
    SELECT s.number, s.start_s,
           coalesce(
               (SELECT n.start_s FROM segments n WHERE n.number > s.number AND n.merged = 0 ORDER BY n.number LIMIT 1),
               ({LAST_TIME}),
               s.start_s
           ),
           s.title, s.text, s.text_state, coalesce(u.text, ''), coalesce(u.state, 'pending'), s.picture IS NOT NULL,
           coalesce(u.kind, 'extractive'), coalesce(u.detail, '')
    FROM segments s LEFT JOIN summaries u ON u.segment = s.number WHERE s.merged = 0
"""


def events(database: Database, after: float, limit: int) -> list[Event]:
    """Events that stand, by time."""
    rows = database.rows(f"{_EVENTS} AND e.media_time_s > ? ORDER BY e.media_time_s LIMIT ?", (after, limit))
    return [_event(row) for row in rows]


def event_of(database: Database, segment: int) -> Event | None:
    """The event that opened a segment."""
    row = database.row(f"{_EVENTS} AND e.segment = ?", (segment,))
    return None if row is None else _event(row)


def revisits_of(database: Database, segment: int) -> list[Event]:
    """Events that say that a segment is shown again."""
    return [_event(row) for row in database.rows(f"{_EVENTS} AND e.revisited = ?", (segment,))]


def _event(row: tuple[Any, ...]) -> Event:
    return Event(
        event_id=row[0],
        kind=EventKind(row[1]),
        media_time=row[2],
        position=row[3],
        confidence=row[4],
        evidence=json.loads(row[5]),
        title=row[6],
        segment=row[7],
        revisited=row[8],
    )


def segments(database: Database, first: int = 0, limit: int = -1) -> list[Segment]:
    """Segments that stand from a number on, by time; each ends where the next begins."""
    rows = database.rows(f"{_SEGMENTS} AND s.number >= ? ORDER BY s.number LIMIT ?", (first, limit))
    return [_segment(row) for row in rows]


def segment(database: Database, number: int) -> Segment | None:
    """One segment that stands."""
    row = database.row(f"{_SEGMENTS} AND s.number = ?", (number,))
    return None if row is None else _segment(row)


def before(database: Database, number: int) -> int | None:
    """The number of the last segment before one that stands."""
    found = database.value("SELECT max(number) FROM segments WHERE merged = 0 AND number < ?", (number,))
    return None if found is None else int(found)


def _segment(row: tuple[Any, ...]) -> Segment:
    return Segment(
        number=row[0],
        start=row[1],
        end=row[2],
        title=row[3],
        text=row[4],
        text_state=TextState(row[5]),
        summary=row[6],
        summary_state=TextState(row[7]),
        has_picture=bool(row[8]),
        summary_kind=SummaryKind(row[9]),
        summary_detail=row[10],
    )


def pages(database: Database) -> dict[int, Mapping[str, Any]]:
    """What was read, by segment number."""
    rows = database.rows("SELECT number, page FROM segments WHERE page IS NOT NULL AND merged = 0")
    return {row[0]: json.loads(row[1]) for row in rows}


def page(database: Database, number: int) -> Mapping[str, Any] | None:
    """What was read from one segment that stands."""
    body = database.value("SELECT page FROM segments WHERE number = ? AND merged = 0", (number,))
    return None if body is None else dict(json.loads(body))


def update_event(connection: apsw.Connection, event: Event) -> None:
    """Write a refined event over the one of the same id."""
    connection.execute(
        "UPDATE events SET kind = ?, confidence = ?, evidence = ?, revisited = ? WHERE event_id = ?",
        (event.kind.value, event.confidence, json.dumps(dict(event.evidence)), event.revisited, event.event_id),
    )


def withdraw_event(connection: apsw.Connection, number: int) -> None:
    """Take back the event of a segment, which becomes part of the one before; its picture is named no more."""
    connection.execute("UPDATE events SET withdrawn = 1 WHERE segment = ?", (number,))
    connection.execute("UPDATE segments SET merged = 1, picture = NULL WHERE number = ?", (number,))
    connection.execute("DELETE FROM jobs WHERE segment = ?", (number,))


def replace_cues(connection: apsw.Connection, cues: Sequence[Cue]) -> None:
    """Put these captions in place of all earlier ones."""
    connection.execute("DELETE FROM cues")
    connection.executemany("INSERT INTO cues VALUES (?, ?, ?)", [(cue.start, cue.end, cue.text) for cue in cues])


def cues(database: Database) -> list[Cue]:
    """Captions by time."""
    return [Cue(*row) for row in database.rows("SELECT start_s, end_s, text FROM cues ORDER BY start_s, rowid")]


def write_summary(
    connection: apsw.Connection, number: int, text: str, kind: SummaryKind, state: TextState, detail: str = ""
) -> None:
    """Write a segment's summary over the one that it may have."""
    connection.execute(
        "INSERT OR REPLACE INTO summaries (segment, kind, state, text, detail) VALUES (?, ?, ?, ?, ?)",
        (number, kind.value, state.value, text, detail),
    )


def keep_summary(connection: apsw.Connection, number: int, state: TextState, detail: str) -> None:
    """Let a segment's summary stand and say why."""
    connection.execute("UPDATE summaries SET state = ?, detail = ? WHERE segment = ?", (state.value, detail, number))


def add_job(connection: apsw.Connection, kind: JobKind, number: int) -> None:
    """Ask for work on a segment; asking again while it waits adds nothing."""
    connection.execute(
        "INSERT INTO jobs (kind, segment, priority) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (kind.value, number, URGENCY[kind]),
    )


def jobs(database: Database) -> list[Job]:
    """Pending jobs, most urgent first."""
    rows = database.rows("SELECT job_id, kind, segment, attempts FROM jobs ORDER BY priority, segment, job_id")
    return [Job(row[0], JobKind(row[1]), row[2], row[3]) for row in rows]


def end_jobs(connection: apsw.Connection, kind: JobKind, number: int) -> None:
    """Ask no more for work of a kind on a segment."""
    connection.execute("DELETE FROM jobs WHERE kind = ? AND segment = ?", (kind.value, number))


def end_job(connection: apsw.Connection, job_id: int | None) -> None:
    """A job is done or given up."""
    connection.execute("DELETE FROM jobs WHERE job_id = ?", (job_id,))
