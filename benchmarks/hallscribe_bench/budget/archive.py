"""Boxes full of lectures: vectors like those of rendered frames, as many as wanted, each in its place on the disk.

Vectors of a few thousand rendered frames are what the others are made from: each new one is a frame's, moved at random
along the directions in which several of its nearest neighbours lie. So no two are equal, and they keep to where frames
lie (see ``intrinsic_dimension``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from hallscribe_bench.budget.material import changing
from hallscribed.adapters.index.shelf import IndexShelf
from hallscribed.adapters.models.bundle import Bundle
from hallscribed.adapters.models.vjepa import VjepaEncoder
from hallscribed.adapters.runtime.factory import open_runtime
from hallscribed.adapters.store.catalog import SqliteCatalog
from hallscribed.adapters.store.corpus import CORPUS_MIGRATIONS, SqliteCorpus
from hallscribed.adapters.store.database import Database
from hallscribed.adapters.store.derived import FolderFiles
from hallscribed.adapters.store.schema import CATALOG_SCHEMA
from hallscribed.domain.embedding import JOINT_DIMENSIONS, EmbeddingSpace, Matrix, normalise
from hallscribed.domain.frame import Acknowledgement, FrameRecord, Outcome
from hallscribed.domain.lecture import Cue
from hallscribed.domain.moment import Passage, Route
from hallscribed.domain.recording import FrameBatch, SealedLecture
from hallscribed.pipeline.maintenance import INDEX, Sealing
from hallscribed.ports import Projection

_LINES = 360
_CUE_S = 6.0
_NEIGHBOURS = 16
# How many neighbours' directions a new vector is moved along, and how far, as a share of their distance.
_DIRECTIONS, _FAR = 8, 0.25


def frame_vectors(bundle: Bundle, runtime: str, frames: int, seed: int) -> Matrix:
    """The encoder's vectors, float32 (N, D), of as many different rendered slides."""
    encoder = VjepaEncoder(bundle, open_runtime(runtime, bundle, 2))
    pictures = (
        cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB) for _, data in changing(seed, frames, _LINES)
    )
    return np.concatenate([encoder.encode([np.asarray(picture, np.uint8)]) for picture in pictures])


class Generator:
    """Vectors without end; the same seed gives the same ones.

    Args:
        base: of real frames, float32 (N, D).
    """

    def __init__(self, base: Matrix, seed: int) -> None:
        self._base = base
        unit = normalise(base)
        near = np.argsort(-(unit @ unit.T), axis=1)[:, 1 : 1 + _NEIGHBOURS]
        self._near = near
        self._numbers = np.random.default_rng(seed)

    def draw(self, count: int) -> Matrix:
        """As many new vectors, float32 (count, D)."""
        numbers, base = self._numbers, self._base
        own = numbers.integers(len(base), size=count)
        moved = base[own]
        for _ in range(_DIRECTIONS):
            towards = self._near[own, numbers.integers(_NEIGHBOURS, size=count)]
            moved += _FAR * numbers.standard_normal((count, 1), np.float32) * (base[towards] - base[own])
        return moved


def intrinsic_dimension(rows: Matrix) -> float:
    """TwoNN (Facco, d'Errico, Rodriguez, Laio 2017): from how much farther the second neighbour is than the first."""
    products = rows @ rows.T
    squares = np.diag(products)
    distances = np.sqrt(np.maximum(squares[:, None] + squares[None, :] - 2 * products, 0))
    np.fill_diagonal(distances, np.inf)
    first, second = np.partition(distances, 1, axis=1)[:, :2].T
    apart = first > 0
    return float(apart.sum() / np.log(second[apart] / first[apart]).sum())


class _Folder:
    """A data folder that no daemon uses yet.

    Args:
        space: of the encoder.
    """

    def __init__(self, data: Path, space: str) -> None:
        data.mkdir(parents=True)
        self._database = Database(data / "catalog.db", (CATALOG_SCHEMA, *CORPUS_MIGRATIONS))
        self._catalog = SqliteCatalog(data, self._database, space)

    def close(self) -> None:
        """Let go of the files."""
        self._catalog.close()


class FullBox(_Folder):
    """A data folder that is filled as the daemon fills it, but for the pictures.

    Args:
        bundle: the encoder's.
        projection: as the daemon opens it.
    """

    def __init__(self, data: Path, bundle: Bundle, projection: Projection) -> None:
        super().__init__(data, bundle.space.name)
        self._space = bundle.space.name
        self._shelf = IndexShelf(JOINT_DIMENSIONS)
        self._sealing = Sealing(projection, self._shelf, FolderFiles())

    def fill(self, lecture_id: str, vectors: Matrix) -> SealedLecture:
        """A finished lecture in which every second showed another picture."""
        store = self._catalog.create(lecture_id, lecture_id)
        frames = [
            FrameRecord(Acknowledgement(number, 1, Outcome.KEPT), float(number), None, 0.0, vector)
            for number, vector in enumerate(vectors, 1)
        ]
        store.commit(FrameBatch(frames, [], self._space))
        store.finish()
        self._sealing.seal(store)
        self._catalog.publish(store)
        self._shelf.forget(store.uid)
        derived = store.derived(INDEX)
        assert derived is not None
        return SealedLecture(store.uid, store.folder / INDEX, derived.sha256, derived.rows)


class CaptionedBox(_Folder):
    """A data folder of finished lectures in which nothing was shown and much was said.

    Args:
        space: of the passages' vectors.
    """

    def __init__(self, data: Path, space: EmbeddingSpace) -> None:
        super().__init__(data, "no encoder")
        self._corpus = SqliteCorpus(self._database, space)

    def fill(self, lecture_id: str, sentences: Sequence[str], vectors: Matrix) -> None:
        """A lecture of as many passages of six seconds each, with vectors float32 (N, D) for them."""
        store = self._catalog.create(lecture_id, lecture_id)
        cues = [Cue(_CUE_S * place, _CUE_S * (place + 1), text) for place, text in enumerate(sentences)]
        store.put_cues(cues)
        store.finish()
        said = [Passage(store.uid, Route.SAID, cue.start, cue.end, 0, cue.text) for cue in cues]
        self._corpus.replace(store.uid, Route.SAID, None, said, normalise(vectors))
        self._catalog.publish(store)


def nearest_exactly(
    questions: Matrix, blocks: Iterator[Matrix], k: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Places (Q, k) of the rows with the greatest products, over all blocks, in one exact pass."""
    scores = np.full((len(questions), 0), -np.inf, np.float32)
    places = np.zeros((len(questions), 0), np.int64)
    first = 0
    for block in blocks:
        scores = np.concatenate([scores, questions @ block.T], axis=1)
        here = np.broadcast_to(np.arange(first, first + len(block)), (len(questions), len(block)))
        places = np.concatenate([places, here], axis=1)
        first += len(block)
        best = np.argpartition(-scores, min(k, scores.shape[1] - 1), axis=1)[:, :k]
        scores, places = np.take_along_axis(scores, best, 1), np.take_along_axis(places, best, 1)
    return places
