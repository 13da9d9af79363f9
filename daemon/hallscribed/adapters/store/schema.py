"""Tables of a lecture's metadata.db, the truth about one lecture.

Times are media times in seconds unless a column says otherwise; vectors are float16, little-endian, with a CRC-32
of their own, so that a damaged row is found when it is read.
"""

LECTURE_MIGRATIONS = (
    """
    CREATE TABLE lecture (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
        lecture_id TEXT NOT NULL, uid TEXT NOT NULL, title TEXT NOT NULL,
        created_unix_s REAL NOT NULL, finished_unix_s REAL
    ) STRICT;
    CREATE TABLE embeddings (
        id INTEGER PRIMARY KEY, space TEXT NOT NULL, start_s REAL NOT NULL, end_s REAL NOT NULL,
        vector BLOB NOT NULL, crc32 INTEGER NOT NULL
    ) STRICT;
    -- position is that of the first frame of a run of `count` frames with one outcome
    CREATE TABLE frames (
        track TEXT NOT NULL, position INTEGER NOT NULL, count INTEGER NOT NULL,
        media_time_s REAL, capture_unix_s REAL, outcome TEXT NOT NULL, reason TEXT, detail TEXT NOT NULL,
        novelty REAL, embedding_id INTEGER REFERENCES embeddings (id),
        PRIMARY KEY (track, position)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE segments (
        number INTEGER PRIMARY KEY, position INTEGER NOT NULL, start_s REAL NOT NULL,
        grid BLOB, picture TEXT, page TEXT, title TEXT NOT NULL DEFAULT '', text TEXT NOT NULL DEFAULT '',
        text_state TEXT NOT NULL DEFAULT 'pending',
        merged INTEGER NOT NULL DEFAULT 0   -- 1: its event was withdrawn and it belongs to the segment before
    ) STRICT;
    CREATE TABLE events (
        event_id TEXT PRIMARY KEY, segment INTEGER NOT NULL REFERENCES segments (number),
        kind TEXT NOT NULL, media_time_s REAL NOT NULL, position INTEGER NOT NULL, confidence REAL NOT NULL,
        evidence TEXT NOT NULL, revisited INTEGER NOT NULL, withdrawn INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX events_by_time ON events (media_time_s);
    CREATE INDEX events_by_segment ON events (segment);
    CREATE TABLE summaries (
        segment INTEGER PRIMARY KEY REFERENCES segments (number),
        kind TEXT NOT NULL, state TEXT NOT NULL, text TEXT NOT NULL
    ) STRICT;
    CREATE TABLE cues (start_s REAL NOT NULL, end_s REAL NOT NULL, text TEXT NOT NULL) STRICT;
    CREATE TABLE jobs (
        job_id INTEGER PRIMARY KEY, kind TEXT NOT NULL, segment INTEGER NOT NULL REFERENCES segments (number),
        priority INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, error TEXT NOT NULL DEFAULT '',
        UNIQUE (kind, segment)
    ) STRICT;
    CREATE TABLE records (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT, unix_s REAL NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL
    ) STRICT;
    CREATE TABLE derived (
        name TEXT PRIMARY KEY, space TEXT NOT NULL, sha256 TEXT NOT NULL, rows INTEGER NOT NULL
    ) STRICT;
    """,
    # Why a summary is not the language model's.
    "ALTER TABLE summaries ADD COLUMN detail TEXT NOT NULL DEFAULT ''",
    # A frame that is asked about is found without reading the vectors after it.
    "CREATE INDEX embeddings_by_time ON embeddings (start_s)",
)

CATALOG_SCHEMA = """
    CREATE TABLE box (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), epoch TEXT NOT NULL) STRICT;
    CREATE TABLE lectures (
        uid TEXT PRIMARY KEY, lecture_id TEXT NOT NULL UNIQUE, fed INTEGER NOT NULL DEFAULT 0,
        damage TEXT NOT NULL DEFAULT '', settled TEXT   -- the lecture as it stands once nothing about it changes
    ) STRICT, WITHOUT ROWID;
    -- body is set where the lecture's own record is gone with the lecture
    CREATE TABLE feed (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT, uid TEXT NOT NULL, record INTEGER NOT NULL,
        unix_s REAL NOT NULL, lecture_id TEXT NOT NULL, kind TEXT NOT NULL, body TEXT
    ) STRICT;
    CREATE INDEX feed_by_lecture ON feed (uid, sequence);
    CREATE INDEX feed_by_time ON feed (unix_s);
    """
