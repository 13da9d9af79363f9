"""What rendered lectures are about: university subjects, each in one split only."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from hallscribe_export.train.lecture.page import Split, Topic

_FILE = Path(__file__).with_name("topics.toml")


@cache
def topics(split: Split) -> tuple[Topic, ...]:
    """The subjects of a split, in the order of the file. No term of one split is a term of another."""
    return _all()[split]


@cache
def _all() -> dict[str, tuple[Topic, ...]]:
    with _FILE.open("rb") as file:
        splits = tomllib.load(file)
    return {
        split: tuple(
            Topic(name, tuple(words["terms"]), tuple(words["quantities"]), tuple(words["names"]))
            for name, words in subjects.items()
        )
        for split, subjects in splits.items()
    }
