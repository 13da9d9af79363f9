"""The box-wide index of sealed lectures: one folder of files, written once, mapped from the disk and never added to.

Rows lie in cells (inverted lists; Jégou et al. 2011) with a few bits a number (extended RaBitQ; Gao et al. 2024), both
by FAISS. Only the cells nearest to a query are looked at, and only their pages need to be in memory.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from hallscribed.adapters.index.rows import NOTHING, Ids, Scores
from hallscribed.adapters.store.files import sha256_of
from hallscribed.domain.embedding import Matrix, Vector
from hallscribed.domain.errors import DataDamaged, Reason

MANIFEST, CELLS, LISTS, ROWS = "manifest.json", "cells.faiss", "lists.ivfdata", "rows.npy"
_FILES = (CELLS, LISTS, ROWS)
# Cells that are looked at first. Looking on ends when as many again brought no more than this share of what is wanted.
_FIRST_CELLS, _HARDLY = 8, 0.02


@dataclass(frozen=True, slots=True)
class Held:
    """A lecture within the archive: which file its rows are from, and how many they are."""

    uid: str
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What an archive says of itself.

    Attributes:
        space: name of the joint space.
        lectures: in the order of their rows.
        probed: how many cells a query looks at, at most.
        reach: cosine to the nearest cell's centre that nearly all rows have.
        recall_at_10: of a sample of its own rows as questions, against looking at every cell.
        sha256: of each file.
    """

    space: str
    dimensions: int
    probed: int
    reach: float
    recall_at_10: float
    lectures: tuple[Held, ...]
    sha256: Mapping[str, str]


def write_facts(folder: Path, facts: Facts) -> str:
    """Write the manifest; the digest by which the folder is to be called."""
    data = json.dumps(asdict(facts), separators=(",", ":")).encode()
    (folder / MANIFEST).write_bytes(data)
    return _digest(data)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]


