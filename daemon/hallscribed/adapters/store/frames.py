"""Frames, embeddings and segments of one lecture: what the frame path writes and goes on from."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence

import apsw
import numpy as np

from hallscribed.adapters.store.database import Database
from hallscribed.domain.embedding import Matrix, Vector
from hallscribed.domain.errors import DataDamaged, Reason
from hallscribed.domain.event import TextState
from hallscribed.domain.frame import Acknowledgement, FrameRecord, Grid, Outcome
from hallscribed.domain.lecture import MAIN_TRACK
from hallscribed.domain.recording import FrameBatch, OpenedSegment, ResumePoint, UnseenSegment

# Media times never go back, so the last one is the greatest, and the table's order finds it at once.
_LAST = f"FROM frames WHERE track = '{MAIN_TRACK}' AND media_time_s IS NOT NULL ORDER BY position DESC LIMIT 1"
LAST_TIME = f"SELECT media_time_s {_LAST}"


def insert_frames(database: Database, connection: apsw.Connection, batch: FrameBatch) -> list[int]:
    """Write a batch's frames and vectors; ids of the new embedding rows, in order."""
    current = database.value("SELECT max(id) FROM embeddings")
    made: list[int] = []
    for frame in batch.frames:
        if frame.vector is not None and frame.media_time is not None:
            current = _insert_vector(connection, batch.space, (frame.media_time, frame.media_time), frame.vector)
            made.append(current)
        looked_at = frame.acknowledgement.outcome in (Outcome.KEPT, Outcome.REUSED)
        if frame.acknowledgement.outcome is Outcome.REUSED:
            connection.execute("UPDATE embeddings SET end_s = ? WHERE id = ?", (frame.media_time, current))
        _insert_frame(connection, frame, current if looked_at else None)
    return made


def insert_vectors(
    connection: apsw.Connection, space: str, spans: Sequence[tuple[float, float]], vectors: Matrix
) -> None:
    """Write vectors (N, D), each of what was shown between two times; no frame points at them."""
    for span, vector in zip(spans, vectors, strict=True):
        _insert_vector(connection, space, span, vector)


def unseen(database: Database, space: str) -> list[UnseenSegment]:
    """Segments with a picture in which vectors of other spaces begin, but none of this one.

    Each ends with the last of those, or where the next segment begins.
    """
    rows = database.rows(
        "WITH spans AS (SELECT number, start_s, picture, lead(start_s, 1, 9e99) OVER (ORDER BY number) AS next_s"
        " FROM segments WHERE merged = 0), shown AS (SELECT number, spans.start_s, min(next_s, ("
        " SELECT max(end_s) FROM embeddings AS e WHERE e.start_s >= spans.start_s AND e.start_s < next_s)) AS end_s,"
        " EXISTS (SELECT 1 FROM embeddings AS e WHERE e.start_s >= spans.start_s AND e.start_s < next_s"
        " AND e.space = ?) AS seen FROM spans WHERE picture IS NOT NULL)"
        " SELECT number, start_s, end_s FROM shown WHERE NOT seen AND end_s IS NOT NULL ORDER BY number",
        (space,),
    )
    return [UnseenSegment(*row) for row in rows]


def _insert_vector(connection: apsw.Connection, space: str, span: tuple[float, float], vector: Vector) -> int:
    data = np.asarray(vector, dtype="<f2").tobytes()
    connection.execute(
        "INSERT INTO embeddings (space, start_s, end_s, vector, crc32) VALUES (?, ?, ?, ?, ?)",
        (space, *span, data, zlib.crc32(data)),
    )
    return connection.last_insert_rowid()


def _insert_frame(connection: apsw.Connection, frame: FrameRecord, embedding: int | None) -> None:
    told = frame.acknowledgement
    connection.execute(
        "INSERT INTO frames VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            MAIN_TRACK,
            told.position,
            told.count,
            frame.media_time,
            frame.capture_time,
            told.outcome.value,
            told.reason and told.reason.value,
            told.detail,
            frame.novelty,
            embedding,
        ),
    )


def insert_segment(connection: apsw.Connection, segment: OpenedSegment, picture: str | None) -> None:
    """Write a segment; ``picture`` is the name of its key frame's file.

    The first segment gets its key frame once it has settled; any other without one will never be read.
    """
    readable = segment.number == 1 or segment.picture is not None
    state = TextState.PENDING if readable else TextState.FAILED
    connection.execute(
        "INSERT INTO segments (number, position, start_s, grid, picture, text_state) VALUES (?, ?, ?, ?, ?, ?)",
        (segment.number, segment.position, segment.start, grid_blob(segment.grid), picture, state.value),
    )


