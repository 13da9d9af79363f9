"""The gateway's side of the summariser, behind ports.Summariser: started when it is asked, ended when told.

Unlike a worker that must always be there, this one is not replaced when it is lost: whoever asks decides when to ask
again. The thread that asks is the one that starts the process, and the process dies with it.
"""

from __future__ import annotations

import logging
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection

from hallscribed.adapters.worker.confinement import DATA_SLACK_BYTES
from hallscribed.adapters.worker.memory import private_bytes
from hallscribed.adapters.worker.message import Header, receive, send
from hallscribed.adapters.worker.process import launch
from hallscribed.domain.errors import Interrupted, SummaryFailed
from hallscribed.domain.event import TextState
from hallscribed.domain.recording import SummariserReport

# Its bundle is hashed and read from a disk that it gets only when nobody else wants it.
LOAD_S = 600.0
MODULE = "hallscribed.adapters.worker.summarising"
_LOOK_S = 0.1
# A model reads no more of a segment than this in any case, and it fits into the pipe even if nobody reads there.
_TITLE, _PAGE, _SPEECH = 300, 12_000, 24_000
_NEAR = 0.9

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SummariserSettings:
    """What the process is told; ``bundle`` is a folder."""

    bundle: str
    threads: int
    new_tokens: int
    memory_limit_bytes: int


class RemoteSummariser:
    """Summaries from a process of its own.

    Args:
        model: its id and revision, for people.
        patience_s: how long one summary may take.
        load_s: how long loading may take.
        module: what the process runs.
    """

    def __init__(
        self,
        settings: SummariserSettings,
        model: str,
        patience_s: float,
        *,
        load_s: float = LOAD_S,
        module: str = MODULE,
    ) -> None:
        self._settings = settings
        self._model = model
        self._patience_s = patience_s
        self._load_s = load_s
        self._module = module
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None
        self._doing = ""
        self._stopped = False

    def summarise(self, title: str, page_text: str, speech: str) -> str:
        """See ports.Summariser."""
        if self._child is None or self._child.poll() is not None:
            self._load()
        parts = [text.encode() for text in (title[:_TITLE], page_text[:_PAGE], _both_ends(speech, _SPEECH))]
        return self._ask({"do": "summarise"}, parts, self._patience_s, "summary")[0].decode()

    def _load(self) -> None:
        self.unload()
        try:
            with self._lock:
                if self._stopped:
                    raise Interrupted
                self._child, self._pipe = launch(self._module)
        except OSError as error:
            raise SummaryFailed(TextState.MODEL_FAILED, f"the summariser cannot be started: {error}") from error
        self._ask(asdict(self._settings), (), self._load_s, "loading")

    def _ask(self, header: Header, parts: Sequence[bytes], patience_s: float, what: str) -> list[bytes]:
        child, pipe = self._child, self._pipe
        if child is None or pipe is None:
            raise Interrupted
        self._doing = what
        memory = _Watch(child.pid, self._settings.memory_limit_bytes)
        try:
            send(pipe, header, parts)
            _await(pipe, memory, patience_s, what)
            answer, blobs = receive(pipe)
        except SummaryFailed:
            self.unload()
            raise
        except (OSError, EOFError, ValueError, LookupError, TypeError) as error:
            raise self._lost(child, memory, what) from error
        finally:
            self._doing = ""
        if "error" in answer:
            self.unload()
            raise _refused(str(answer["error"]), memory, what)
        return blobs

    def _lost(self, child: subprocess.Popen[bytes], memory: _Watch, what: str) -> Exception:
        """The process is gone, or talks nonsense."""
        try:
            code: int | None = child.wait(1.0)
        except subprocess.TimeoutExpired:
            code = None
        self.unload()
        if self._stopped:
            return Interrupted()
        if memory.near:
            return SummaryFailed(
                TextState.MODEL_OUT_OF_MEMORY, f"the summariser died in {what}, short of memory: {memory}"
            )
        if code is None:
            return SummaryFailed(TextState.MODEL_CRASHED, f"the summariser's answer made no sense in {what}")
        how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
        return SummaryFailed(TextState.MODEL_CRASHED, f"the summariser {how} in {what}")

    def unload(self) -> None:
        """See ports.Summariser."""
        with self._lock:
            child, self._child = self._child, None
            pipe, self._pipe = self._pipe, None
        if child is not None:
            child.kill()
            child.wait()
        if pipe is not None:
            pipe.close()

    def stop(self) -> None:
        """See ports.Summariser."""
        with self._lock:
            self._stopped = True
            if self._child is not None:
                self._child.kill()

    def report(self) -> SummariserReport:
        """See ports.Summariser."""
        child = self._child
        pid = child.pid if child is not None and child.poll() is None else 0
        return SummariserReport(
            model=self._model,
            pid=pid,
            memory_bytes=private_bytes(pid)[0] if pid else 0,
            memory_limit_bytes=self._settings.memory_limit_bytes,
            loading=self._doing == "loading",
            working=self._doing == "summary",
        )


class _Watch:
    """A process's memory against its limit; ``near`` once it came near to it."""

    def __init__(self, pid: int, limit_bytes: int) -> None:
        self._pid = pid
        self._limit = limit_bytes
        self._most = 0
        self.near = False

    def look(self) -> bool:
        """True while it keeps to the limit."""
        private, data = private_bytes(self._pid)
        self._most = max(self._most, private)
        # What it has asked for counts as well: the hard limit refuses more before it is used.
        asked = data >= _NEAR * (self._limit + DATA_SLACK_BYTES)
        self.near = self.near or asked or private >= _NEAR * self._limit
        return private <= self._limit

    def __str__(self) -> str:
        return f"{self._most >> 20} MiB of {self._limit >> 20} MiB; see memory_limit_bytes in [summariser]"


def _await(pipe: Connection, memory: _Watch, patience_s: float, what: str) -> None:
    """Until there is an answer, or an end. SummaryFailed when it takes too long or too much memory."""
    until = time.monotonic() + patience_s
    answered = False
    while not answered:
        answered = pipe.poll(_LOOK_S)
        # Also when the answer is there: what is quick may have grown between two looks.
        if not memory.look():
            raise SummaryFailed(
                TextState.MODEL_OUT_OF_MEMORY, f"the summariser took too much memory in {what}: {memory}"
            )
        if not answered and time.monotonic() > until:
            raise SummaryFailed(TextState.MODEL_TIMED_OUT, f"the summariser's {what} took more than {patience_s:g} s")


def _refused(error: str, memory: _Watch, what: str) -> SummaryFailed:
    if memory.near or error.startswith("MemoryError"):
        told = f"the summariser ran out of memory in {what}: {memory} ({error})"
        return SummaryFailed(TextState.MODEL_OUT_OF_MEMORY, told)
    return SummaryFailed(TextState.MODEL_FAILED, f"the summariser failed in {what}: {error}")


def _both_ends(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most * 2 // 3]} … {text[-(most // 3) :]}"
