"""A lecture and its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from hallscribed.domain.errors import InvalidRequest, Reason
from hallscribed.domain.frame import Outcome

MAIN_TRACK = "main"
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


class LectureState(StrEnum):
    """Where a lecture is in its life."""

    OPEN = "open"
    FINISHED = "finished"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Lecture:
    """A lecture as it stands; times in seconds."""

    lecture_id: str
    uid: str
    title: str
    state: LectureState
    created: float
    frames: int
    durable_position: int
    duration: float
    pending_jobs: int
    counts: Mapping[Outcome, int]


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption: seconds and words."""

    start: float
    end: float
    text: str


def is_lecture_id(name: str) -> bool:
    """Whether a lecture may be called so: an id names a folder and must never leave its parent."""
    return bool(_ID.fullmatch(name))


def check_lecture_id(lecture_id: str) -> str:
    """Return the id, or raise InvalidRequest."""
    if not is_lecture_id(lecture_id):
        raise InvalidRequest(
            Reason.INVALID_LECTURE_ID,
            f"lecture id {lecture_id[:80]!r} is not valid: use 1 to 63 of a-z, 0-9, '_' and '-', "
            "beginning with a letter or digit",
            field="lecture_id",
        )
    return lecture_id
