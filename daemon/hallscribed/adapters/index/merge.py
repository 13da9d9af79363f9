"""Writes an archive from lectures at rest: a sample decides the cells, then one lecture after the other.

No more than a few hundred thousand rows are in memory at a time, however many there are.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from faiss.contrib.ondisk import merge_ondisk

from hallscribed.adapters.index.archive import CELLS, LISTS, ROWS, Facts, Held, in_cells, sync, write_facts
from hallscribed.adapters.index.faiss_index import FaissIndex
from hallscribed.adapters.index.rows import Ids
from hallscribed.adapters.store.files import sha256_of, sync_folder
from hallscribed.domain.embedding import Matrix
from hallscribed.domain.errors import DataDamaged, NotFound
from hallscribed.domain.recording import SealedLecture

_ROWS_PER_CELL = 1000
_FEWEST_CELLS, _MOST_CELLS = 16, 4096
# What decides a cell's centre; more changes little.
_SAMPLE_PER_CELL = 32
_SHARD_ROWS = 150_000
# Of each of a row's numbers. What is kept is where a row lies from its cell's centre, by direction and distance: so
# rows that differ little from each other, as an encoder's often do, are told apart as well as others.
_BITS = 7
_QUESTIONS, _NEIGHBOURS = 200, 10
# Questions are rows with as much of something else: words projected into the space lie off the rows, too.
_NOISE = 1.0
# Cells are looked at until so many of the ten nearest are found that looking at all of them would find.
_RECALL = 0.985
# All but this share of the rows lie so near to a cell's centre that a question as near counts as one among them.
_FAR = 0.001

Read = Callable[[SealedLecture], tuple[Ids, Matrix]]


def rows_in_file(lecture: SealedLecture) -> tuple[Ids, Matrix]:
    """Ids and rows float32 (N, D) of a lecture that has an index file of its own. DataDamaged when it is."""
    return FaissIndex.open(lecture.path, lecture.sha256).rows()


def write_archive(
    folder: Path, lectures: Sequence[SealedLecture], space: str, threads: int = 1, read: Read = rows_in_file
) -> Path:
    """Write the archive of these lectures beneath ``folder``; where it is.

    Args:
        read: gives a lecture's rows. One for which it raises DataDamaged or NotFound, at any time, is left out.

    Raises:
        ValueError: no lecture is left.
        OSError: the disk refuses; nothing is left behind.
    """
    faiss.omp_set_num_threads(threads)
    folder.mkdir(mode=0o750, exist_ok=True)
    for old in folder.glob(".new-*"):
        shutil.rmtree(old, ignore_errors=True)
    new = Path(tempfile.mkdtemp(prefix=".new-", dir=folder))
    try:
        sample = _sample(lectures, read)
        index = _trained(sample, sum(lecture.rows for lecture in lectures))
        held, ids = _filled(index, lectures, read, new)
        np.save(new / ROWS, ids)
        probed, recall = _probed(index, sample)
        reach = float(np.quantile(index.quantizer.search(sample, 1)[0], _FAR))
        faiss.write_index(index, str(new / CELLS))
        sums = {name: sha256_of(new / name) for name in (CELLS, LISTS, ROWS)}
        digest = write_facts(new, Facts(space, index.d, probed, reach, round(recall, 4), held, sums))
        sync(new)
        new.rename(folder / digest)
        sync_folder(folder)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    return folder / digest


def _blocks(lectures: Sequence[SealedLecture], read: Read) -> Iterator[tuple[int, Ids, Matrix]]:
    """Number, ids and rows of each lecture that is as it was said to be."""
    for number, lecture in enumerate(lectures):
        try:
            ids, rows = read(lecture)
        except (DataDamaged, NotFound):
            continue
        if len(ids) == lecture.rows:
            yield number, ids, rows


def _sample(lectures: Sequence[SealedLecture], read: Read) -> Matrix:
    """Rows float32 (N, D) from all over the lectures, in random order; always the same ones. ValueError of none."""
    ends = np.cumsum([lecture.rows for lecture in lectures])
    total = int(ends[-1]) if len(ends) else 0
    numbers = np.random.default_rng(1)
    chosen = np.sort(numbers.choice(total, min(total, _cells(total) * _SAMPLE_PER_CELL), replace=False))
    parts = []
    for number, _, rows in _blocks(lectures, read):
        first = ends[number] - len(rows)
        parts.append(rows[chosen[(chosen >= first) & (chosen < ends[number])] - first])
    if not sum(map(len, parts)):
        raise ValueError("there is no lecture with rows that are sound")
    sample = np.concatenate([part for part in parts if len(part)])
    numbers.shuffle(sample)
    return sample


def _cells(total: int) -> int:
    return min(max(total // _ROWS_PER_CELL, _FEWEST_CELLS), _MOST_CELLS, total)


def _trained(sample: Matrix, total: int) -> Any:
    cells, width = _cells(total), sample.shape[1]
    index = faiss.IndexIVFRaBitQ(faiss.IndexFlatIP(width), width, cells, faiss.METRIC_INNER_PRODUCT, True, _BITS)
    index.cp.min_points_per_centroid = 1
    index.cp.max_points_per_centroid = _SAMPLE_PER_CELL
    index.train(sample)
    return index


def _filled(index: Any, lectures: Sequence[SealedLecture], read: Read, folder: Path) -> tuple[tuple[Held, ...], Ids]:
    """Put every row into the index, whose cells are in a file from then on; of which lectures, and the rows' ids."""
    held: list[Held] = []
    ids: list[Ids] = []
    shards: list[str] = []
    first = 0
    for number, rows_ids, rows in _blocks(lectures, read):
        if not len(rows):
            continue
        index.add_with_ids(rows, np.arange(first, first + len(rows)))
        first += len(rows)
        ids.append(rows_ids)
        held.append(Held(lectures[number].uid, lectures[number].sha256, len(rows)))
        if index.ntotal >= _SHARD_ROWS:
            shards.append(_shard(index, folder, len(shards)))
    if not held:
        raise ValueError("there is no lecture with rows that are sound")
    shards.append(_shard(index, folder, len(shards)))
    merge_ondisk(index, shards, str(folder / LISTS))
    for shard in shards:
        Path(shard).unlink()
    return tuple(held), np.concatenate(ids)


