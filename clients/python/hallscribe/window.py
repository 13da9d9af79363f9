"""The frames on their way: taken from the source, not yet durable.

    source -> put() -> [ oldest ... newest ] -> at(position) -> stream
                          ^ settle(durable_position) forgets

They stay here until the daemon says that they are durable, so that a lost connection costs nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque

from hallscribe.v1.ingest_pb2 import Frame


class Window:
    """A bounded run of numbered frames; one task puts, one reads, one settles, all in one event loop."""

    def __init__(self, next_position: int, max_frames: int, max_bytes: int) -> None:
        self.oldest = next_position
        self.ended = False
        self._frames: deque[Frame] = deque()
        self._bytes = 0
        self._max_frames = max_frames
        self._max_bytes = max_bytes
        self._changed = asyncio.Condition()

    @property
    def next_position(self) -> int:
        """The position of the next frame put."""
        return self.oldest + len(self._frames)

    @property
    def complete(self) -> bool:
        """True when the source has ended and every frame is durable."""
        return self.ended and not self._frames

    def __len__(self) -> int:
        return len(self._frames)

    async def put(self, frame: Frame) -> None:
        """Take in a frame and give it the next position; waits while the window is full."""
        async with self._changed:
            await self._changed.wait_for(self._has_room)
            frame.position = self.next_position
            self._frames.append(frame)
            self._bytes += len(frame.image)
            self._changed.notify_all()

    def _has_room(self) -> bool:
        return not self._frames or (len(self._frames) < self._max_frames and self._bytes < self._max_bytes)

    async def end(self) -> None:
        """No frame comes after those that are here."""
        async with self._changed:
            self.ended = True
            self._changed.notify_all()

    async def at(self, position: int) -> Frame | None:
        """The first frame at or after a position, as soon as there is one; None when the source ended before it."""
        async with self._changed:
            await self._changed.wait_for(lambda: position < self.next_position or self.ended)
            index = max(0, position - self.oldest)
            return self._frames[index] if index < len(self._frames) else None

    async def settle(self, durable_position: int) -> None:
        """Forget the frames that are durable."""
        async with self._changed:
            while self._frames and self.oldest <= durable_position:
                self._bytes -= len(self._frames.popleft().image)
                self.oldest += 1
            self._changed.notify_all()
