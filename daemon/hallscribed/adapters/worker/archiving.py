"""The archiving worker: merges lectures' sealed indexes into one, with what time the others leave."""

from __future__ import annotations

import json
from pathlib import Path

from hallscribed.adapters.index.merge import write_archive
from hallscribed.adapters.worker.child import Answer, Handler, serve
from hallscribed.adapters.worker.confinement import confine
from hallscribed.adapters.worker.message import Header
from hallscribed.domain.recording import SealedLecture

# Of two million rows it takes half of this.
MEMORY_BYTES = 1 << 30


def get_ready(_: Header) -> Handler:
    """Leave the others their time and memory."""
    confine(MEMORY_BYTES)

    def handle(header: Header, parts: list[bytes]) -> Answer:
        told = json.loads(parts[0])
        lectures = [SealedLecture(uid, Path(path), sha256, rows) for uid, path, sha256, rows in told]
        written = write_archive(Path(header["folder"]), lectures, header["space"], header["threads"])
        return {"folder": str(written)}, ()

    return handle


if __name__ == "__main__":
    serve(get_ready)
