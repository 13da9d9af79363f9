"""A child process that answers one request at a time, and is replaced when it dies or hangs.

Its thread spawns it, hands it requests in the order in which they came, and kills it when an answer is late: a hung
native call cannot be ended in any other way. The child asks the kernel to die with its parent; that is bound to the
*thread* that spawned it, which is why one long-lived thread does so.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from multiprocessing.connection import Connection
from statistics import median

from hallscribed.adapters.worker.hold import Hold
from hallscribed.adapters.worker.message import Header, receive, send
from hallscribed.adapters.worker.patience import answered

START_S = 60.0
MIN_PATIENCE_S = 5.0
_PATIENCE = 10.0
# Of a message so much lies between the two at least, whether or not anybody reads it.
_FITS = 128 << 10
_SECOND_TRY_S = (0.0, 0.5, 2.0, 5.0)

log = logging.getLogger(__name__)


class WorkerLost(Exception):
    """The worker died or hung on this request and was replaced."""


class WorkerRefused(Exception):
    """The worker answered with an error; the message says which."""


def launch(module: str) -> tuple[subprocess.Popen[bytes], Connection]:
    """Start a worker that waits for its settings; it dies with the thread that calls this. OSError."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        arguments = [sys.executable, "-m", module, str(theirs.fileno())]
        # What libraries print has no reader; what we have to tell goes to the log, which is standard error.
        silent = subprocess.DEVNULL
        child = subprocess.Popen(arguments, pass_fds=[theirs.fileno()], stdin=silent, stdout=silent)
        return child, Connection(ours.detach())


def _nobody(_: str) -> None:
    """Is told."""


@dataclass(frozen=True, slots=True)
class _Request:
    header: Header
    parts: Sequence[bytes]
    answer: Future[tuple[Header, list[bytes]]]


