"""Vectors of pictures and texts, each made once and kept: training itself is quick then, and can begin again."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallscribe_export.progress import Progress
from hallscribe_export.train.encoders import Eye
from hallscribe_export.train.pairs import NOTHING, PairVectors, as_bits
from hallscribe_export.train.shown import Part, Shown
from hallscribe_export.train.words import Words
from hallscribed.domain.embedding import Matrix, normalise

_VERSION = "2"
_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Embedded:
    """The pictures of a part as vectors, and what was told of each.

    Attributes:
        visual: float32 (N, D).
        told: of each picture lecture, look, split, facts, texts (each a text and its facts), and remark, as JSON has
            them.
        texts: vectors (M, E) of the part's texts, in the order of their names.
        names: the texts, sorted.
    """

    visual: Matrix
    told: list[dict[str, Any]]
    texts: Matrix
    names: list[str]


@dataclass(frozen=True, slots=True)
class Vectors:
    """All pairs, and the split of each picture: "train", "validation", "test", or empty where nobody has said."""

    pairs: PairVectors
    splits: NDArray[np.str_]
    lectures: int


@dataclass(frozen=True, slots=True)
class _Count:
    """How far a part's pictures bring the whole, of whose ``total`` pictures ``passed`` were in parts before it."""

    progress: Progress
    passed: int
    about: int
    total: int

    def tell(self, number: int) -> None:
        self.progress.advance(self.passed + min(number, self.about), self.total)


def embed(parts: tuple[Part, ...], eye: Eye, words: Words, folder: Path, progress: Progress) -> Vectors:
    """Vectors of everything; those that ``folder`` keeps from before are not made again.

    Raises:
        ValueError: a part is damaged, an encoder gave no numbers, or there are no pictures with texts.
    """
    folder.mkdir(parents=True, exist_ok=True)
    progress.step("vectors of pictures and texts")
    done, total, passed = [], sum(part.about for part in parts), 0
    for part in parts:
        done.append(_part(part, eye, words, folder, _Count(progress, passed, part.about, total)))
        passed += part.about
        progress.advance(passed, total)
    if not any(each["texts"] for part in done for each in part.told):
        raise ValueError("no picture has a text: give other shards, or recordings whose captions have words")
    return together(done)


def _part(part: Part, eye: Eye, words: Words, folder: Path, count: _Count) -> Embedded:
    file = folder / f"{part.name}.{_key(part.sha256, eye.digest)}.pictures.npz"

    def pictures() -> dict[str, NDArray[Any]]:
        rows, told = [], []
        for each in part.read():
            rows.append(eye.encode(each.picture))
            count.tell(len(rows))
            told.append(described(each))
        visual = np.stack(rows) if rows else np.empty((0, eye.dimensions), np.float32)
        return {"visual": visual, "told": np.frombuffer(json.dumps(told).encode(), np.uint8)}

    made = _kept(file, pictures)
    told = json.loads(made["told"].tobytes())
    names = named(told)
    file = folder / f"{part.name}.{_key(part.sha256, words.digest)}.texts.npz"
    # Half of the room; what is lost is far below what tells texts apart.
    vectors = _kept(file, lambda: {"texts": words.of(names).astype(np.float16)})["texts"]
    if len(vectors) != len(names):
        raise ValueError(f"{file} is not of {part.name}: delete it")
    return Embedded(np.asarray(made["visual"], np.float32), told, normalise(vectors.astype(np.float32)), names)


def described(shown: Shown) -> dict[str, Any]:
    """What ``Embedded.told`` keeps of a picture."""
    return {
        "lecture": shown.lecture,
        "look": shown.look,
        "split": shown.split,
        "facts": sorted(shown.facts),
        "texts": [[each.text, sorted(each.facts)] for each in shown.texts],
        "remark": shown.remark,
    }


def named(told: Sequence[Mapping[str, Any]]) -> list[str]:
    """All texts of pictures that are so described, and remarks, each once, sorted."""
    return sorted({name for each in told for name, _ in each["texts"]} | {each["remark"] for each in told} - {""})


def together(parts: Sequence[Embedded]) -> Vectors:
    """The pairs of all parts."""
    told = [each for part in parts for each in part.told]
    known = sorted(
        {fact for each in told for fact in each["facts"]}
        | {fact for each in told for _, stated in each["texts"] for fact in stated}
    )
    rows: dict[tuple[str, tuple[str, ...]], int] = {}
    pairs, vectors, picture, remarks = [], [], 0, dict[str, Matrix]()
    for part in parts:
        place = {name: number for number, name in enumerate(part.names)}
        for each in part.told:
            if each["remark"]:
                remarks[each["remark"]] = part.texts[place[each["remark"]]]
            for name, stated in each["texts"]:
                key = name, tuple(stated)
                if key not in rows:
                    rows[key] = len(rows)
                    vectors.append(part.texts[place[name]])
                pairs.append((picture, rows[key]))
            picture += 1
    lecture = _numbered([each["lecture"] for each in told])
    look = _numbered([f"{each['lecture']} {each['look']}" for each in told])
    together = PairVectors(
        np.concatenate([part.visual for part in parts]),
        np.stack(vectors),
        np.array(pairs, np.int64),
        lecture,
        look,
        as_bits([frozenset(each["facts"]) for each in told], known),
        as_bits([frozenset(stated) for _, stated in rows], known),
        np.stack(list(remarks.values())) if remarks else NOTHING,
    )
    return Vectors(together, np.array([each["split"] for each in told]), len(np.unique(lecture)))


def _numbered(names: list[str]) -> NDArray[np.int64]:
    """The same number for the same name, in the order in which they come."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], np.int64)


def _key(*parts: str) -> str:
    return hashlib.sha256(" ".join((_VERSION, *parts)).encode()).hexdigest()[:_DIGITS]


def _kept(file: Path, make: Callable[[], Mapping[str, NDArray[Any]]]) -> Mapping[str, NDArray[Any]]:
    """The arrays in ``file``, or, where it is absent or damaged, what ``make`` gives, which is kept there."""
    try:
        with file.open("rb") as stored, np.load(stored, allow_pickle=False) as opened:
            return {name: opened[name] for name in opened.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        arrays = make()
    stream = io.BytesIO()
    np.savez(stream, **arrays)  # type: ignore[arg-type]
    partial = file.with_name(f".{file.name}.{os.getpid()}.partial")
    partial.write_bytes(stream.getbuffer())
    partial.replace(file)
    return arrays
