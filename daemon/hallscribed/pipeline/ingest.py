"""THE frame path: from an encoded frame to its durable outcome.

frame -> time check -> sampler -> perceive (worker: header, decode, gate, encode) -> detector -> held, pending
pending frames -> one durable commit -> index -> feed -> acknowledgements
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Sequence
from contextlib import AbstractContextManager
from copy import copy
from dataclasses import dataclass, replace

from hallscribed.domain.embedding import Vector
from hallscribed.domain.errors import InvalidRequest, Reason
from hallscribed.domain.event import Boundary
from hallscribed.domain.frame import (
    MAX_MEDIA_TIME_S,
    Acknowledgement,
    EncodedFrame,
    FrameRecord,
    Outcome,
    Refusal,
    Seen,
)
from hallscribed.domain.recording import FrameBatch, OpenedSegment
from hallscribed.pipeline.debt import HEARTBEAT_S, NEVER, UNCHANGED_SHARE, Debt
from hallscribed.pipeline.detector import Detector, Glance
from hallscribed.pipeline.ladder import Ladder
from hallscribed.pipeline.meter import Meter
from hallscribed.pipeline.recorder import Recorder
from hallscribed.pipeline.sampler import Sampler
from hallscribed.pipeline.turns import Turns
from hallscribed.pipeline.window import SETTLED
from hallscribed.ports import LectureStore, Perception

# A commit costs a flush of the disk: a few frames that arrive together share one.
EMBEDDING_QUEUE = 100
_COMMIT_AT = 16
_COMMIT_AFTER_S = 0.2
_SKIPS_AFTER_S = 1.0
# A lecture that begins with a film has a picture of it after so long.
_RESTLESS_S = 10.0
# Noise and a cursor change a compressed picture's length by less.
_TURNED_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class _Held:
    """A frame that was looked at, and whether its bytes are a key frame as they are."""

    frame: EncodedFrame
    is_key_frame: bool


class FramePath:
    """One lecture's frames on their way; used by one thread at a time.

    Everything here but the truth in the store can be lost: after a failed commit, as after a restart, it goes on
    from what is durable.
    """

    def __init__(
        self,
        store: LectureStore,
        perception: Perception,
        recorder: Recorder,
        meter: Meter,
        ladder: Ladder,
        turns: Turns,
        space: str,
        frames_per_second: float,
        heartbeat_s: float = HEARTBEAT_S,
    ) -> None:
        self._store = store
        self._perception = perception
        self._recorder = recorder
        self._meter = meter
        self._ladder = ladder
        self._turns = turns
        self._space = space
        self._frames_per_second = frames_per_second
        self._heartbeat_s = heartbeat_s
        self._resume()

    def _resume(self) -> None:
        point = self._store.resume_point()
        self.durable_position = point.durable_position
        self.received_position = point.durable_position
        self.last_media_time, self.last_capture_time = point.last_media_time, point.last_capture_time
        self._sampler = Sampler(self._frames_per_second, point.last_media_time)
        self._detector = Detector(point.history, opened=point.segments)
        self._segments = point.segments
        self._picture_pending = point.picture_pending
        self._vector: Vector | None = point.last_vector
        self._debt, self._put_off = Debt(), False
        self._held: deque[_Held] = deque()
        self._last_of_first: _Held | None = None
        self._pending: list[FrameRecord] = []
        self._opened: list[OpenedSegment] = []
        self._begun: list[float] = []
        self._grown: dict[int, bytes] = {}
        self._waiting_since = 0.0

    def take(self, frame: EncodedFrame, *, live: bool = False) -> None:
        """Look at the next frame; its outcome is pending until ``commit``. InvalidRequest when it skips ahead.

        Args:
            live: it comes as things happen, and does not wait long for the encoder.
        """
        if frame.position != self.received_position + 1:
            raise InvalidRequest(
                Reason.POSITION_GAP,
                f"frame {frame.position} came where {self.received_position + 1} was expected; everything up to "
                f"{self.durable_position} is kept: open the stream again and go on from next_position",
                field="position",
            )
        self.received_position = frame.position
        try:
            self._look(frame, live)
        except Exception:
            self._resume()  # else the next commit would cover a frame that has no outcome
            raise

    def undisturbed(self) -> AbstractContextManager[object]:
        """Nothing that can wait goes on meanwhile: for a frame that comes live, from here to its commit."""
        return self._perception.undisturbed()

    def _look(self, frame: EncodedFrame, live: bool) -> None:
        begun = time.perf_counter()
        refusal = self._check_time(frame)
        if refusal is not None:
            self._end(frame, refusal.outcome, refusal.reason, refusal.detail)
            return
        before = self.last_media_time, self.last_capture_time, copy(self._sampler)
        self.last_media_time, self.last_capture_time = frame.media_time, frame.capture_time
        if not self._sampler.accepts(frame.media_time):
            self._skip(frame)
            return
        with self._meter.stage("perceive"):
            seen = self._perceive(frame, live)
        if isinstance(seen, Refusal):
            # Its second is still to be had, by a frame that can be seen.
            self.last_media_time, self.last_capture_time, self._sampler = before
            self._end(frame, seen.outcome, seen.reason, seen.detail)
        else:
            self._see(frame, seen, begun)

    def _perceive(self, frame: EncodedFrame, live: bool) -> Seen | Refusal:
        worth, self._put_off = self._worth(frame), False
        if worth == NEVER:
            return self._perception.perceive(frame, self._debt.reference, NEVER)
        with self._turns.turn(live=live) as mine:
            self._put_off = not mine
            if not mine:
                worth = NEVER
            likely = worth <= UNCHANGED_SHARE or (mine and self._turned(frame))
            return self._perception.perceive(frame, self._debt.reference, worth, likely=likely)

    def _turned(self, frame: EncodedFrame) -> bool:
        """Whether a frame shows another page than the one before, to judge by how long they are when compressed."""
        if not self._held:
            return True
        before = len(self._held[-1].frame.data)
        return abs(len(frame.data) - before) > _TURNED_SHARE * before

    def _check_time(self, frame: EncodedFrame) -> Refusal | None:
        time_s = frame.media_time
        if not math.isfinite(time_s) or not 0 <= time_s <= MAX_MEDIA_TIME_S:
            detail = f"media time {time_s} s is not between 0 and {MAX_MEDIA_TIME_S:.0f} s"
            return Refusal(Outcome.REJECTED, Reason.TIME_INVALID, detail)
        if self.last_media_time is not None and time_s < self.last_media_time:
            detail = f"media time {time_s:.3f} s lies before {self.last_media_time:.3f} s, which was seen already"
            return Refusal(Outcome.REJECTED, Reason.TIME_BACKWARDS, detail)
        return None

    def _worth(self, frame: EncodedFrame) -> float:
        rung = self._ladder.rung
        heartbeat_s = self._heartbeat_s * rung.heartbeat_times
        return self._debt.worth(frame.media_time, gap_s=rung.encode_gap_s, heartbeat_s=heartbeat_s)

    def _see(self, frame: EncodedFrame, seen: Seen, begun: float) -> None:
        for stage, took in seen.took_ms.items():
            self._meter.took(stage, took)
        # Beside the encoder, which costs what the model costs, this is the way from a frame to its acknowledgement.
        self._begun.append(begun + seen.took_ms.get("encode", 0.0) / 1000)
        over = self._debt.frames + 1
        self._debt.learn(seen, frame.media_time)
        if seen.vector is not None:
            self._vector = seen.vector
        with self._meter.stage("detect"):
            glance = Glance(frame.position, frame.media_time, seen.grid, self._vector, over)
            observation = self._detector.observe(glance)
        self._hold(_Held(frame, seen.is_key_frame))
        if self._segments == 0:
            self._segments, self._picture_pending = 1, True
            self._opened.append(OpenedSegment(1, frame.position, frame.media_time, None, None, None))
        outcome = Outcome.REUSED if seen.vector is None else Outcome.KEPT
        self._end(frame, outcome, novelty=observation.novelty, vector=seen.vector)
        self._open(observation.boundaries)

    def _hold(self, held: _Held) -> None:
        """Keep the pictures that a boundary may yet point at."""
        self._held.append(held)
        oldest = held.frame.media_time - self._detector.lookback_s
        while len(self._held) > SETTLED and self._held[0].frame.media_time < oldest:
            self._held.popleft()

    def _open(self, boundaries: Sequence[Boundary]) -> None:
        for number, boundary in enumerate(boundaries, self._segments + 1):
            self._renew(number - 1, boundary.closing_position)
            if number == 2:  # its frames may be gone by the commit
                shown = [held for held in self._held if held.frame.position < boundary.position]
                self._last_of_first = shown[-1] if shown else None
            grid = self._detector.settled_grid() if boundary is boundaries[-1] else None
            picture = self._picture_of(boundary.key_position)
            self._opened.append(OpenedSegment(number, boundary.position, boundary.media_time, boundary, grid, picture))
            self._segments = number

    def _renew(self, number: int, position: int) -> None:
        """Give a segment that has come to show more, by writing say, a key frame with all of it."""
        picture = self._picture_of(position) if position else None
        if picture is None or (number == 1 and self._picture_pending):
            return
        for place, opened in enumerate(self._opened):
            if opened.number == number:
                self._opened[place] = replace(opened, picture=picture)
                return
        self._grown[number] = picture

    def _picture_of(self, position: int) -> bytes | None:
        return self._key_frame(next((held for held in self._held if held.frame.position == position), None))

    def _key_frame(self, held: _Held | None) -> bytes | None:
        if held is None:
            return None
        return held.frame.data if held.is_key_frame else self._perception.picture(held.frame)

    def _skip(self, frame: EncodedFrame) -> None:
        last = self._pending[-1] if self._pending else None
        if last is None or last.acknowledgement.outcome is not Outcome.SKIPPED:
            self._end(frame, Outcome.SKIPPED, Reason.SAMPLED_OUT, "this second already has its frame")
            return
        run = last.acknowledgement
        longer = Acknowledgement(run.position, run.count + 1, run.outcome, run.reason, run.detail)
        self._pending[-1] = FrameRecord(longer, frame.media_time, frame.capture_time)
        self._meter.count(Outcome.SKIPPED)

    def _end(
        self,
        frame: EncodedFrame,
        outcome: Outcome,
        reason: Reason | None = None,
        detail: str = "",
        *,
        novelty: float | None = None,
        vector: Vector | None = None,
    ) -> None:
        if not self._pending:
            self._waiting_since = time.monotonic()
        refused = outcome in (Outcome.REJECTED, Outcome.FAILED)
        told = Acknowledgement(frame.position, 1, outcome, reason, detail)
        media_time = None if refused else frame.media_time
        self._pending.append(FrameRecord(told, media_time, frame.capture_time, novelty, vector))
        self._meter.count(outcome)
        if outcome is Outcome.FAILED:
            self._meter.count("error")

    @property
    def owed_s(self) -> float:
        """Seconds of a whole picture for which no vector was made, as others had the encoder."""
        return self._debt.owed_s if self._put_off else 0.0

    @property
    def pending(self) -> int:
        """Runs of frames whose outcome is not durable yet."""
        return len(self._pending)

    def due(self, idle: bool) -> bool:
        """Whether to commit now; ``idle`` says that no further frame waits."""
        if not self._pending:
            return False
        waited = time.monotonic() - self._waiting_since
        if all(frame.acknowledgement.outcome is Outcome.SKIPPED for frame in self._pending):
            return waited >= _SKIPS_AFTER_S
        return idle or len(self._pending) >= _COMMIT_AT or waited >= _COMMIT_AFTER_S

    def commit(self) -> list[Acknowledgement]:
        """Make all pending outcomes durable and return them; on failure none of them is, and we resume."""
        if not self._pending and not self._opened and not self._grown:
            return []
        try:
            for number, picture in self._grown.items():  # first, so that the next slide is held against all of it
                self._recorder.set_picture(self._store, number, picture, None)
            if self._pending or self._opened:
                self._recorder.commit(self._store, FrameBatch(self._pending, self._opened, self._space))
            self._settle()
        except Exception:
            self._resume()
            raise
        told = [frame.acknowledgement for frame in self._pending]
        now = time.perf_counter()
        for begun in self._begun:
            self._meter.took("acknowledge", 1000 * (now - begun))
        self._pending, self._opened, self._begun, self._grown = [], [], [], {}
        self.durable_position = self.received_position
        return told

    def _settle(self) -> None:
        """Give the lecture's first segment its key frame, when it stands still, is over, or has moved for long."""
        if not self._picture_pending or not self._held:
            return
        opening = next((s for s in self._opened if s.number == 2), None)
        lasts = self._held[-1].frame.media_time - self._held[0].frame.media_time
        if opening is None and not self._detector.has_settled() and lasts < _RESTLESS_S:
            return
        picture = self._key_frame(self._held[-1] if opening is None else self._last_of_first or self._held[0])
        grid = self._detector.settled_grid() if opening is None else None
        self._recorder.set_picture(self._store, 1, picture, grid)
        self._picture_pending = False

    def finish(self) -> list[Acknowledgement]:
        """The lecture ends: decide what the detector's window still holds, and commit."""
        closing = self._detector.closing_position()
        last = self._detector.finish()
        if not last:
            self._renew(self._segments, closing)
        self._open(last)
        told = self.commit()
        if self._picture_pending:
            picture = self._key_frame(self._held[-1] if self._held else None)
            self._recorder.set_picture(self._store, 1, picture, self._detector.settled_grid())
            self._picture_pending = False
        return told