class Archive:
    """An opened archive; threads may share it.

    At first it answers for no lecture: see ``admit``. What was deleted, or sealed anew, since it was written is simply
    never admitted.
    """

    def __init__(self, folder: Path, facts: Facts, index: Any, ids: Ids) -> None:
        self.folder = folder
        self.facts = facts
        self._index = index
        self._ids = ids
        self._ends = np.cumsum([held.rows for held in facts.lectures])
        self._place = {held.uid: place for place, held in enumerate(facts.lectures)}
        self._admitted = np.zeros(len(facts.lectures), bool)
        self._lock = threading.Lock()
        self._all: tuple[NDArray[np.uint8], int] | None = None

    @staticmethod
    def open(folder: Path, space: str) -> Archive:
        """Map an archive. DataDamaged unless it is, to the bit, what was written, and of this joint space."""
        try:
            facts = _facts(folder)
            if facts.space != space:
                raise _unusable(folder, f"it is of the space {facts.space}")
            for name in _FILES:
                if sha256_of(folder / name) != facts.sha256[name]:
                    raise _unusable(folder, f"{name} is not the file that was written (its sha256 differs)")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _unusable(folder, str(error)) from error
        index: Any = faiss.read_index(str(folder / CELLS), faiss.IO_FLAG_READ_ONLY | faiss.IO_FLAG_ONDISK_SAME_DIR)
        # Threads that read ahead would be started for every query.
        lists: Any = faiss.downcast_InvertedLists(index.invlists)
        lists.prefetch_nthread = 0
        return Archive(folder, facts, index, np.load(folder / ROWS, mmap_mode="r"))

    def __len__(self) -> int:
        """How many rows it holds, of lectures that were not admitted, too."""
        return len(self._ids)

    def holds(self, uid: str, sha256: str) -> bool:
        """Whether it has a lecture's rows, from that file."""
        place = self._place.get(uid)
        return place is not None and self.facts.lectures[place].sha256 == sha256

    def admit(self, uid: str, sha256: str) -> bool:
        """Answer for a lecture from now on; False when it is not held, or from another file."""
        if not self.holds(uid, sha256):
            return False
        self._change(self._place[uid], True)
        return True

    def dismiss(self, uid: str) -> None:
        """Answer for a lecture no more."""
        place = self._place.get(uid)
        if place is not None:
            self._change(place, False)

    def _change(self, place: int, admitted: bool) -> None:
        with self._lock:
            if self._admitted[place] != admitted:
                self._admitted[place], self._all = admitted, None

    def admitted(self) -> dict[str, int]:
        """Rows by uid of the lectures that it answers for."""
        with self._lock:
            return {held.uid: held.rows for held, on in zip(self.facts.lectures, self._admitted, strict=True) if on}

    def rows(self, uid: str) -> int:
        """How many rows of a lecture it answers with."""
        place = self._place.get(uid)
        with self._lock:
            return 0 if place is None or not self._admitted[place] else self.facts.lectures[place].rows

    def nearest(self, vector: Vector, k: int, only: Collection[str] | None = None) -> tuple[Sequence[str], Ids, Scores]:
        """At most k rows (uids, ids, cosines), nearest first; one in a cell not looked at may be absent.

        Args:
            only: of these lectures; None for all that were admitted. The fewer rows they have, the more cells are
                looked at, so that as many rows are compared.
        """
        bits, rows = self._selected(only)
        wanted = min(k, rows)
        if not wanted:
            return (), *NOTHING
        chosen = faiss.IDSelectorBitmap(len(bits), faiss.swig_ptr(bits))
        scores, places = self._probe(vector, wanted, chosen, len(self) // rows)
        owners = np.searchsorted(self._ends, places, side="right")
        uids = [self.facts.lectures[owner].uid for owner in owners.tolist()]
        return uids, np.asarray(self._ids[places]), scores

    def _probe(self, vector: Vector, wanted: int, chosen: Any, times: int) -> tuple[Scores, Ids]:
        """Cosines and places of the nearest rows in the nearest cells.

        What lies where rows lie, as another frame does, finds its neighbours in few cells: each time twice as many as
        before are looked at, until that brings hardly anything (Li et al. 2020, "Improving approximate nearest neighbor
        search through learned adaptive early termination", decide by a model). To what lies off the rows, as words
        may, cells near and far are much alike, and none is left out.
        """
        most = min(self._index.nlist, times * self.facts.probed)
        near, cells = self._index.quantizer.search(vector[None], most)
        first = times * _FIRST_CELLS if near[0, 0] >= self.facts.reach * np.linalg.norm(vector) else most
        scores, places = np.empty(0, np.float32), np.empty(0, np.int64)
        done, upto = 0, min(most, first)
        while done < most:
            part = slice(done, upto)
            here = in_cells(self._index, vector[None], wanted, cells[:, part], near[:, part], chosen)
            found = here[1][0] >= 0
            both, held = np.concatenate([scores, here[0][0][found]]), np.concatenate([places, here[1][0][found]])
            best = np.argsort(-both, kind="stable")[:wanted]
            new = np.count_nonzero(best >= len(places))
            scores, places = both[best], held[best]
            done, upto = upto, min(most, 2 * upto)
            if len(places) == wanted and new <= _HARDLY * wanted:
                break
        return scores, places

    def _selected(self, only: Collection[str] | None) -> tuple[NDArray[np.uint8], int]:
        """A bit for each row, set where its lecture is admitted and asked; how many are set."""
        with self._lock:
            if only is None:
                if self._all is None:
                    self._all = self._bits(self._admitted)
                return self._all
            named = np.zeros_like(self._admitted)
            named[[self._place[uid] for uid in only if uid in self._place]] = True
            return self._bits(named & self._admitted)

    def _bits(self, lectures: NDArray[np.bool_]) -> tuple[NDArray[np.uint8], int]:
        each = np.repeat(lectures, [held.rows for held in self.facts.lectures])
        return np.packbits(each, bitorder="little"), int(np.count_nonzero(each))


def in_cells(index: Any, questions: Matrix, k: int, cells: Ids, near: Scores, chosen: Any = None) -> tuple[Scores, Ids]:
    """The nearest rows within some cells of an inverted index: cosines and numbers (Q, k), -1 where there is none.

    FAISS's own wrapper of this takes no selector.

    Args:
        questions: float32 (Q, D).
        cells: numbers of the cells of each question, int64 (Q, P).
        near: how near their centres are, float32 (Q, P).
        chosen: FAISS's selector of rows; None for all.
    """
    questions, cells, near = (np.ascontiguousarray(each) for each in (questions, cells, near))  # type: ignore[assignment]
    scores, numbers = np.empty((len(questions), k), np.float32), np.empty((len(questions), k), np.int64)
    asked = faiss.IVFRaBitQSearchParameters(sel=chosen, nprobe=cells.shape[1])  # type: ignore[call-arg]
    query, *others = (faiss.swig_ptr(each) for each in (questions, cells, near, scores, numbers))
    index.search_preassigned_c(len(questions), query, k, *others, False, asked)
    return scores, numbers


def _facts(folder: Path) -> Facts:
    data = (folder / MANIFEST).read_bytes()
    if _digest(data) != folder.name:
        raise ValueError(f"{MANIFEST} is not the one that was written")
    told = json.loads(data)
    return Facts(**{**told, "lectures": tuple(Held(**held) for held in told["lectures"])})


def _unusable(folder: Path, why: str) -> DataDamaged:
    return DataDamaged(
        Reason.DATA_DAMAGED, f"the archive {folder} is not used: {why}; the lectures have all that is in it"
    )


def open_latest(folder: Path, space: str) -> tuple[Archive | None, list[str]]:
    """The archive beneath a folder, if a sound one is there; why others were passed over, for people."""
    found = sorted(_folders(folder), key=lambda each: each.stat().st_mtime, reverse=True)
    told: list[str] = []
    for each in found:
        try:
            return Archive.open(each, space), told
        except DataDamaged as error:
            told.append(error.message)
    return None, told


def _folders(folder: Path) -> Iterable[Path]:
    if not folder.is_dir():
        return ()
    return [each for each in folder.iterdir() if each.is_dir() and not each.name.startswith(".")]


def sync(folder: Path) -> None:
    """Every file of a folder and the folder itself to the disk."""
    for path in (*folder.iterdir(), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
