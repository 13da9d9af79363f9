"""The archiving worker: merges lectures' rows into one index, with what time the others leave."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from hallscribed.adapters.index.merge import Read, rows_in_file, write_archive
from hallscribed.adapters.store.database import ForeignDatabase
from hallscribed.adapters.store.passage_rows import read_rows
from hallscribed.adapters.worker.child import Answer, Handler, serve
from hallscribed.adapters.worker.confinement import confine
from hallscribed.adapters.worker.message import Header
from hallscribed.domain.moment import Route
from hallscribed.domain.recording import SealedLecture

# Of two million rows it takes half of this.
MEMORY_BYTES = 1 << 30


def get_ready(_: Header) -> Handler:
    """Leave the others their time and memory."""
    confine(MEMORY_BYTES)

    def handle(header: Header, parts: list[bytes]) -> Answer:
        told = json.loads(parts[0])
        lectures = [SealedLecture(uid, Path(path), sha256, rows) for uid, path, sha256, rows in told]
        with _reading(header) as read:
            written = write_archive(Path(header["folder"]), lectures, header["space"], header["threads"], read)
        return {"folder": str(written)}, ()

    return handle


@contextmanager
def _reading(header: Header) -> Iterator[Read]:
    """What reads a lecture's rows: from its own file, or its passages from the catalog."""
    if "catalog" not in header:
        yield rows_in_file
        return
    route, space = Route(header["route"]), header["passage_space"]
    with closing(ForeignDatabase(Path(header["catalog"]))) as database:
        yield lambda lecture: read_rows(database, lecture.uid, route, space, lecture.sha256)


if __name__ == "__main__":
    serve(get_ready)
