"""Reading a video file in a child process: a decoder that hangs or is taken over costs this file only."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from hallscribed.adapters.source.rooted import open_rooted
from hallscribed.adapters.worker.message import Header, receive, send
from hallscribed.domain.errors import InvalidRequest, Reason, Unavailable
from hallscribed.domain.frame import EncodedFrame, ImageFormat

_PATIENCE_S = 30.0
_START_S = 60.0
# Where a file cannot be sought, all before the wanted time is decoded: at least this many times faster than it plays.
_SLOWEST_DECODING = 10.0
_WORKER = "hallscribed.adapters.worker.video"


class FileSource:
    """A video beneath a configured root, sampled at one frame a second of media time.

    Args:
        path: absolute, beneath one of the roots.
        roots: folders whose files may be read.
        patience_s: the child is killed when it says nothing for this long; its start may take 60 s.

    Attributes:
        duration_s: by the container; 0 when unknown.
        ended_early_at_s: media time of the last frame when the file ended well before its announced length, or None.

    Raises:
        InvalidRequest: SOURCE_NOT_ALLOWED, or NOT_A_VIDEO.
        Unavailable: WORKER_LOST, when the child dies or hangs.
    """

    def __init__(self, path: str, roots: Sequence[Path], *, patience_s: float = _PATIENCE_S) -> None:
        self.ended_early_at_s: float | None = None
        self._path = path
        self._patience_s = patience_s
        self._closed = threading.Event()
        descriptor = open_rooted(path, roots)
        try:
            self._child, self._pipe = _spawn(descriptor)
        finally:
            os.close(descriptor)
        try:
            self._exchange({"descriptor": descriptor, "path": path}, _START_S)
            answer, _ = self._ask({"do": "open"}, _START_S)
            self.duration_s = self._seconds(answer, "duration_s")
        except BaseException:
            self.close()
            self._pipe.close()
            raise

    @property
    def pid(self) -> int:
        """Of the child."""
        return self._child.pid

    def frames(self, next_position: int, after_s: float | None = None) -> Iterator[EncodedFrame]:
        """Frames at about one a second, JPEG, in order of time; ends when the file does or after ``close``.

        Args:
            next_position: position of the first one.
            after_s: only frames later than this media time; None begins at the beginning.

        Raises:
            Unavailable: WORKER_LOST; frames yielded before are as good as ever.
        """
        patience = self._patience_s + (after_s or 0.0) / _SLOWEST_DECODING
        try:
            if after_s is not None:
                self._ask({"do": "open", "after_s": after_s}, patience)
            position = next_position
            while not self._closed.is_set():
                answer, parts = self._ask({"do": "next"}, patience)
                if answer.get("end"):
                    early = answer.get("ended_early_at_s")
                    self.ended_early_at_s = None if early is None else self._seconds(answer, "ended_early_at_s")
                    return
                yield EncodedFrame(position, self._seconds(answer, "media_time_s"), b"".join(parts), ImageFormat.JPEG)
                position += 1
                patience = self._patience_s
        except Unavailable:
            # Closing kills the child in the middle of an answer.
            if not self._closed.is_set():
                raise
        finally:
            self.close()
            self._pipe.close()

    def close(self) -> None:
        """Kill the child; safe from another thread and more than once."""
        self._closed.set()
        self._child.kill()
        self._child.wait()

    def _ask(self, header: Header, patience: float) -> tuple[dict[str, Any], list[bytes]]:
        answer, parts = self._exchange(header, patience)
        if "refused" in answer:
            raise InvalidRequest(Reason.NOT_A_VIDEO, str(answer["refused"]), field="path")
        return answer, parts

    def _seconds(self, answer: dict[str, Any], name: str) -> float:
        """A number from the child, which is not to be trusted: it read a stranger's file."""
        value = answer.get(name)
        if not isinstance(value, int | float):
            raise self._lost("talked nonsense")
        return float(value)

    def _exchange(self, header: Header, patience: float) -> tuple[dict[str, Any], list[bytes]]:
        try:
            send(self._pipe, header)
            if not self._pipe.poll(patience):
                raise TimeoutError(f"said nothing for {patience:.0f} s")
            answer, parts = receive(self._pipe)
            if "error" in answer:
                raise ValueError(f"failed: {answer['error']}")
        except (OSError, EOFError, ValueError, LookupError) as error:
            reason = str(error) if isinstance(error, TimeoutError | ValueError) else "died"
            raise self._lost(reason) from error
        return answer, parts

    def _lost(self, reason: str) -> Unavailable:
        self._child.kill()
        return Unavailable(
            Reason.WORKER_LOST,
            f"the process that reads {self._path} {reason} and was ended; frames read before are kept. "
            "Check that the file plays, then attach it again",
        )


def _spawn(descriptor: int) -> tuple[subprocess.Popen[bytes], Connection]:
    """Start the child with its end of a pipe and the opened file, and nothing else.

    The kernel ends the child with the *thread* that started it: one of its own, which lives as long as it does.
    """
    ours, theirs = socket.socketpair()
    started: Future[subprocess.Popen[bytes]] = Future()

    def keep() -> None:
        try:
            child = subprocess.Popen(
                [sys.executable, "-m", _WORKER, str(theirs.fileno())],
                pass_fds=[theirs.fileno(), descriptor],
                stdin=subprocess.DEVNULL,
            )
        except OSError as error:
            started.set_exception(error)
            return
        started.set_result(child)
        child.wait()

    with theirs:
        threading.Thread(target=keep, name="video file", daemon=True).start()
        try:
            child = started.result()
        except OSError as error:
            ours.close()
            raise Unavailable(
                Reason.WORKER_LOST, f"no process could be started to read the video ({error.strerror}); try again"
            ) from error
    return child, Connection(ours.detach())
