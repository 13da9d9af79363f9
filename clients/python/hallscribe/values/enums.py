"""Kinds and states, as words."""

from __future__ import annotations

from enum import StrEnum


class LectureState(StrEnum):
    """Where a lecture is in its life."""

    UNSPECIFIED = "unspecified"
    OPEN = "open"
    FINISHED = "finished"
    DAMAGED = "damaged"


class EventKind(StrEnum):
    """What happened at a boundary."""

    UNSPECIFIED = "unspecified"
    SLIDE_CHANGE = "slide_change"
    BUILD = "build"
    SCENE_CHANGE = "scene_change"
    REVISIT = "revisit"
    BLANK = "blank"


class TextState(StrEnum):
    """Where a text stands; AWAITING_MODEL and the MODEL states are of summaries, whose extractive text is there."""

    UNSPECIFIED = "unspecified"
    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    AWAITING_MODEL = "awaiting_model"
    MODEL_TIMED_OUT = "model_timed_out"
    MODEL_CRASHED = "model_crashed"
    MODEL_OUT_OF_MEMORY = "model_out_of_memory"
    MODEL_FAILED = "model_failed"
    MODEL_EMPTY = "model_empty"


class SummaryKind(StrEnum):
    """How a summary was made; UNSPECIFIED when there is none."""

    UNSPECIFIED = "unspecified"
    EXTRACTIVE = "extractive"
    GENERATED = "generated"


class SummariserState(StrEnum):
    """What the process does that writes summaries with a language model."""

    UNSPECIFIED = "unspecified"
    ABSENT = "absent"
    UNLOADED = "unloaded"
    LOADING = "loading"
    WORKING = "working"
    READY = "ready"
    BACKING_OFF = "backing_off"


class Route(StrEnum):
    """A way to a moment."""

    UNSPECIFIED = "unspecified"
    WRITTEN = "written"
    SAID = "said"
    SEEN = "seen"


class ImageFormat(StrEnum):
    """How a frame's bytes are to be read; UNSPECIFIED tells by the first bytes."""

    UNSPECIFIED = "unspecified"
    JPEG = "jpeg"
    PNG = "png"
    RAW_RGB = "raw_rgb"


class FrameOutcome(StrEnum):
    """What became of a frame."""

    UNSPECIFIED = "unspecified"
    KEPT = "kept"
    REUSED = "reused"
    SKIPPED = "skipped"
    REJECTED = "rejected"
    FAILED = "failed"
    DROPPED = "dropped"


class SourceState(StrEnum):
    """Where a source is in its life."""

    UNSPECIFIED = "unspecified"
    RUNNING = "running"
    ENDED = "ended"
    FAILED = "failed"
    DETACHED = "detached"


class LectureChange(StrEnum):
    """What happened to a lecture."""

    UNSPECIFIED = "unspecified"
    CREATED = "created"
    FINISHED = "finished"
    DELETED = "deleted"
    CAPTIONS = "captions"
