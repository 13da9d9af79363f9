"""The gateway's side of the archive, behind ports.BoxArchive: written by a process of its own, served by the shelf."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hallscribed.adapters.index.archive import Archive, open_latest
from hallscribed.adapters.index.shelf import IndexShelf
from hallscribed.adapters.worker.message import Header
from hallscribed.adapters.worker.process import Worker, WorkerLost, WorkerRefused
from hallscribed.domain.errors import DataDamaged
from hallscribed.domain.moment import Route
from hallscribed.domain.recording import SealedLecture

# It has idle priority: on a busy box it may take hours.
_PATIENCE_S = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Passages:
    """What an archive of passages is written from: those of a route and of a space in the catalog's file."""

    catalog: Path
    route: Route
    space: str


class ShelfArchive:
    """The archive beneath a folder, served by a shelf.

    Args:
        space: what tells rows that may be compared, and whose lectures are the same, from others.
        passages: what it is written from; None for lectures that have an index file each.
        threads: how many may write it.
    """

    def __init__(
        self, folder: Path, space: str, shelf: IndexShelf, passages: Passages | None = None, threads: int = 2
    ) -> None:
        self._folder = folder
        self._space = space
        self._shelf = shelf
        self._passages = passages
        self._threads = threads
        self._lock = threading.Lock()
        self._worker: Worker | None = None
        self._stopped = False
        self._rows = 0

    def open(self) -> list[str]:
        """Serve what was written before, if it is sound; why it is not, for people. What is not goes."""
        archive, told = open_latest(self._folder, self._space)
        if archive is not None:
            self._serve(archive)
        else:
            self._remove_all_but(None)
        return told

    def archived(self) -> Mapping[str, int]:
        """See ports.BoxArchive."""
        return self._shelf.archived()

    def rows(self) -> int:
        """See ports.BoxArchive."""
        return self._rows

    def outside(self) -> int:
        """See ports.BoxArchive."""
        return self._shelf.outside()

    def take_damaged(self) -> set[str]:
        """See ports.BoxArchive."""
        return self._shelf.take_damaged()

    def build(self, lectures: Sequence[SealedLecture]) -> None:
        """See ports.BoxArchive."""
        with self._lock:
            if self._stopped:
                return
            self._worker = worker = Worker("archiving", {}, patience_s=_PATIENCE_S)
        told = [(each.uid, str(each.path), each.sha256, each.rows) for each in lectures]
        try:
            asked: Header = {"folder": str(self._folder), "space": self._space, "threads": self._threads}
            if (source := self._passages) is not None:
                asked |= {"catalog": str(source.catalog), "route": source.route.value, "passage_space": source.space}
            # A part, not the header: a box may have many thousands of lectures.
            answer, _ = worker.call(asked, [json.dumps(told).encode()])
            self._serve(Archive.open(Path(answer["folder"]), self._space))
        except (WorkerLost, WorkerRefused, DataDamaged) as error:
            if not self._stopped:
                raise RuntimeError(f"the archive could not be written: {error}") from error
        finally:
            worker.stop()

    def drop(self) -> None:
        """See ports.BoxArchive."""
        self._shelf.drop_archive()
        self._rows = 0
        self._remove_all_but(None)

    def _serve(self, archive: Archive) -> None:
        self._shelf.serve_archive(archive)
        self._rows = len(archive)
        self._remove_all_but(archive.folder)

    def _remove_all_but(self, kept: Path | None) -> None:
        # Whoever searches an older one at this moment has its files open, and they stay until it lets go.
        for other in self._folder.iterdir() if self._folder.is_dir() else ():
            if other != kept:
                shutil.rmtree(other, ignore_errors=True)

    def stop(self) -> None:
        """See ports.BoxArchive."""
        with self._lock:
            self._stopped = True
            worker = self._worker
        if worker is not None:
            worker.stop()