class Worker:
    """One child process.

    Args:
        name: "perception" or "reading"; names the module beneath hallscribed.adapters.worker that it runs.
        settings: what it needs to know, JSON.
        patience_s: the least time an answer may take; more when answers usually take long, and while others have the
            processor.
        lost: called with the reason whenever it is replaced; may be given later.
    """

    def __init__(
        self, name: str, settings: Header, *, patience_s: float = MIN_PATIENCE_S, lost: Callable[[str], None] = _nobody
    ) -> None:
        self.name = name
        self.restarts = 0
        self._settings = settings
        self._patience_s = patience_s
        self.lost = lost
        self._took: deque[float] = deque(maxlen=101)
        self._requests: queue.Queue[_Request | None] = queue.Queue()
        self._child: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None
        self._hold = Hold()
        self._ready: Future[None] = Future()
        self._retired = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"{name} worker", daemon=True)
        self._thread.start()

    def wait_ready(self) -> None:
        """Wait until it answers for the first time. WorkerLost or WorkerRefused when it cannot start, or not in time.

        Its time does not run while others have the processor, as they may when a whole box starts.
        """
        self._ready.result()

    @property
    def pid(self) -> int:
        """Its process id; 0 while none runs."""
        child = self._child
        return child.pid if child is not None and child.poll() is None else 0

    def call(self, header: Header, parts: Sequence[bytes] = ()) -> tuple[Header, list[bytes]]:
        """Ask and wait for the answer. WorkerLost or WorkerRefused."""
        request = _Request(header, parts, Future())
        self._requests.put(request)
        if not self._thread.is_alive():
            self._lose_waiting()
        return request.answer.result()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Let the child do nothing meanwhile; several may ask for that at once. Its patience does not run."""
        self._hold.begin(self._child)
        try:
            yield
        finally:
            self._hold.end()

    def retire(self) -> None:
        """Replace it no more: what it still answers is welcome, but nothing waits for another one to start."""
        self._retired.set()

    def stop(self) -> None:
        """End the child; requests still waiting are lost."""
        self.retire()
        self._requests.put(None)
        child = self._child
        if child is not None:
            child.kill()
        self._thread.join(2.0)
        self._kill()

    def _run(self) -> None:
        try:
            self._spawn()
            self._ready.set_result(None)
        except (WorkerLost, WorkerRefused) as error:
            self._ready.set_exception(error)
        except Exception as error:  # whatever it was, somebody waits
            log.exception("the %s worker could not be started", self.name)
            self._ready.set_exception(WorkerLost(f"the {self.name} worker could not be started: {error}"))
        while True:
            request = self._requests.get()
            if request is None:
                self._kill()
                break
            try:
                request.answer.set_result(self._ask(request))
            except (WorkerLost, WorkerRefused) as error:
                request.answer.set_exception(error)
            except Exception as error:  # whatever it was, the next request needs a thread that lives
                log.exception("the %s worker's request failed", self.name)
                self._kill()
                request.answer.set_exception(WorkerLost(f"the {self.name} worker was lost: {error}"))
        self._lose_waiting()

    def _lose_waiting(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                request = self._requests.get_nowait()
                if request is not None:
                    request.answer.set_exception(WorkerLost(f"the {self.name} worker was stopped"))

    def _ask(self, request: _Request) -> tuple[Header, list[bytes]]:
        if self.pid == 0:
            self._replace("it was found dead")
        begun = time.monotonic()
        answer = self._exchange(request.header, request.parts, self._patience())
        self._took.append(time.monotonic() - begun)
        return answer

    def _patience(self) -> float:
        usual = median(self._took) if self._took else 0.0
        return max(self._patience_s, _PATIENCE * usual)

    def _exchange(self, header: Header, parts: Sequence[bytes], timeout: float) -> tuple[Header, list[bytes]]:
        pipe = self._pipe
        if pipe is None:
            raise WorkerLost(f"the {self.name} worker does not run")
        try:
            with self._killed_after(timeout, sum(map(len, parts))):
                send(pipe, header, parts)
            if not answered(pipe.poll, self.pid, timeout, self._hold.held_s):
                raise TimeoutError(f"gave no answer for {timeout:.0f} s")
            answer, blobs = receive(pipe)
        except (OSError, EOFError, ValueError, LookupError, TypeError) as error:
            reason = str(error) if isinstance(error, TimeoutError) else "died"
            self._replace(reason)
            raise WorkerLost(f"the {self.name} worker {reason} and was replaced") from error
        if "error" in answer:
            raise WorkerRefused(str(answer["error"]))
        return answer, blobs

    @contextlib.contextmanager
    def _killed_after(self, timeout: float, size: int) -> Iterator[None]:
        """End the child if it does not take a message in that time: nothing else ends a write that it does not read.

        What fits between the two needs no watching; time in which the child is held does not count.
        """
        child = self._child
        if child is None or size <= _FITS:
            yield
            return
        taken, late = threading.Event(), threading.Event()

        def watch() -> None:
            if not answered(taken.wait, child.pid, timeout, self._hold.held_s):
                late.set()
                child.kill()

        threading.Thread(target=watch, name=f"{self.name} send", daemon=True).start()
        try:
            yield
        except OSError as error:
            if late.is_set():
                raise TimeoutError(f"took no message for {timeout:.0f} s") from error
            raise
        finally:
            taken.set()

    def _replace(self, reason: str) -> None:
        self._kill()
        if self._retired.is_set():
            return
        self.restarts += 1
        log.warning("%s worker: %s; starting another", self.name, reason)
        self._tell(f"the {self.name} worker {reason} and was replaced")
        for wait in _SECOND_TRY_S:
            time.sleep(wait)
            try:
                self._spawn()
                return
            except (WorkerLost, WorkerRefused) as error:
                log.warning("%s worker did not start: %s", self.name, error)

    def _tell(self, what: str) -> None:
        try:
            self.lost(what)
        except Exception:
            log.exception("nobody could be told that %s", what)

    def _spawn(self) -> None:
        try:
            self._child, self._pipe = launch(f"hallscribed.adapters.worker.{self.name}")
        except OSError as error:
            raise WorkerLost(f"no {self.name} worker could be started: {error}") from error
        try:
            send(self._pipe, self._settings)
            if not answered(self._pipe.poll, self._child.pid, START_S, self._hold.held_s):
                raise TimeoutError(f"did not start within {START_S:.0f} s")
            answer, _ = receive(self._pipe)
        except (OSError, EOFError, ValueError, LookupError, TypeError) as error:
            # One that is ready later would answer each request with what it said to the one before.
            self._kill()
            reason = str(error) if isinstance(error, TimeoutError) else "died while it started"
            raise WorkerLost(f"the {self.name} worker {reason}") from error
        if "error" in answer:
            self._kill()
            raise WorkerRefused(str(answer["error"]))

    def _kill(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
        pipe, self._pipe = self._pipe, None
        if pipe is not None:
            pipe.close()
