"""What can be refused or fail, as one tree.

    HallscribeError            carries a reason (machine), a message (people), and what to do
    ├── InvalidRequest         the caller must change something
    ├── NotFound               what is named does not exist
    ├── Exists                 what should be created is there already
    ├── Conflict               the present state forbids it
    ├── Superseded             a newer call took this one's place
    ├── Exhausted              a limit is reached; retry_after_s says when to come back
    ├── Unavailable            trouble on our side; try again
    ├── DeadlinePassed         the time ended before anything was found
    ├── HistoryGone            the token's feed is no more
    └── DataDamaged            stored data failed its checks


A refused *frame* is no exception but an outcome: see ``hallscribed.domain.frame``.
"""

from __future__ import annotations

from enum import StrEnum

from hallscribed.domain.event import TextState


class Reason(StrEnum):
    """Stable names of reasons; the proto's ErrorReason enum has the same ones."""

    INVALID_FIELD = "INVALID_FIELD"
    INVALID_LECTURE_ID = "INVALID_LECTURE_ID"
    UNKNOWN_LECTURE = "UNKNOWN_LECTURE"
    LECTURE_EXISTS = "LECTURE_EXISTS"
    LECTURE_FINISHED = "LECTURE_FINISHED"
    STREAM_BUSY = "STREAM_BUSY"
    STREAM_TAKEN_OVER = "STREAM_TAKEN_OVER"
    STREAM_PROTOCOL = "STREAM_PROTOCOL"
    POSITION_GAP = "POSITION_GAP"
    UNKNOWN_TRACK = "UNKNOWN_TRACK"
    NOT_AN_IMAGE = "NOT_AN_IMAGE"
    DAMAGED_IMAGE = "DAMAGED_IMAGE"
    IMAGE_TOO_LARGE = "IMAGE_TOO_LARGE"
    WRONG_RAW_SIZE = "WRONG_RAW_SIZE"
    TIME_BACKWARDS = "TIME_BACKWARDS"
    TIME_INVALID = "TIME_INVALID"
    SAMPLED_OUT = "SAMPLED_OUT"
    WORKER_LOST = "WORKER_LOST"
    ENCODER_FAILED = "ENCODER_FAILED"
    OVERLOAD = "OVERLOAD"
    STORAGE_FULL = "STORAGE_FULL"
    STORAGE_FAILED = "STORAGE_FAILED"
    STORAGE_BUSY = "STORAGE_BUSY"
    DATA_DAMAGED = "DATA_DAMAGED"
    INVALID_CAPTIONS = "INVALID_CAPTIONS"
    SOURCE_NOT_ALLOWED = "SOURCE_NOT_ALLOWED"
    NOT_A_VIDEO = "NOT_A_VIDEO"
    UNKNOWN_SOURCE = "UNKNOWN_SOURCE"
    ROUTE_NOT_AVAILABLE = "ROUTE_NOT_AVAILABLE"
    HISTORY_GONE = "HISTORY_GONE"
    SUBSCRIBER_SLOW = "SUBSCRIBER_SLOW"
    LIMIT_REACHED = "LIMIT_REACHED"
    SHUTTING_DOWN = "SHUTTING_DOWN"
    INVALID_PAGE_TOKEN = "INVALID_PAGE_TOKEN"
    DEADLINE = "DEADLINE"
    NO_PICTURE = "NO_PICTURE"
    INTERNAL = "INTERNAL"


class HallscribeError(Exception):
    """Something was refused or failed.

    Attributes:
        reason: the stable, machine-readable name.
        message: what happened, what was kept, what to do.
        field: the request field at fault, or "".
        retry_after_s: seconds after which trying again makes sense, or None.
    """

    def __init__(self, reason: Reason, message: str, *, field: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.field = field
        self.retry_after_s = retry_after_s


class InvalidRequest(HallscribeError):
    """The caller must change something."""


class NotFound(HallscribeError):
    """What is named does not exist."""


class Exists(HallscribeError):
    """What should be created is there already."""


class Conflict(HallscribeError):
    """The present state forbids it."""


class Superseded(HallscribeError):
    """A newer call of the same producer took this one's place."""


class Exhausted(HallscribeError):
    """A limit is reached."""


class Unavailable(HallscribeError):
    """Trouble on our side; trying again may help."""


class DeadlinePassed(HallscribeError):
    """The time ended before anything was found."""


class HistoryGone(HallscribeError):
    """The token's feed is no more."""


class DataDamaged(HallscribeError):
    """Stored data failed its checks."""


class SummaryFailed(Exception):
    """The language model wrote no summary.

    Attributes:
        state: why, as the segment's summary_state.
        detail: the same for people.
    """

    def __init__(self, state: TextState, detail: str) -> None:
        super().__init__(detail)
        self.state = state
        self.detail = detail


class Interrupted(Exception):
    """The daemon stops: what was under way is left for the next start."""


class Misconfigured(Exception):
    """Configuration or model bundle at fault: the daemon must not start (exit code 78)."""


class TemporarilyBlocked(Exception):
    """Something that passes keeps the daemon from starting, such as a lock (exit code 75)."""