def _shard(index: Any, folder: Path, number: int) -> str:
    name = str(folder / f"shard-{number}.faiss")
    faiss.write_index(index, name)
    index.reset()
    return name


def _probed(index: Any, sample: Matrix) -> tuple[int, float]:
    """The fewest cells that find nearly all that every cell together would find, and the share that they find.

    One cell after the other is asked all questions, so that each is read from the disk once: together they may be
    larger than the memory.
    """
    rows = sample[:_QUESTIONS]
    noise = np.random.default_rng(2).standard_normal(rows.shape).astype(np.float32)
    noise *= _NOISE * np.linalg.norm(rows, axis=1, keepdims=True) / np.linalg.norm(noise, axis=1, keepdims=True)
    questions = rows + noise
    near, cells = index.quantizer.search(questions, index.nlist)
    # When each cell's turn would come, and how near it is, by question and cell.
    turns, nearness = np.empty_like(cells), np.empty_like(near)
    np.put_along_axis(turns, cells, np.broadcast_to(np.arange(index.nlist), cells.shape), axis=1)
    np.put_along_axis(nearness, cells, near, axis=1)
    scores = np.full((len(questions), _NEIGHBOURS), -np.inf, np.float32)
    found_at = np.zeros(scores.shape, np.int64)
    for cell in range(index.nlist):
        asked = np.full((len(questions), 1), cell)
        here, numbers = in_cells(index, questions, _NEIGHBOURS, asked, nearness[:, [cell]])
        here[numbers < 0] = -np.inf
        both = np.concatenate([scores, here], axis=1)
        turn = np.concatenate([found_at, np.broadcast_to(turns[:, [cell]], here.shape)], axis=1)
        best = np.argsort(-both, axis=1, kind="stable")[:, :_NEIGHBOURS]
        scores, found_at = np.take_along_axis(both, best, 1), np.take_along_axis(turn, best, 1)
    late = np.sort(found_at[np.isfinite(scores)])
    probed = int(late[min(int(np.ceil(_RECALL * len(late))), len(late)) - 1]) + 1
    return probed, float(np.mean(late < probed))
