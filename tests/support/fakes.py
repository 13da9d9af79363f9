"""Stand-ins for what needs a model or a process: small, honest, and the same for every test."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import cv2
import numpy as np
from numpy.typing import NDArray

from hallscribed.domain.embedding import EmbeddingSpace, Matrix, Vector, normalise
from hallscribed.domain.errors import Reason
from hallscribed.domain.event import TextLine
from hallscribed.domain.frame import EncodedFrame, Grid, Outcome, Refusal, Seen
from hallscribed.pipeline.gate import changed_share, grid_of

WIDTH = 24


def slide(number: int, *, width: int = 640, height: int = 360) -> NDArray[np.uint8]:
    """A slide that differs from every other one: a title bar and lines in places of its own, RGB."""
    picture = np.full((height, width, 3), 245, np.uint8)
    seeded = np.random.default_rng(number)
    cv2.rectangle(picture, (0, 0), (width, height // 6), tuple(int(c) for c in seeded.integers(20, 160, 3)), -1)
    cv2.putText(picture, f"Theorem {number}", (20, height // 9), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (255, 255, 255), 2)
    for line in range(6):
        y = height // 4 + line * height // 9
        left, right = sorted(int(x) for x in seeded.integers(20, width - 20, 2))
        cv2.rectangle(picture, (left, y), (right, y + height // 18), (40, 40, 40), -1)
    return picture


def jpeg(picture: NDArray[np.uint8]) -> bytes:
    """RGB to JPEG."""
    done, data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    assert done
    return data.tobytes()


class FakePerception:
    """Decodes and gates for real; the "encoder" averages blocks of the picture. b"bad" is no image."""

    def __init__(self) -> None:
        self.encoded = 0
        self.asked_for_quiet = 0
        self.likely: list[bool] = []
        self.are_key_frames = False
        self.pictures = 0

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """See ports.Perception."""
        self.asked_for_quiet += 1
        try:
            yield
        finally:
            self.asked_for_quiet -= 1

    def perceive(
        self, frame: EncodedFrame, reference: Grid | None, worth: float, *, likely: bool = False
    ) -> Seen | Refusal:
        """See ports.Perception."""
        self.likely.append(likely)
        if frame.data == b"bad":
            return Refusal(Outcome.REJECTED, Reason.NOT_AN_IMAGE, "no image")
        picture = cv2.imdecode(np.frombuffer(frame.data, np.uint8), cv2.IMREAD_GRAYSCALE)
        grid = grid_of(picture)
        changed = 1.0 if reference is None else changed_share(grid, reference)
        if changed < worth:
            return Seen(grid, changed, None, {"decode": 1.0, "gate": 2.0}, self.are_key_frames)
        self.encoded += 1
        vector = cv2.resize(picture, (6, 4)).astype(np.float32).ravel()
        return Seen(grid, changed, vector, {"decode": 1.0, "gate": 2.0, "encode": 3.0}, self.are_key_frames)

    def picture(self, frame: EncodedFrame) -> bytes | None:
        """See ports.Perception."""
        self.pictures += 1
        return frame.data

    def embed(self, picture: bytes) -> Vector | Refusal:
        """See ports.Perception."""
        seen = self.perceive(EncodedFrame(0, 0.0, picture), None, 0.0)
        return seen if isinstance(seen, Refusal) else np.asarray(seen.vector)


class FakeProjection:
    """Pads to the joint space."""

    space = EmbeddingSpace("fake/joint", 768, trained=False, aligned=False)

    def project(self, vectors: Matrix) -> Matrix:
        """See ports.Projection."""
        joint = np.zeros((len(vectors), 768), np.float32)
        joint[:, : vectors.shape[1]] = vectors
        return normalise(joint)


class FakeTextEncoder:
    """Hashes words into a vector: texts that share words are near."""

    space = EmbeddingSpace("fake/text", 384, trained=True, aligned=False)

    def encode(self, texts: Sequence[str]) -> Matrix:
        """See ports.TextEncoder."""
        vectors = np.zeros((len(texts), 384), np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                vectors[row, sum(word.encode()) % 384] += 1
        return normalise(vectors)

    def is_cut(self, text: str) -> bool:
        """See ports.TextEncoder."""
        return len(text.split()) > 256

    def prepare(self) -> None:
        """See ports.TextEncoder."""


class FakeReader:
    """Reads the same lines from every picture."""

    def __init__(self, *lines: str) -> None:
        self.lines = lines

    def read(self, picture: bytes) -> Sequence[TextLine]:
        """See ports.Reader."""
        return [
            TextLine(line, 0.99, 0.1, 0.1 + 0.1 * row, 0.9, 0.17 + 0.1 * row) for row, line in enumerate(self.lines)
        ]
