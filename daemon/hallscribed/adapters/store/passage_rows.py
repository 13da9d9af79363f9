"""The vectors of passages, as the catalog keeps them: a lecture's of one route, read by the daemon and by the archive's
writer alike.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from hallscribed.adapters.index.exact import ExactIndex
from hallscribed.adapters.index.rows import Ids
from hallscribed.domain.embedding import Matrix
from hallscribed.domain.errors import DataDamaged, NotFound, Reason
from hallscribed.domain.moment import Route

_ROWS = "SELECT id, vector, crc32 FROM passages WHERE uid = ? AND route = ? AND space = ? ORDER BY id"


class Readable(Protocol):
    """A database, or a connection to one."""

    path: Path

    def rows(self, sql: str, bindings: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""


def digest(ids: Iterable[int]) -> str:
    """What tells a lecture's passages from what they were before, and will be: an id is never used again."""
    return hashlib.sha256(np.fromiter(ids, "<i8").tobytes()).hexdigest()


def whole_rows(database: Readable, uid: str, route: Route, space: str) -> tuple[Ids, Matrix, int]:
    """Ids int64 (N,), ascending, and vectors float32 (N, D) that are as they were written; how many are not."""
    rows = database.rows(_ROWS, (uid, route.value, space))
    whole = [(number, vector) for number, vector, crc32 in rows if zlib.crc32(vector) == crc32]
    ids = np.array([number for number, _ in whole], np.int64)
    vectors = np.frombuffer(b"".join(vector for _, vector in whole), "<f2").astype(np.float32)
    return ids, vectors.reshape(len(ids), -1) if len(ids) else vectors.reshape(0, 0), len(rows) - len(whole)


def read_rows(database: Readable, uid: str, route: Route, space: str, sha256: str) -> tuple[Ids, Matrix]:
    """Ids int64 (N,), ascending, and vectors float32 (N, D) of a lecture's passages whose ids ``sha256`` is of.

    DataDamaged unless all are as they were written; NotFound when they were replaced meanwhile.
    """
    ids, vectors, damaged = whole_rows(database, uid, route, space)
    if damaged:
        raise DataDamaged(Reason.DATA_DAMAGED, f"{damaged} passages of lecture {uid} in {database.path} are damaged")
    if digest(ids) != sha256:
        raise NotFound(Reason.UNKNOWN_LECTURE, f"the passages of lecture {uid} were replaced meanwhile")
    return ids, vectors


@dataclass(frozen=True, slots=True)
class PassageRows:
    """A lecture's passages of one route, which rest while their ids are those of ``sha256``; see index.resting."""

    database: Readable
    uid: str
    route: Route
    space: str
    dimensions: int
    sha256: str

    @property
    def path(self) -> Path:
        """The catalog's file."""
        return self.database.path

    def open(self) -> ExactIndex:
        """See index.resting."""
        index = ExactIndex(self.dimensions)
        index.add(*read_rows(self.database, self.uid, self.route, self.space, self.sha256))
        return index
