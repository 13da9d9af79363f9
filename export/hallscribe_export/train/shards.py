"""Rendered lectures as WebDataset shards: tars of pictures, each beside what is true of it.

A sample is two members of one stem, ``train-000012_0034.jpg`` and ``.json``. All samples of a lecture are in one shard,
in the order of their times. A shard is there when it is whole, so rendering can be ended and gone on with at any time.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from hallscribe_export.progress import Progress
from hallscribe_export.train.lecture.deck import Lecture, lecture
from hallscribe_export.train.lecture.footage.film import disturbed
from hallscribe_export.train.lecture.footage.setting import SETTINGS
from hallscribe_export.train.lecture.frame import Frame
from hallscribe_export.train.lecture.page import NOUN, Fact, Split
from hallscribe_export.train.lecture.sentences import Sentence, fact_id, sentences
from hallscribe_export.train.lecture.speech import remark
from hallscribe_export.train.sample import Sample, write_samples

LECTURES_PER_SHARD = 25
_SENTENCES = 3
_OTHER_LOOKS = ("screen", "hall", "hall")
_ANOTHER = {"time_s": 0.0, "change": "none", "other_look": True}


def render_shards(
    out: Path,
    count: int,
    split: Split,
    progress: Progress,
    *,
    first: int = 0,
    shards: tuple[int, int] = (0, 1),
    glances: bool = False,
) -> list[Path]:
    """Render lectures to ``out``; shards that are there already are kept.

    Args:
        count: how many lectures.
        first: seed of the first.
        shards: (n, of): of the shards only every ``of``-th, from the n-th: to share the work between processes.
        glances: one look at each page, film or writing at a board instead of footage.
    """
    out.mkdir(parents=True, exist_ok=True)
    starts = range(first, first + count, LECTURES_PER_SHARD)[shards[0] :: shards[1]]
    progress.step(f"rendering lectures ({split})")
    made, kept = [], glanced if glances else samples
    for number, start in enumerate(starts):
        seeds = range(start, min(start + LECTURES_PER_SHARD, first + count))
        file = out / f"{split}-{'glances-' if glances else ''}{start:06d}-{seeds[-1]:06d}.tar"
        if not file.is_file():
            write_samples(file, (each for seed in seeds for each in kept(lecture(seed, split))))
        made.append(file)
        progress.advance(number + 1, len(starts))
    return made


def samples(whole: Lecture) -> Iterator[Sample]:
    """The frames of a lecture that are worth keeping, then other looks at its pages.

    Of each page's step the first two frames and the last are kept. Another look is a page as it would be seen in
    another room or recording: ``other_look`` is true of it, and its time says nothing.
    """
    rng = Random(f"{whole.name} sentences")
    telling = _Telling(whole, rng)
    for number, frame in _kept(whole.frames()):
        told = telling.told(frame.page, frame.step, frame.facts, time_s=frame.time_s, change=frame.change)
        yield Sample(f"{whole.name}_{number:04d}", frame.picture, told)
    if whole.setting.view == "board":  # Its pages were not shown.
        return
    for number, page in enumerate(whole.pages):
        picture = disturbed(page.steps[-1], rng, SETTINGS[rng.choice(_OTHER_LOOKS)](rng, whole.split))
        told = telling.told(number, len(page.steps) - 1, page.facts, **_ANOTHER)
        yield Sample(f"{whole.name}_p{number:03d}", picture, told)


def glanced(whole: Lecture) -> Iterator[Sample]:
    """Looks at what a lecture shows, none like another; ``other_look`` is true of all."""
    telling = _Telling(whole, Random(f"{whole.name} sentences"))
    for number, frame in enumerate(whole.glances()):
        told = telling.told(frame.page, frame.step, frame.facts, **_ANOTHER)
        yield Sample(f"{whole.name}_g{number:03d}", frame.picture, told)


class _Telling:
    """What is told of the frames of a lecture; those with the same facts have the same sentences."""

    def __init__(self, whole: Lecture, rng: Random) -> None:
        self._whole, self._rng = whole, rng
        self._said: dict[tuple[Fact, ...], list[Sentence]] = {}

    def told(self, page: int, step: int, facts: tuple[Fact, ...], **more: Any) -> dict[str, Any]:
        """Of a look at a page."""
        whole = self._whole
        if facts not in self._said:
            # Of a page that has only begun to appear nobody can tell what it will show.
            known = any(fact.key == NOUN for fact in facts)
            drawn = sentences(self._rng, facts, whole.topic, whole.split, _SENTENCES) if known else []
            self._said[facts] = drawn
        return {
            "lecture": whole.name,
            "page": page,
            "step": step,
            "split": whole.split,
            "facts": [fact_id(fact) for fact in facts],
            "sentences": [{"text": each.text, "facts": sorted(each.facts)} for each in self._said[facts]],
            "remark": remark(self._rng, (), whole.topic, None, whole.split),
            **more,
        }


def _kept(frames: Iterator[Frame]) -> Iterator[tuple[int, Frame]]:
    since, last = 0, None
    for number, frame in enumerate(frames):
        since = 0 if frame.change != "none" else since + 1
        if last is not None and since == 0:
            yield last
        last = None
        if since < 2:
            yield number, frame
        else:
            last = number, frame
    if last is not None:
        yield last
