"""The gateway's side of the workers, behind ports.Perception and ports.Reader."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager

import numpy as np

from hallscribed.adapters.worker.message import Header
from hallscribed.adapters.worker.process import Worker, WorkerLost, WorkerRefused
from hallscribed.domain.embedding import Vector
from hallscribed.domain.errors import Reason
from hallscribed.domain.event import TextLine
from hallscribed.domain.frame import EncodedFrame, Grid, ImageFormat, Outcome, Refusal, Seen


class RemotePerception:
    """Looks at frames in the perception worker.

    Args:
        aside: does nothing while a frame is looked at, nor while all is to be undisturbed.
    """

    def __init__(self, worker: Worker, aside: Worker) -> None:
        self._worker = worker
        self._aside = aside

    def perceive(
        self, frame: EncodedFrame, reference: Grid | None, worth: float, *, likely: bool = False
    ) -> Seen | Refusal:
        """See ports.Perception."""
        parts = [frame.data] if reference is None else [frame.data, reference.to_bytes()]
        with self.undisturbed():
            answer = self._ask("perceive", frame, parts, worth=worth, likely=likely)
        if isinstance(answer, Refusal):
            return answer
        header, blobs = answer
        grid = Grid.from_bytes(blobs[0], header["entropy"])
        vector = np.frombuffer(blobs[1], np.float32) if len(blobs) > 1 else None
        return Seen(grid, header["changed"], vector, header["took_ms"], header["is_key_frame"])

    def undisturbed(self) -> AbstractContextManager[object]:
        """See ports.Perception."""
        return self._aside.held()

    def picture(self, frame: EncodedFrame) -> bytes | None:
        """See ports.Perception."""
        answer = self._ask("picture", frame, [frame.data])
        return None if isinstance(answer, Refusal) else answer[1][0]

    def embed(self, picture: bytes) -> Vector | Refusal:
        """See ports.Perception."""
        answer = self._ask("embed", EncodedFrame(0, 0.0, picture, ImageFormat.AUTO), [picture])
        return answer if isinstance(answer, Refusal) else np.frombuffer(answer[1][0], np.float32)

    def _ask(
        self, what: str, frame: EncodedFrame, parts: Sequence[bytes], **more: float
    ) -> tuple[Header, Sequence[bytes]] | Refusal:
        header: Header = {"do": what, "format": frame.format.value, "width": frame.width, "height": frame.height}
        try:
            answer, blobs = self._worker.call(header | more, parts)
        except WorkerLost as error:
            return Refusal(Outcome.FAILED, Reason.WORKER_LOST, str(error))
        except WorkerRefused as error:
            return Refusal(Outcome.FAILED, Reason.ENCODER_FAILED, str(error))
        if "outcome" in answer:
            return Refusal(Outcome(answer["outcome"]), Reason(answer["reason"]), str(answer["detail"]))
        return answer, blobs


class RemoteReader:
    """Reads pictures in the reading worker."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def read(self, picture: bytes) -> Sequence[TextLine]:
        """See ports.Reader."""
        try:
            answer, _ = self._worker.call({"do": "read"}, [picture])
        except (WorkerLost, WorkerRefused) as error:
            raise RuntimeError(str(error)) from error
        return [TextLine(**line) for line in answer["lines"]]
