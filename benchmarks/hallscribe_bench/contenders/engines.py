"""Vector searches that anyone could embed, each with its own usual settings.

    python -m hallscribe_bench.contenders.engines NAME VECTORS FOLDER

Takes normalised float32 rows from a .npy file, builds, and answers each line of its input: null with what building
took, a JSON list of places in the questions.npy beside VECTORS with milliseconds and places found. Runs in the
environment of `make setup-contenders`; "archive" and "exact" are Hallscribe's own and run in that of `make setup`.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

K = 10
Rows = np.ndarray[tuple[int, ...], np.dtype[np.float32]]
Search = Callable[[Rows], list[int]]


def sqlite_vec(rows: Rows, folder: Path) -> Search:
    """sqlite-vec: a virtual table, scanned."""
    import apsw
    import sqlite_vec as extension

    database = apsw.Connection(str(folder / "vectors.db"))
    database.enable_load_extension(True)
    database.load_extension(extension.loadable_path())
    database.execute(f"CREATE VIRTUAL TABLE v USING vec0(e float[{rows.shape[1]}] distance_metric=cosine)")
    with database:
        database.executemany(
            "INSERT INTO v(rowid, e) VALUES (?, ?)", ((n, row.tobytes()) for n, row in enumerate(rows))
        )
    asked = "SELECT rowid FROM v WHERE e MATCH ? AND k = ? ORDER BY distance"
    return lambda question: [int(row[0]) for row in database.execute(asked, (question.tobytes(), K))]


def hnswlib(rows: Rows, _: Path) -> Search:
    """hnswlib alone: a graph in memory."""
    import hnswlib as library

    index = library.Index(space="ip", dim=rows.shape[1])
    index.init_index(max_elements=len(rows), M=16, ef_construction=200)
    index.add_items(rows, num_threads=2)
    index.set_ef(128)
    return lambda question: [int(n) for n in index.knn_query(question, K, num_threads=1)[0][0]]


def qdrant(rows: Rows, folder: Path) -> Search:
    """Qdrant's client in its local mode."""
    from qdrant_client import QdrantClient, models

    client = QdrantClient(path=str(folder / "qdrant"))
    size = models.VectorParams(size=rows.shape[1], distance=models.Distance.DOT)
    client.create_collection("v", vectors_config=size)
    client.upload_collection("v", vectors=rows, ids=range(len(rows)))
    return lambda question: [int(hit.id) for hit in client.query_points("v", query=question, limit=K).points]


def milvus(rows: Rows, folder: Path) -> Search:
    """Milvus Lite."""
    from pymilvus import MilvusClient

    client = MilvusClient(str(folder / "milvus.db"))
    client.create_collection("v", dimension=rows.shape[1], metric_type="IP")
    for begin in range(0, len(rows), 1000):
        block = rows[begin : begin + 1000]
        client.insert("v", [{"id": begin + n, "vector": row} for n, row in enumerate(block)])
    client.load_collection("v")
    return lambda question: [int(hit["id"]) for hit in client.search("v", data=[question], limit=K)[0]]


def archive(rows: Rows, folder: Path) -> Search:
    """Hallscribe's archive of sealed lectures, mapped from the disk."""
    from hallscribed.adapters.index.archive import Archive
    from hallscribed.adapters.index.faiss_index import FaissIndex
    from hallscribed.adapters.index.merge import write_archive
    from hallscribed.domain.recording import SealedLecture

    path = folder / "lecture.faiss"
    sha256 = FaissIndex.build(path, range(len(rows)), rows)
    opened = Archive.open(
        write_archive(folder / "archive", [SealedLecture("all", path, sha256, len(rows))], "s", 2), "s"
    )
    opened.admit("all", sha256)
    return lambda question: [int(n) for n in opened.nearest(question, K)[1]]


def exact(rows: Rows, folder: Path) -> Search:
    """Hallscribe's index of an open lecture, as far as it is exact."""
    from hallscribed.adapters.index.exact import ExactIndex

    index = ExactIndex(rows.shape[1], folder)
    index.add(range(len(rows)), rows)
    return lambda question: [int(n) for n in index.nearest(question, K)[0]]


OURS: dict[str, Callable[[Rows, Path], Search]] = {"archive": archive, "exact": exact}
THEIRS: dict[str, Callable[[Rows, Path], Search]] = {
    "sqlite-vec": sqlite_vec,
    "hnswlib": hnswlib,
    "qdrant": qdrant,
    "milvus": milvus,
}


def own_mib() -> float:
    """Anonymous memory of this process, MiB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon"))


def main() -> None:
    """Build, tell, answer."""
    # What libraries print is no answer.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def tell(value: Any) -> None:
        print(json.dumps(value), file=answers, flush=True)

    name, vectors, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    rows = np.load(vectors)
    questions = np.load(vectors.with_name("questions.npy"))
    begun = time.perf_counter()
    search = (OURS | THEIRS)[name](rows, folder)
    built_s = time.perf_counter() - begun
    del rows
    for line in sys.stdin:
        asked = json.loads(line)
        if asked is None:
            tell({"built_s": built_s, "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024})
            continue
        took: list[float] = []
        found: list[list[int]] = []
        for place in asked:
            begun = time.perf_counter()
            found.append(search(questions[place]))
            took.append(1000 * (time.perf_counter() - begun))
        tell({"took_ms": took, "found": found, "own_mib": own_mib()})


if __name__ == "__main__":
    main()
