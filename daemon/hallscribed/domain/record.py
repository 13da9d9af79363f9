"""What the feed tells: records, and the tokens that say how far a reader has come."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from enum import StrEnum

from hallscribed.domain.errors import HistoryGone, InvalidRequest, Reason
from hallscribed.domain.event import Event, Segment
from hallscribed.domain.lecture import Lecture


class LectureChange(StrEnum):
    """What happened to a lecture."""

    CREATED = "created"
    FINISHED = "finished"
    DELETED = "deleted"
    CAPTIONS = "captions"


@dataclass(frozen=True, slots=True)
class EventAdded:
    """A new event."""

    event: Event


@dataclass(frozen=True, slots=True)
class EventChanged:
    """An event was refined."""

    event: Event


@dataclass(frozen=True, slots=True)
class EventWithdrawn:
    """An event turned out to be none."""

    event_id: str
    detail: str


@dataclass(frozen=True, slots=True)
class SegmentChanged:
    """A segment's title, text or summary changed."""

    segment: Segment


@dataclass(frozen=True, slots=True)
class LectureChanged:
    """A lecture was created, finished or deleted, or its captions changed."""

    change: LectureChange
    lecture: Lecture


@dataclass(frozen=True, slots=True)
class SystemNotice:
    """The daemon's own trouble."""

    reason: Reason
    detail: str


Record = EventAdded | EventChanged | EventWithdrawn | SegmentChanged | LectureChanged | SystemNotice


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """A record in the box's feed.

    Attributes:
        sequence: its place in the feed, from 1.
        time: Unix seconds when it was recorded.
        lecture_id, uid: its lecture; empty for the box.
        record: what happened.
    """

    sequence: int
    time: float
    lecture_id: str
    uid: str
    record: Record


@dataclass(frozen=True, slots=True)
class Token:
    """How far a reader has come.

    Attributes:
        epoch, sequence: a place in one epoch of the feed.
        uid: of the one lecture that is followed; empty for all.
        made_us: when the record in that place was made, Unix microseconds: once a backup was put back, others come to
            be in the places of those that were lost. None where there was no record.
    """

    epoch: str
    sequence: int
    uid: str = ""
    made_us: int | None = None

    @staticmethod
    def at(epoch: str, sequence: int, uid: str, made: float | None) -> Token:
        """After a record that was made at a Unix time."""
        return Token(epoch, sequence, uid, None if made is None else round(made * 1e6))

    def to_bytes(self) -> bytes:
        """Opaque to clients."""
        made = "" if self.made_us is None else self.made_us
        return base64.urlsafe_b64encode(f"{self.epoch}.{self.sequence}.{self.uid}.{made}".encode())

    @staticmethod
    def from_bytes(data: bytes) -> Token:
        """The inverse of ``to_bytes``; InvalidRequest for anything else."""
        try:
            # The last two are missing in tokens of earlier versions.
            plain = base64.b64decode(data, altchars=b"-_", validate=True).decode()
            epoch, sequence, uid, made = [*plain.split("."), "", ""][:4] if "." in plain else ("", "", "", "")
            return Token(epoch, int(sequence), uid, int(made) if made else None)
        except (binascii.Error, ValueError) as error:
            raise InvalidRequest(
                Reason.INVALID_FIELD, "this is no token of ours: use one from an earlier record", field="token"
            ) from error

    def check(self, epoch: str, last: int, uid: str = "", made: float | None = None) -> None:
        """Raise HistoryGone unless this token belongs to the feed of ``epoch``, which ends at ``last`` and has a record
        of the time ``made`` in this place (None: no more), and, where both name one, to the lecture ``uid``.
        """
        replaced = self.made_us is not None and made is not None and round(made * 1e6) != self.made_us
        if self.epoch != epoch or replaced or not 0 <= self.sequence <= last:
            raise HistoryGone(
                Reason.HISTORY_GONE,
                "the feed was rebuilt since this token was given: read the list of events, then subscribe from now",
            )
        if self.uid and uid and self.uid != uid:
            raise HistoryGone(
                Reason.HISTORY_GONE,
                "the lecture was deleted since this token was given, and another created in its place: read the list "
                "of its events, then subscribe from now",
            )
