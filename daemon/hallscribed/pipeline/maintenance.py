"""Derived files of a lecture: written when it is over, trusted only when they match what the database says."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from hallscribed.domain.embedding import Matrix
from hallscribed.domain.errors import DataDamaged, Exhausted, Unavailable
from hallscribed.ports import DerivedFiles, LectureStore, Projection, VisualIndex

INDEX = "index.faiss"
EMBEDDINGS = "embeddings.npy"

log = logging.getLogger(__name__)


class Sealing:
    """Writes and reads back a lecture's embeddings.npy and index.faiss."""

    def __init__(self, projection: Projection, visual: VisualIndex, files: DerivedFiles) -> None:
        self._projection = projection
        self._visual = visual
        self._files = files

    def seal(self, store: LectureStore) -> None:
        """Write the derived files of a finished lecture, unless they are there and match."""
        # Held, so that the folder is still this lecture's when the files are written to it.
        with store.held():
            # Asked for every finished lecture at each start: the vectors themselves are only read to be written.
            rows = store.vector_count()
            if rows and not self._sealed(store, rows):
                self._write(store, *store.vectors())

    def _write(self, store: LectureStore, ids: Sequence[int], vectors: Matrix) -> None:
        joint, space = self._projection.project(vectors), self._projection.space.name
        sha256 = self._files.write_matrix(store.folder / EMBEDDINGS, joint)
        store.record_derived(EMBEDDINGS, space, sha256, len(ids))
        self._visual.forget(store.uid)
        self._visual.add(store.uid, ids, joint)
        store.record_derived(INDEX, space, self._visual.seal(store.uid, store.folder / INDEX), len(ids))

    def _sealed(self, store: LectureStore, rows: int) -> bool:
        return all(
            derived is not None and derived.space == self._projection.space.name and derived.rows == rows
            for derived in (store.derived(INDEX), store.derived(EMBEDDINGS))
        )

    def load(self, store: LectureStore) -> str | None:
        """Make a lecture's pictures searchable at start; what was put right, for people."""
        derived = store.derived(INDEX)
        if derived is not None and store.is_finished():
            if derived.space != self._projection.space.name:
                return self._project_again(store)
            try:
                self._visual.open_sealed(store.uid, store.folder / INDEX, derived.sha256)
                return self._check_embeddings(store, derived.space)
            except DataDamaged as error:
                log.warning("%s", error.message)
                return self.rebuild(store)
        self._load_live(store)
        return None

    def _load_live(self, store: LectureStore) -> None:
        ids, vectors = store.vectors()
        if ids:
            self._visual.add(store.uid, ids, self._projection.project(vectors))

    def _project_again(self, store: LectureStore) -> str | None:
        """Leave what was written in another joint space, and write it in this one."""
        if not store.vector_count():  # of another encoder altogether: it waits for that one
            return None
        try:
            self.seal(store)
        except (Exhausted, Unavailable) as error:
            log.warning("%s is searched from memory until it can be written: %s", store.lecture_id, error.message)
            self._visual.forget(store.uid)
            self._load_live(store)
            return None
        return f"{store.lecture_id}: {EMBEDDINGS} and {INDEX} were of another joint space and were written in this one"

    def _check_embeddings(self, store: LectureStore, space: str) -> str | None:
        derived = store.derived(EMBEDDINGS)
        sha256 = self._files.sha256(store.folder / EMBEDDINGS)
        if derived is not None and (derived.space, derived.sha256) == (space, sha256):
            return None
        return self._rebuild(store, f"{store.lecture_id}: {EMBEDDINGS} did not match and was written again")

    def rebuild(self, store: LectureStore) -> str:
        """Put a damaged index aside and write it again; what was put right, for people."""
        return self._rebuild(store, f"{store.lecture_id}: {INDEX} did not match and was built again")

    def _rebuild(self, store: LectureStore, told: str) -> str:
        self._files.quarantine(store.folder, (INDEX, EMBEDDINGS))
        store.record_derived(INDEX, self._projection.space.name, "", -1)
        self.seal(store)
        return told