def insert_event(connection: apsw.Connection, event_id: str, segment: OpenedSegment) -> None:
    """Write the event of a segment that begins with one."""
    boundary = segment.boundary
    if boundary is None or boundary.kind is None:
        raise ValueError(f"segment {segment.number} begins without an event")
    connection.execute(
        "INSERT INTO events (event_id, segment, kind, media_time_s, position, confidence, evidence, revisited)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            event_id,
            segment.number,
            boundary.kind.value,
            boundary.media_time,
            boundary.position,
            boundary.confidence,
            json.dumps(dict(boundary.evidence)),
            boundary.revisited,
        ),
    )


def grid_blob(grid: Grid | None) -> bytes | None:
    """A grid as it is stored."""
    return None if grid is None else grid.to_bytes()


def durable_position(database: Database) -> int:
    """The last position of the gap-free run from 1; 0 when there is none."""
    last = database.value(
        "SELECT position + count - 1 FROM frames WHERE track = ? ORDER BY position DESC LIMIT 1", (MAIN_TRACK,)
    )
    return int(last or 0)


def acknowledgement(database: Database, position: int) -> Acknowledgement | None:
    """The first outcome of one frame."""
    row = database.row(
        "SELECT position, count, outcome, reason, detail FROM frames"
        " WHERE track = ? AND position <= ? ORDER BY position DESC LIMIT 1",
        (MAIN_TRACK, position),
    )
    if row is None or position >= row[0] + row[1]:
        return None
    return Acknowledgement(position, 1, Outcome(row[2]), row[3] and Reason(row[3]), row[4], duplicate=True)


def resume_point(database: Database, space: str) -> ResumePoint:
    """Where the frame path goes on with an encoder of a space: see ports.ResumePoint."""
    encoded = database.row(
        "SELECT start_s, vector, crc32, id FROM embeddings WHERE space = ? ORDER BY id DESC LIMIT 1", (space,)
    )
    segments = database.rows("SELECT number, grid, picture FROM segments WHERE merged = 0 ORDER BY number")
    last_media_time, last_capture_time = database.row(f"SELECT media_time_s, capture_unix_s {_LAST}") or (None, None)
    return ResumePoint(
        durable_position=durable_position(database),
        last_media_time=last_media_time,
        last_capture_time=last_capture_time,
        last_encoded_time=encoded[0] if encoded else None,
        last_vector=_vector(encoded[1], encoded[2], encoded[3]) if encoded else None,
        segments=int(database.value("SELECT max(number) FROM segments") or 0),
        picture_pending=len(segments) == 1 and segments[0][1] is None,
        history=[(number, Grid.from_bytes(grid)) for number, grid, _ in segments if grid is not None],
    )


def timeline(database: Database) -> tuple[list[float], list[float]]:
    """Media times and novelty of the frames that were looked at."""
    rows = database.rows("SELECT media_time_s, novelty FROM frames WHERE novelty IS NOT NULL ORDER BY position")
    return [row[0] for row in rows], [row[1] for row in rows]


def vectors(database: Database, space: str) -> tuple[list[int], Matrix]:
    """Ids and vectors of a space's embeddings, float32 (N, D); DataDamaged when a row fails its CRC."""
    rows = database.rows("SELECT id, vector, crc32 FROM embeddings WHERE space = ? ORDER BY id", (space,))
    if not rows:
        return [], np.zeros((0, 0), np.float32)
    return [row[0] for row in rows], np.stack([_vector(data, crc, row) for row, data, crc in rows])


def vector_at(database: Database, space: str, media_time: float) -> Vector | None:
    """The vector of the last frame at or before a time, or of the first one after it."""
    of_space = "SELECT vector, crc32, id FROM embeddings WHERE space = ?"
    row = database.row(f"{of_space} AND start_s <= ? ORDER BY start_s DESC, id DESC LIMIT 1", (space, media_time))
    row = row or database.row(f"{of_space} ORDER BY start_s, id LIMIT 1", (space,))
    return None if row is None else _vector(*row)


def spans(database: Database, embedding_ids: Sequence[int]) -> dict[int, tuple[float, float]]:
    """Start and end during which each embedding was shown."""
    rows = database.rows(
        "SELECT id, start_s, end_s FROM embeddings WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps([int(row) for row in embedding_ids]),),
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def outcome_counts(database: Database) -> dict[Outcome, int]:
    """Frames by outcome, every outcome named."""
    counts: dict[Outcome, int] = dict.fromkeys(Outcome, 0)
    rows: Iterable[tuple[str, int]] = database.rows("SELECT outcome, sum(count) FROM frames GROUP BY outcome")
    counts.update({Outcome(outcome): int(count) for outcome, count in rows})
    return counts


def _vector(data: bytes, crc: int, row: int) -> Vector:
    if zlib.crc32(data) != crc:
        raise DataDamaged(Reason.DATA_DAMAGED, f"embedding {row} fails its checksum and is not served")
    return np.frombuffer(data, "<f2").astype(np.float32)
