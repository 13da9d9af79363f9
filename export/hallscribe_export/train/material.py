"""Finds what a projection is to be trained on: shards, or recordings with captions."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hallscribe_export.train.sample import Sample, read_samples
from hallscribe_export.train.shown import Part, Shown, Text
from hallscribe_export.writing import file_sha256

_SHARD = ".tar"
# What a picture and its description take in a shard, about.
_PICTURE_BYTES = 30_000


@dataclass(frozen=True, slots=True)
class Material:
    """What there is.

    Attributes:
        origin: where it is from, in words; never a path of this machine.
        notes: what its user should know, a sentence each.
    """

    origin: str
    parts: tuple[Part, ...]
    notes: tuple[str, ...] = ()


def find_material(source: Path) -> Material:
    """The shards or recordings of a folder, or one shard.

    Raises:
        ValueError: there are none; the message says what would be.
    """
    if source.is_file() and source.suffix == _SHARD:
        return Material(source.name, (_shard(source),))
    if not source.is_dir():
        raise ValueError(
            f"{source} is no shard ({_SHARD}) and no folder: give what render-lectures made, or a folder of recordings "
            "with captions of the same names (talk.mp4 and talk.vtt, .srt or .sbv)"
        )
    shards = sorted(source.glob(f"*{_SHARD}"))
    if shards:
        return Material(_counted(len(shards), "shard"), tuple(map(_shard, shards)))
    from hallscribe_export.train.recordings import find_recordings

    parts, notes = find_recordings(source)
    return Material(f"{_counted(len(parts), 'recording')} with captions", parts, notes)


def _counted(count: int, name: str) -> str:
    return f"{count} {name}" if count == 1 else f"{count} {name}s"


def _shard(file: Path) -> Part:
    about = 1 + file.stat().st_size // _PICTURE_BYTES
    return Part(file.stem, file_sha256(file), about, functools.partial(_samples, file))


def _samples(file: Path) -> Iterator[Shown]:
    for sample in read_samples(file):
        try:
            yield as_shown(sample)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(
                f"{sample.stem}.json in {file} is not what a shard holds ({error!r}): delete the file and render it "
                "again"
            ) from error


def as_shown(sample: Sample) -> Shown:
    """A frame of a shard. KeyError, TypeError or AttributeError when its description is no frame's."""
    told = sample.told
    texts = tuple(Text(str(each["text"]), frozenset(each.get("facts", ()))) for each in told["sentences"])
    look = f"{told['lecture']} {told['page']} {told['step']}"
    facts, remark = frozenset(told.get("facts", ())), str(told.get("remark", ""))
    return Shown(sample.picture, str(told["lecture"]), look, str(told.get("split", "")), facts, texts, remark)
